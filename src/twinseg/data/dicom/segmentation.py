"""DICOM SEG: segments as frames of bits, of shares or of labels, placed by position.

Ours, not highdicom's: `damage.inflate_dicom` of the fuzz test takes all memory there, and
`damage.nest_dicom` its stack.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.data.dicom.offers import MaskSource, Target
from twinseg.data.dicom.planes import Placing, Planes, place
from twinseg.images.dicom.elements import items, numbers, open_dataset, person, quiet, text, whole
from twinseg.images.dicom.frame_grids import FunctionalGroups
from twinseg.images.dicom.header import read_header
from twinseg.images.dicom.pixels import StoredFrame, read_stored
from twinseg.images.slice_grid import SliceGrid

_MOST_FRAMES = 100_000


@dataclass(frozen=True, kw_only=True)
class Segmentation:
    """One DICOM SEG file: an `Offer` of segments."""

    path: Path
    series: frozenset[str]
    frames_of_reference: frozenset[str]
    segments: tuple[tuple[int, str], ...]  # number, label
    stored: StoredFrame  # of the first frame
    grids: tuple[SliceGrid, ...]  # of each frame
    segment_of: tuple[int, ...]  # of each frame; 0 where a frame holds labels of all segments
    threshold: int  # least stored number that is marked
    step_mm: float  # distance of neighbouring planes; 0 if the file does not say
    patient: str = ""
    option: str = "segment"

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """All segments that the file declares."""
        return tuple(
            Target(number=number, label=label, amount=f"number {number}, {self._frames(number)}")
            for number, label in self.segments
        )

    def _frames(self, number: int) -> str:
        count = sum(of in (number, 0) for of in self.segment_of)
        return amount(count, "frame")

    def source(
        self, numbers: Sequence[int], grids: Sequence[SliceGrid], spacing_mm: float
    ) -> tuple[MaskSource, tuple[str, ...]]:
        """Return the masks of the chosen segments; see `Offer.source`."""
        placing = place(
            self.grids, self.frames(numbers), grids, said_mm=self.step_mm, usual_mm=spacing_mm
        )
        source = SegmentMasks(self.path, tuple(numbers), placing)
        return source, tuple(f"a segmentation with {note}" for note in placing.notes)

    def frames(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return the frames that may mark something of the chosen segments."""
        return tuple(at for at, of in enumerate(self.segment_of) if of in (*numbers, 0))

    def read(self, frame: int, chosen: Sequence[int]) -> Mask:
        """Return what one frame marks of the chosen segments, on its own grid."""
        values = read_stored(replace(self.stored, frame=frame))
        if self.segment_of[frame] == 0:
            return np.isin(values, chosen)
        marked: Mask = values >= self.threshold
        return marked


@dataclass(frozen=True)
class SegmentMasks:
    """Chosen segments of one file as masks; they may overlap."""

    path: Path
    segments: tuple[int, ...]
    placing: Placing

    @property
    def files(self) -> tuple[Path, ...]:
        """The SEG file."""
        return (self.path,)

    def masks(self, grids: Sequence[SliceGrid]) -> Iterator[Mask]:
        """Yield the union of the segments on each slice.

        Raises:
            DataError: If a frame cannot be decoded.
        """
        segmentation = read_segmentation(self.path)
        planes = Planes(
            grids=segmentation.grids,
            chosen=segmentation.frames(self.segments),
            read=lambda frame: segmentation.read(frame, self.segments),
            placing=self.placing,
        )
        yield from map(planes.on, grids)


def read_segmentation(path: Path, patient: str = "") -> Segmentation:
    """Read everything of a SEG file but its pixels; remembered while the file is the same.

    Raises:
        DataError: If it is damaged or does not say where its frames lie.
    """
    facts = path.stat()
    return replace(_read_segmentation(path, facts.st_size, facts.st_mtime_ns), patient=patient)


@lru_cache(maxsize=32)
def _read_segmentation(path: Path, _size: int, _time_ns: int) -> Segmentation:
    stored = read_header(path).stored
    if stored is None:
        raise DataError("is a segmentation without pixels")
    if stored.frames > _MOST_FRAMES:
        raise DataError(f"declares {stored.frames} frames; expected at most {_MOST_FRAMES}")
    dataset = open_dataset(path)
    try:
        with quiet():
            return _segmentation(dataset, stored)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"its segments are damaged ({type(error).__name__})") from error


def _segmentation(dataset: Dataset, stored: StoredFrame) -> Segmentation:
    kind = text(dataset, "SegmentationType")
    groups = FunctionalGroups(dataset, stored.frames)
    frames = range(stored.frames)
    grids = tuple(groups.grid(frame, stored.rows, stored.columns) for frame in frames)
    most = whole(dataset, "MaximumFractionalValue", 255)
    return Segmentation(
        path=stored.path,
        series=frozenset(
            text(item, "SeriesInstanceUID") for item in items(dataset, "ReferencedSeriesSequence")
        ),
        frames_of_reference=frozenset(filter(None, [text(dataset, "FrameOfReferenceUID")])),
        segments=tuple(
            (whole(item, "SegmentNumber"), person(item, "SegmentLabel"))
            for item in items(dataset, "SegmentSequence")
            if kind != "LABELMAP" or whole(item, "SegmentNumber") > 0
        ),
        stored=stored,
        grids=grids,
        segment_of=tuple(0 if kind == "LABELMAP" else _segment(groups, frame) for frame in frames),
        threshold=max((most + 1) // 2, 1) if kind == "FRACTIONAL" else 1,
        step_mm=_step_mm(groups.macro(0, "PixelMeasuresSequence")),
    )


def _segment(groups: FunctionalGroups, frame: int) -> int:
    number = whole(groups.macro(frame, "SegmentIdentificationSequence"), "ReferencedSegmentNumber")
    if number < 1:
        raise DataError("does not say which segment a frame belongs to")
    return number


def _step_mm(measures: Dataset) -> float:
    """Return the distance of neighbouring planes; slices may be thicker than that, or thinner."""
    for value in numbers(measures, "SpacingBetweenSlices")[:1]:
        if 0 < abs(value) < 1e3:
            return abs(value)
    return 0.0
