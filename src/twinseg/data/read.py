"""Read and check every pair once: facts for the dataset, pixels at training size."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, MaskStack, Picture, Pictures, SquareMask, SquarePicture
from twinseg.core.errors import DataError
from twinseg.core.progress import Progress, Silent
from twinseg.data.case import Case, Dataset, LeftOut
from twinseg.data.files import MaskValuesError, read_mask, read_picture
from twinseg.data.pairs import Pair, find_pairs

FEWEST_GROUPS = 8


@dataclass(frozen=True)
class LoadedDataset:
    """A dataset and its pixels at training size, case by case in the same order."""

    dataset: Dataset
    pictures: Pictures  # stretched to size x size
    masks: MaskStack


@dataclass(frozen=True)
class _ReadPair:
    case: Case
    picture: SquarePicture
    mask: SquareMask
    note: str


def load_pairs(
    source: Path,
    *,
    size: int,
    window_hu: tuple[float, float],
    strict: bool = False,
    progress: Progress | None = None,
) -> LoadedDataset:
    """Read all pairs of ``source``, check them, and shrink them to ``size`` x ``size``.

    A bad pair is left out and listed with its reason; with ``strict`` it stops everything.

    Raises:
        DataError: If a mask holds several classes, too few groups are left, every mask is empty,
            or anything at all is wrong and ``strict`` is asked for.
    """
    pairing = find_pairs(source)
    read: list[_ReadPair] = []
    left_out = list(pairing.left_out)
    with (progress or Silent()).task("reading", len(pairing.pairs), unit="pairs") as task:
        for outcome in _read_in_threads(pairing.pairs, size, window_hu):
            if isinstance(outcome, LeftOut):
                left_out.append(outcome)
            else:
                read.append(outcome)
            task.advance()
    if strict and left_out:
        listed = "; ".join(f"{item.file} ({item.reason})" for item in left_out[:5])
        more = f"; and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        raise DataError(
            f"{len(left_out)} files of {source} cannot be used and --strict is on: {listed}{more}"
        )
    notes = {pair.note for pair in read if pair.note}
    if any(pair.group is None for pair in pairing.pairs):
        notes.add("no groups in index.csv: each case, or each DICOM series, is a group of its own")
    dataset = Dataset(
        name=source.resolve().name,
        cases=tuple(pair.case for pair in read),
        left_out=tuple(left_out),
        notes=tuple(sorted(notes)),
    )
    _require_enough(dataset, source)
    return LoadedDataset(
        dataset, np.stack([pair.picture for pair in read]), np.stack([pair.mask for pair in read])
    )


def _read_in_threads(
    pairs: tuple[Pair, ...], size: int, window_hu: tuple[float, float]
) -> Iterator[_ReadPair | LeftOut]:
    """Yield outcomes in the order of ``pairs``; decoding releases Python's lock."""

    def read_or_say_why(pair: Pair) -> _ReadPair | LeftOut:
        file = f"images/{pair.image.name}"
        try:
            picture = read_picture(pair.image, window_hu=window_hu)
            file = f"masks/{pair.mask.name}"
            mask = read_mask(pair.mask)
        except MaskValuesError as error:
            raise MaskValuesError(f"{pair.mask}: {error}") from error
        except DataError as error:
            return LeftOut(file, str(error))
        height, width = mask.shape
        if picture.pixels.shape[:2] != mask.shape:
            other = "{1}x{0}".format(*picture.pixels.shape)
            return LeftOut(file, f"mask is {width}x{height} pixels, its image {other}")
        case = Case(
            id=pair.id,
            group=pair.group or picture.series or pair.id,
            image=pair.image,
            mask=pair.mask,
            height_px=height,
            width_px=width,
            foreground_px=int(mask.sum()),
            spacing_mm=picture.spacing_mm,
            digest=_digest(picture.pixels, mask),
        )
        return _ReadPair(
            case, shrink_picture(picture.pixels, size), shrink_mask(mask, size), picture.note
        )

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        yield from threads.map(read_or_say_why, pairs)


def shrink_picture(picture: Picture, size: int) -> SquarePicture:
    """Stretch to ``size`` x ``size``, averaging over what falls into one pixel."""
    return np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.BILINEAR))


def shrink_mask(mask: Mask, size: int) -> SquareMask:
    """Stretch to ``size`` x ``size``; a pixel is foreground if at least half of it was."""
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(grey.resize((size, size), Image.Resampling.BOX)) >= 128


def _digest(picture: Picture, mask: Mask) -> str:
    digest = hashlib.sha256(repr(mask.shape).encode())
    digest.update(picture.tobytes())
    digest.update(np.packbits(mask).tobytes())
    return digest.hexdigest()


def _require_enough(dataset: Dataset, source: Path) -> None:
    if not dataset.cases:
        first = dataset.left_out[0]
        raise DataError(
            f"no pair of {source} could be read; the first: {first.file}: {first.reason}"
        )
    groups = len(dataset.groups)
    if groups == 1:
        raise DataError(
            f"all {len(dataset.cases)} cases of {source} are in one group {dataset.groups[0]!r}; "
            "a group is never split, so testing needs more: see the column group of index.csv"
        )
    if groups < FEWEST_GROUPS:
        raise DataError(
            f"{source} has {groups} groups, expected at least {FEWEST_GROUPS} to train, validate "
            "and test on different ones; add cases of other patients"
        )
    if dataset.empty_masks == len(dataset.cases):
        raise DataError(f"all {len(dataset.cases)} masks of {source} are empty; nothing to learn")
