"""A whole slide: stitched probabilities to a pyramid of the mask, outlines for QuPath, a row."""

import shutil
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from math import nan
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Mask, Pictures, Plane, Planes
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress
from twinseg.ensemble.combine import ALL_RULES, MEAN, WEIGHTED
from twinseg.ensemble.doubt import SURE_OF_BACKGROUND, entropy
from twinseg.ensemble.mask_rules import BY_PIXEL
from twinseg.ensemble.mixing import mix
from twinseg.ensemble.model import Model
from twinseg.images.slides.tile_pictures import TilePictures
from twinseg.images.slides.write_geojson import Written, write_geojson
from twinseg.images.slides.write_pyramid import write_pyramid
from twinseg.prediction.predict import FLIPS
from twinseg.prediction.predictions import THRESHOLD
from twinseg.prediction.stitched import Network, network_of
from twinseg.prediction.stitched_store import StitchedSlide, predict_slide
from twinseg.report.tiles import outlined
from twinseg.study.new_pictures.heat import save_overlay
from twinseg.study.new_pictures.items import Item
from twinseg.study.new_pictures.journal import Done
from twinseg.study.new_pictures.rows import Found, row_of
from twinseg.study.new_pictures.slide_overview import small_picture, thinned
from twinseg.study.new_pictures.writing import Wanted


def require_rule_by_pixel(model: Model) -> None:
    """Raise `ConfigError` if the rule of a model cannot be applied to a slide band by band."""
    if ALL_RULES.get(model.rule) is not None and model.rule not in BY_PIXEL:
        raise ConfigError(
            f"{model.rule} looks at whole lesions or masks, which slides are too large for; take "
            f"--rule {MEAN}, {WEIGHTED} or {' or '.join(BY_PIXEL[:2])}"
        )


def write_slide(
    wanted: Wanted, item: Item, tiles: TilePictures, digests: tuple[str, ...], progress: Progress
) -> Done:
    """Write all files of one slide; a killed command goes on behind the last whole band.

    Args:
        wanted: What is to be left.
        item: The slide.
        tiles: Some of it: where it is, and its resolution.
        digests: Of the weights of each run.
        progress: Where to report.

    Raises:
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    folder, name, model = wanted.folder, item.name, wanted.model
    working, file = folder.path / ".slides" / name, tiles.files[0]
    try:
        stitched = predict_slide(
            file,
            _network(model),
            model.input,
            working,
            members=len(model.runs) * (1 + len(model.flips)),
            models={"weights": list(digests), "flips": list(model.flips)},
            mpp=tiles.mpp,
            title=f"predicting {item.name}",
            progress=progress,
        )
        written = _write_files(wanted, stitched, name)
        _write_overlay(wanted, file, stitched, name)
    except DataError as error:
        return Done(item.key, left_out=[(item.name, str(error))])
    # Without experience: validation cases are tiles, and what was learnt of them is of tiles.
    row = row_of(_found(item, stitched, written), experience=None, usual_doubt=None)
    shutil.rmtree(working, ignore_errors=True)
    return Done(item.key, [row])


def _network(model: Model) -> Network:
    """Return what answers for every member: each run, then its flips."""
    runs = network_of(model.runs)
    if not model.flips:
        return runs

    def answer(pictures: Pictures) -> np.ndarray:
        answers = [runs(pictures)]
        for flip in model.flips:
            axes = tuple(1 + axis for axis in FLIPS[flip])
            turned = runs(np.ascontiguousarray(np.flip(pictures, axes)))
            answers.append(np.flip(turned, tuple(1 + axis for axis in axes)))
        return np.concatenate([np.stack(of_run) for of_run in zip(*answers, strict=True)])

    return answer


def _merged(model: Model, planes: Planes) -> tuple[Mask, Plane | None]:
    """Return the mask of a band, and its probabilities where the rule has some."""
    if model.taken is not None:
        plane = planes[model.taken]
    elif merge := ALL_RULES[model.rule]:
        return merge([one > THRESHOLD for one in planes]), None
    else:
        plane = mix(list(planes), model.weights)
    return plane > model.threshold, plane


def _write_files(wanted: Wanted, stitched: StitchedSlide, name: str) -> Written:
    folder, model, tiles = wanted.folder, wanted.model, stitched.tiles
    write = partial(
        write_pyramid, height_px=tiles.height_px, width_px=tiles.width_px, mpp=tiles.mpp
    )
    for where in (folder.masks, folder.polygons):
        where.mkdir(parents=True, exist_ok=True)

    def masks() -> Iterator[Mask]:
        return (_merged(model, planes)[0] for planes in stitched.bands())

    write(folder.masks / f"{name}.ome.tif", masks(), name="mask")
    if wanted.probabilities:
        folder.probabilities.mkdir(parents=True, exist_ok=True)
        bands = (_merged(model, planes)[1] for planes in stitched.bands())
        found = (band for band in bands if band is not None)
        where = folder.probabilities / f"{name}.ome.tif"
        write(where, found, name="probability")
    return write_geojson(
        folder.polygons / f"{name}.geojson",
        masks(),
        width_px=tiles.width_px,
        scale=tiles.scale,
        corner_px=(float(stitched.scanned_from[0]), float(stitched.scanned_from[1])),
        end_px=tiles.end_px,
        mpp=tiles.mpp,
    )


def _write_overlay(wanted: Wanted, file: Path, stitched: StitchedSlide, name: str) -> None:
    """Draw the outline on a small picture of the slide; the mask is thinned out band by band."""
    small = small_picture(file)
    masks = (_merged(wanted.model, planes)[0] for planes in stitched.bands())
    drawn = outlined(small, thinned(masks, stitched.tiles.height_px, small))
    save_overlay(wanted.folder.overlays / f"{name}.jpg", drawn)


def _found(item: Item, stitched: StitchedSlide, written: Written) -> Found:
    tiles = stitched.tiles
    return Found(
        picture=item.name,
        group=item.name,
        grid=(tiles.height_px, tiles.width_px),
        looked_px=tiles.looked_px,
        pixel_mm2=(tiles.mpp / 1000) ** 2 if tiles.mpp else nan,
        marked_px=written.pixels,
        parts=written.parts,
        doubt=_disagreement(stitched) if stitched.members > 1 else _uncertainty(stitched),
        mask_file=f"masks/{item.name}.ome.tif",
    )


def _disagreement(stitched: StitchedSlide) -> float:
    """1 minus the mean Dice between any two members, as `disagreement`, band by band."""
    sizes, shared = np.zeros(stitched.members), np.zeros((stitched.members,) * 2)
    for planes in stitched.bands():
        flat = (planes > THRESHOLD).reshape(len(planes), -1).astype(np.float32)
        sizes += flat.sum(axis=1)
        shared += flat @ flat.T
    pairs = list(combinations(range(stitched.members), 2))
    both = [(2 * shared[pair], sizes[pair[0]] + sizes[pair[1]]) for pair in pairs]
    return 1 - float(np.mean([twice / total if total else 1.0 for twice, total in both]))


def _uncertainty(stitched: StitchedSlide) -> float:
    """Mean entropy where the model is not sure of background, as `uncertainty`, band by band."""
    total, count = 0.0, 0
    for (plane,) in stitched.bands():
        shown = plane[plane > SURE_OF_BACKGROUND]
        total, count = total + float(entropy(shown).sum()), count + shown.size
    return total / count if count else 0.0
