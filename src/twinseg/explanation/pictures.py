"""Heat maps of pictures as they come from files, one kind, into a folder."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.store import write_json
from twinseg.data.batches import to_images
from twinseg.data.named_pictures import NamedPictures
from twinseg.data.shrink import shrink_mask, shrink_picture
from twinseg.explanation.ask import IMAGES_AT_ONCE, explain
from twinseg.explanation.map_names import MapKind
from twinseg.explanation.maps import HeatMaps
from twinseg.explanation.question import Question
from twinseg.explanation.region_text import region_named
from twinseg.explanation.stored import append_heat_maps, finish_heat_maps
from twinseg.images.unit import LeftOut
from twinseg.training.trained_model import TrainedModel

NEEDS_REFERENCE = ("reference", "false-positives", "false-negatives")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked of every picture; see `explain`."""

    region: str = "target"
    layer: str = "bottleneck"
    method: str = "grad_cam"
    score: str = "mean"
    reshape: str | None = None
    tile_px: int | None = None


@dataclass(frozen=True)
class Explained:
    """What was written."""

    maps: HeatMaps  # without values: they are in the folder
    ids: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    without_region: tuple[str, ...] = ()  # ids of pictures of which no pixel was asked about


def kind_name(wish: Wish) -> str:
    """Folder name of the kind of map, ``<method>-<layer>-<region>``."""
    question = Question(region_named(wish.region), wish.score)
    return MapKind(wish.method, wish.layer, question.name).name


def region_file(folder: Path, name: str) -> Path:
    """Return where the pixels that were asked about lie, 0 or 255, on the grid of the answer."""
    return folder / "regions" / f"{name}.png"


def explain_pictures(
    trained: TrainedModel,
    shown: NamedPictures,
    folder: Path,
    wish: Wish,
    progress: Progress | None = None,
) -> Explained:
    """Write the raw values into ``folder``, with what they mean in ``maps.json`` beside them.

    Pictures are read some at a time, so that memory does not grow with their number. Each is
    stretched to the square the model sees, and all values go into ``values.npy``, read back by
    `read_heat_maps`. By tile, a picture is seen at its own size, and its values, on its own
    grid, go into ``values/<name>.npy``. The pixels of the region go into ``regions/<name>.png``.
    One that cannot be read is left out with its reason.

    Args:
        trained: A model of ours.
        shown: The pictures.
        folder: An existing, empty one.
        wish: What is asked; boxes and points are in pixels of the square, from 0, or of the
            picture where it is explained by tile.
        progress: Where to report.

    Raises:
        ConfigError: If the region needs references and there are none; see also `explain`.
        DataError: If no picture can be used.
    """
    with_masks = wish.region in NEEDS_REFERENCE
    if with_masks and shown.mask is None:
        raise ConfigError(
            f"region {wish.region} needs reference masks: give --masks FOLDER, pictures with masks "
            "beside them, or a dataset"
        )
    ids: list[str] = []
    without: list[str] = []
    left_out: list[LeftOut] = []
    described: HeatMaps | None = None
    with (progress or Silent()).task("explaining", len(shown.ids), unit="pictures") as task:
        step = 1 if wish.tile_px else IMAGES_AT_ONCE
        for start in range(0, len(shown.ids), step):
            some = shown.ids[start : start + step]
            read = list(_read(shown, some, None if wish.tile_px else trained.size, with_masks))
            bad = [item for item in read if isinstance(item, LeftOut)]
            good = [item for item in read if not isinstance(item, LeftOut)]
            if good:
                try:
                    maps = _explained(trained, good, wish)
                except DataError as error:
                    if not wish.tile_px:
                        raise
                    bad.append(LeftOut(good[0].id, str(error)))
                else:
                    _append(folder, maps, [item.id for item in good], wish)
                    ids += [item.id for item in good]
                    asked = zip(good, maps.asked, strict=True)
                    without += [item.id for item, pixels in asked if not pixels.any()]
                    described = replace(maps, values=maps.values[:0], asked=maps.asked[:0])
            left_out += bad
            task.advance(len(some))
    if described is None:
        raise DataError(f"no picture can be used; {left_out[0].file}: {left_out[0].reason}")
    finish_heat_maps(folder, ids)
    write_json(folder / "maps.json", described.meaning)
    return Explained(described, tuple(ids), tuple(left_out), tuple(without))


@dataclass(frozen=True)
class _Read:
    id: str
    picture: Picture
    mask: Mask | None


def _read(
    shown: NamedPictures, ids: tuple[str, ...], size: int | None, with_masks: bool
) -> Iterator[_Read | LeftOut]:
    """Read pictures, stretched to a square where ``size`` is given."""
    for name in ids:
        try:
            picture = shown.picture(name)
            mask = shown.mask(name) if with_masks and shown.mask is not None else None
            if mask is not None and mask.shape != picture.shape[:2]:
                raise DataError(
                    f"mask is {mask.shape[1]}x{mask.shape[0]}, the picture "
                    f"{picture.shape[1]}x{picture.shape[0]}"
                )
        except DataError as error:
            yield LeftOut(name, str(error))
            continue
        if size is not None:
            picture = shrink_picture(picture, size)
            mask = None if mask is None else shrink_mask(mask, size)
        yield _Read(name, picture, mask)


def _explained(trained: TrainedModel, read: list[_Read], wish: Wish) -> HeatMaps:
    masks = [item.mask for item in read if item.mask is not None]
    return explain(
        trained,
        to_images(np.stack([item.picture for item in read])),
        region=wish.region,
        layer=wish.layer,
        method=wish.method,
        score=wish.score,
        reshape=wish.reshape,
        reference=np.stack(masks) if masks else None,
        tile_px=wish.tile_px,
    )


def _append(folder: Path, maps: HeatMaps, names: list[str], wish: Wish) -> None:
    for name, asked in zip(names, maps.asked, strict=True):
        file = region_file(folder, name)
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(asked.astype(np.uint8) * 255).save(file, compress_level=1)
    if wish.tile_px is None:
        append_heat_maps(folder, maps.values)
        return
    (folder / "values").mkdir(exist_ok=True)
    np.save(folder / "values" / f"{names[0]}.npy", maps.values[0])
