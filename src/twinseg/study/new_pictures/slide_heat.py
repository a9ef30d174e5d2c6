"""Heat maps of whole slides: what each run looks at, by the tiles that its masks come from."""

import shutil
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from twinseg.core.arrays import Pictures, Plane
from twinseg.core.errors import DataError
from twinseg.core.progress import Progress
from twinseg.core.store import write_json
from twinseg.data.batches import to_images
from twinseg.ensemble.model import Model
from twinseg.explanation import explain
from twinseg.findings.heat_maps import scale_top
from twinseg.images.slides.write_pyramid import write_pyramid
from twinseg.prediction.stitched import Network, as_they_are
from twinseg.prediction.stitched_store import StitchedSlide, predict_slide
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.report.overlays import heat_overlay
from twinseg.study.new_pictures.heat import LAYER, METHOD, REGIONS, save_overlay
from twinseg.study.new_pictures.items import Item
from twinseg.study.new_pictures.slide_overview import small_picture, thinned

_UNIT = "logit, sum over the region in a tile divided by all pixels of the tile"


def draw_slide_heat(
    items: Sequence[Item],
    model: Model,
    digests: tuple[str, ...],
    folder: PredictedFolder,
    progress: Progress,
) -> list[tuple[str, str]]:
    """Write raw values and an overlay for every slide, run and region; what is there stays.

    ``heat_maps/<run>/<region>/<slide>.ome.tif`` are float32 on the grid of the mask, signed. Each
    tile is asked for the sum of its logits in the region, in that tile the run's own answer; the
    maps are blended by the window that blends the logits, so values are comparable all over a
    slide. A tile without the region has 0. The overlays' brightest colour stands for one value
    of all slides, runs and regions, in ``heat_maps/scale.json``: percentile 99 above 0.

    Returns:
        Slides whose maps could not be drawn, and why.
    """
    kinds, failed = _kinds(model), list[tuple[str, str]]()
    if folder.heat_scale.exists() and all(
        (folder.heat_maps(*kind) / f"{item.name}.jpg").exists() for item in items for kind in kinds
    ):
        return failed
    stitched: dict[str, StitchedSlide] = {}
    for item in items:
        try:
            stitched[item.name] = _stitched(item, model, digests, folder, progress)
        except DataError as error:
            failed.append((item.name, f"no heat maps: {error}"))
    planes = [(name, member) for name in stitched for member in range(len(kinds))]
    blocks = (block for name, member in planes for block in _plane(stitched[name], member))
    sizes = [one.tiles.width_px * one.tiles.height_px for one in stitched.values()]
    top = scale_top(blocks, values=sum(sizes) * len(kinds))
    scale = {"top": None if np.isnan(top) else top, "unit": _UNIT, "maps": len(planes)}
    write_json(folder.heat_scale, scale | {"method": METHOD, "layer": LAYER})
    for item in items:
        if item.name in stitched:
            _write(item, model, stitched[item.name], top, folder)
            shutil.rmtree(stitched[item.name].folder, ignore_errors=True)
    return failed


def _kinds(model: Model) -> list[tuple[str, str]]:
    """Return run and region of each map, in the order of the members."""
    return [(run.id, region) for run in model.runs for region in REGIONS]


def _stitched(
    item: Item, model: Model, digests: tuple[str, ...], folder: PredictedFolder, progress: Progress
) -> StitchedSlide:
    tiles = item.slide
    if tiles is None:
        raise DataError("is no slide")
    return predict_slide(
        tiles.files[0],
        _asked(model),
        model.input,
        folder.path / ".slides" / f"{item.name}-heat",
        members=len(_kinds(model)),
        models={"weights": list(digests), "heat": [METHOD, LAYER, *REGIONS]},
        mpp=tiles.mpp,
        title=f"heat maps of {item.name}",
        progress=progress,
        finish=as_they_are,
    )


def _asked(model: Model) -> Network:
    """Return what answers each tile by the maps of every run and region, on its pixels."""

    def answer(pictures: Pictures) -> np.ndarray:
        images = to_images(pictures)
        ask = partial(explain, layer=LAYER, method=METHOD, score="sum")
        found = [ask(run, images, region=region) for run in model.runs for region in REGIONS]
        pixels = pictures.shape[1] * pictures.shape[2]
        return np.stack([np.nan_to_num(maps.on_images()) / pixels for maps in found])

    return answer


def _plane(stitched: StitchedSlide, member: int) -> Iterator[Plane]:
    return (planes[member] for planes in stitched.bands())


def _write(
    item: Item, model: Model, stitched: StitchedSlide, top: float, folder: PredictedFolder
) -> None:
    small, tiles = small_picture(item.units[0].files[0]), stitched.tiles
    for member, (run, region) in enumerate(_kinds(model)):
        where = folder.heat_maps(run, region)
        where.mkdir(parents=True, exist_ok=True)
        write_pyramid(
            where / f"{item.name}.ome.tif",
            _plane(stitched, member),
            height_px=tiles.height_px,
            width_px=tiles.width_px,
            mpp=tiles.mpp,
            name=f"heat map, {region} of {run}",
        )
        heat = thinned(_plane(stitched, member), tiles.height_px, small)
        save_overlay(where / f"{item.name}.jpg", heat_overlay(small, heat, top))
