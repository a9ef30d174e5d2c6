"""The files of an item: its mask in the format of its source, and what was asked for beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, prod
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, Plane
from twinseg.core.errors import DataError
from twinseg.core.store import whole_file
from twinseg.ensemble.experience import Experience
from twinseg.ensemble.model import Answer, Model, Prediction
from twinseg.images.dicom.write_series import write_series_mask, write_series_probability
from twinseg.images.files.write_plane import write_plane
from twinseg.images.volumes.volume_file import volume_suffix
from twinseg.images.volumes.write_volume import write_mask as write_volume_mask
from twinseg.images.volumes.write_volume import write_probability as write_volume_probability
from twinseg.prediction.likeness import Likeness
from twinseg.prediction.looks import SourceGrid, looks_with
from twinseg.prediction.verdict import Verdict, judge, judge_by_colour
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.report.tiles import outlined
from twinseg.study.new_pictures.answering import Answered
from twinseg.study.new_pictures.items import Item
from twinseg.study.new_pictures.journal import Done
from twinseg.study.new_pictures.reading import Ready
from twinseg.study.new_pictures.rows import found_in, row_of, volume_row

SERIES_SUFFIX = ".nii.gz"
_QUALITY = 88  # of JPEG


@dataclass(frozen=True)
class Wanted:
    """What is to be left of each item.

    Attributes:
        folder: Where.
        model: Whose answers they are.
        experience: Of its study; None where there is none.
        usual_doubt: See `row_of`.
        likeness: Of the run `Model.watched`; None where it was not learnt.
        probabilities: Write them beside the masks.
        volumes: Suffix of masks of series and volumes; "" for that of a volume's source, and
            `SERIES_SUFFIX` of a series.
    """

    folder: PredictedFolder
    model: Model
    experience: Experience | None = None
    usual_doubt: float | None = None
    likeness: Likeness | None = None
    probabilities: bool = False
    volumes: str = ""


@dataclass(frozen=True)
class _Slice:
    ready: Ready
    prediction: Prediction
    verdict: Verdict | None


def write_item(wanted: Wanted, answered: Answered) -> Done:
    """Write the files of one item; return its rows.

    Raises:
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    item = answered.read.item
    pictures, answers = answered.read.pictures, answered.answers
    verdicts = _verdicts(wanted, pictures, answers)
    slices = [
        _Slice(ready, wanted.model.prediction(one.planes, ready.height_px, ready.width_px), verdict)
        for ready, one, verdict in zip(pictures, answers, verdicts, strict=True)
    ]
    left_out = [(one.file, one.reason) for one in answered.read.left_out]
    if not slices:
        return Done(item.key, left_out=left_out)
    if item.is_stack:
        rows, volume = _write_stack(wanted, item, slices)
    else:
        rows, volume = [_write_picture(wanted, one) for one in slices], {}
    return Done(item.key, rows, volume, left_out)


def _verdicts(
    wanted: Wanted, pictures: Sequence[Ready], answers: Sequence[Answer]
) -> Sequence[Verdict | None]:
    """Tell which pictures are unlike the training pictures."""
    if not pictures:
        return []
    squares = np.stack([ready.square for ready in pictures])
    if wanted.likeness is None:
        return judge_by_colour(squares, trained_on_grey=wanted.model.input.is_grey)
    grids = [SourceGrid(r.height_px, r.width_px, r.source.spacing_mm) for r in pictures]
    features = np.stack([answer.features for answer in answers])
    return judge(wanted.likeness, looks_with(squares, grids, features))


def _row(wanted: Wanted, one: _Slice, mask_file: str) -> dict[str, Any]:
    found = found_in(one.ready, one.prediction, one.verdict, mask_file)
    return row_of(found, wanted.experience, wanted.usual_doubt)


def _write_picture(wanted: Wanted, one: _Slice, below: str = "") -> dict[str, Any]:
    """Write the mask of one picture as PNG, and its overlay."""
    folder, name = wanted.folder, one.ready.source.id
    file = folder.masks / below / f"{name}.png"
    with whole_file(file, flush=False) as scratch:
        white = one.prediction.mask.view(np.uint8) * np.uint8(255)
        Image.fromarray(white).save(scratch, format="PNG", compress_level=1)
    if wanted.probabilities and one.prediction.probability is not None:
        where = folder.probabilities / below / f"{name}.tif"
        write_plane(where, one.prediction.probability)
    if not below:
        _write_overlay(folder, name, one)
    shown = file.relative_to(folder.path).as_posix()
    return _row(wanted, one, shown)


def _write_stack(
    wanted: Wanted, item: Item, slices: Sequence[_Slice]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Write the masks of a series or volume as a volume, or as pictures if no volume holds them."""
    folder, source = wanted.folder, slices[0].ready.source
    name = source.layer.stack if source.layer else item.name
    file = folder.masks / f"{name}{_suffix(wanted, item)}"
    shown, remark = file.relative_to(folder.path).as_posix(), ""
    try:
        _write_volume(wanted, item, slices, file)
        rows = [_row(wanted, one, shown) for one in slices]
    except DataError as error:
        remark = f"masks are pictures, not a volume: {error}"
        rows = [_write_picture(wanted, one, below=name) for one in slices]
        shown = (folder.masks / name).relative_to(folder.path).as_posix()
    masks = np.zeros((_count(item, slices), *slices[0].prediction.mask.shape), bool)
    for one in slices:
        masks[one.ready.number] = one.prediction.mask
    most = max(slices, key=lambda one: int(one.prediction.mask.sum()))
    middle = slices[len(slices) // 2]
    _write_overlay(folder, name, most if most.prediction.mask.any() else middle)
    row = volume_row(name, rows, masks, _voxel_mm3(slices), shown)
    if remark:
        row |= {"look": True, "why": "; ".join(filter(None, [row["why"], remark]))}
    return rows, row


def _write_volume(wanted: Wanted, item: Item, slices: Sequence[_Slice], file: Path) -> None:
    masks: list[tuple[int, Mask]] = [(one.ready.number, one.prediction.mask) for one in slices]
    file.parent.mkdir(parents=True, exist_ok=True)
    if item.volume:
        write_volume_mask(file, masks, source=item.volume)
    else:
        write_series_mask(file, masks, grids=item.slices)
    if not wanted.probabilities:
        return
    planes: list[tuple[int, Plane]] = [
        (one.ready.number, one.prediction.probability)
        for one in slices
        if one.prediction.probability is not None
    ]
    where = wanted.folder.probabilities / file.name.replace(".seg.nrrd", ".nrrd")
    where.parent.mkdir(parents=True, exist_ok=True)
    if item.volume:
        write_volume_probability(where, planes, source=item.volume)
    else:
        write_series_probability(where, planes, grids=item.slices)


def _suffix(wanted: Wanted, item: Item) -> str:
    if wanted.volumes or not item.volume:
        return wanted.volumes or SERIES_SUFFIX
    return volume_suffix(item.volume.name)


def _count(item: Item, slices: Sequence[_Slice]) -> int:
    """How many slices the stack has, with those that could not be read."""
    return len(item.slices) or slices[-1].ready.number + 1


def _voxel_mm3(slices: Sequence[_Slice]) -> float:
    """Volume of a voxel: its area, times the distance of neighbouring slices along their normal."""
    places = [one.ready.source.layer.height_mm for one in slices if one.ready.source.layer]
    spacing_mm = slices[0].ready.source.spacing_mm
    if len(places) < 2 or spacing_mm is None:
        return nan
    return float(prod(spacing_mm) * np.median(np.abs(np.diff(places))))


def _write_overlay(folder: PredictedFolder, name: str, one: _Slice) -> None:
    with whole_file(folder.overlays / f"{name}.jpg", flush=False) as scratch:
        drawn = Image.fromarray(outlined(one.ready.small, one.prediction.mask))
        drawn.save(scratch, format="JPEG", quality=_QUALITY)
