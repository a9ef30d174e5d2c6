"""RTSTRUCT: outlines in patient space, attached to slices by where they lie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.data.dicom.elements import digits, items, open_dataset, person, quiet, text
from twinseg.data.dicom.offers import MaskSource, Target
from twinseg.data.grid import SliceGrid
from twinseg.data.polygons import fill_outlines

_CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
_SAME_HEIGHT_MM = 0.02


@dataclass(frozen=True)
class Region:
    """A region of interest and its closed outlines, each (corner, 3) in mm."""

    number: int
    name: str
    outlines: tuple[np.ndarray, ...]

    @property
    def amount(self) -> str:
        """How many outlines there are, in words."""
        return amount(len(self.outlines), "outline")

    def layers(self, normal: np.ndarray) -> list[tuple[float, list[np.ndarray]]]:
        """Return outlines that lie at one height along ``normal``, from the lowest height up."""
        heights = [float((outline @ normal).mean()) for outline in self.outlines]
        layers: list[tuple[float, list[np.ndarray]]] = []
        for at in np.argsort(heights, kind="stable"):
            if layers and heights[at] - layers[-1][0] <= _SAME_HEIGHT_MM:
                layers[-1][1].append(self.outlines[at])
            else:
                layers.append((heights[at], [self.outlines[at]]))
        return layers


@dataclass(frozen=True, kw_only=True)
class Structures:
    """One RTSTRUCT file: an `Offer` of regions."""

    path: Path
    series: frozenset[str]
    frames_of_reference: frozenset[str]
    regions: tuple[Region, ...]
    patient: str = ""
    option: str = "roi"

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Regions that have outlines."""
        return tuple(
            Target(number=region.number, label=region.name, amount=region.amount)
            for region in self.regions
            if region.outlines
        )

    def source(
        self, numbers: Sequence[int], grids: Sequence[SliceGrid], spacing_mm: float
    ) -> tuple[MaskSource, tuple[str, ...]]:
        """Return the masks of the chosen regions; see `Offer.source`."""
        normal = grids[0].normal
        source = OutlineMasks(self.path, tuple(numbers), spacing_mm)
        outlines = [
            outline
            for region in self.regions
            if region.number in numbers
            for outline in region.outlines
        ]
        if any(np.ptp(outline @ normal) > spacing_mm for outline in outlines):
            raise DataError("its outlines are not parallel to the slices")
        heights = np.array([float((outline @ normal).mean()) for outline in outlines])
        slices = np.array([normal @ grid.position_mm for grid in grids])
        lost = int((np.abs(heights[:, None] - slices).min(axis=1) > spacing_mm * 0.501).sum())
        if lost == len(outlines):
            raise DataError(f"none of its {lost} outlines lies on a slice of the series")
        return source, (f"{lost} of {len(outlines)} outlines lie on no slice",) if lost else ()


@dataclass(frozen=True)
class OutlineMasks:
    """Chosen regions of one RTSTRUCT as masks."""

    path: Path
    regions: tuple[int, ...]
    spacing_mm: float  # of the slices

    @property
    def files(self) -> tuple[Path, ...]:
        """The RTSTRUCT."""
        return (self.path,)

    def masks(self, grids: Sequence[SliceGrid]) -> Iterator[Mask]:
        """Yield the union of the regions on each slice.

        References to slices often dangle, so only positions count: a slice takes the outlines of
        a region at the height nearest to its own, within half a spacing. All of these are filled
        together, even-odd, so that holes stay holes.

        Raises:
            DataError: If the file is damaged or was changed.
        """
        regions = [r for r in read_structures(self.path).regions if r.number in self.regions]
        if {region.number for region in regions} != set(self.regions):
            raise DataError("was changed while it was in use")
        layers = [region.layers(grids[0].normal) for region in regions] if grids else []
        heights = [np.array([height for height, _ in of_region]) for of_region in layers]
        for grid in grids:
            mask: Mask = np.zeros((grid.rows, grid.columns), dtype=bool)
            for at, of_region in zip(heights, layers, strict=True):
                place = self._nearest(at, grid.height_mm)
                if place is not None:
                    outlines = [grid.to_pixels(outline) for outline in of_region[place][1]]
                    mask |= fill_outlines(outlines, mask.shape)
            yield mask

    def _nearest(self, heights: np.ndarray, height: float) -> int | None:
        if not len(heights):
            return None
        offsets = heights - height
        # Half open, and a little off the middle: an outline midway goes to one slice, not to two.
        shift = 1e-3 * self.spacing_mm
        inside = np.abs(offsets + shift) < self.spacing_mm / 2
        return int(np.argmin(np.where(inside, np.abs(offsets), np.inf))) if inside.any() else None


def read_structures(path: Path, patient: str = "") -> Structures:
    """Read an RTSTRUCT; asked again while the file is the same, it is remembered.

    Raises:
        DataError: If it is damaged.
    """
    facts = path.stat()
    return replace(_read_structures(path, facts.st_size, facts.st_mtime_ns), patient=patient)


@lru_cache(maxsize=32)
def _read_structures(path: Path, _size: int, _time_ns: int) -> Structures:
    dataset = open_dataset(path)
    try:
        with quiet():
            return _structures(dataset, path)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"its regions are damaged ({type(error).__name__})") from error


def _structures(dataset: Dataset, path: Path) -> Structures:
    regions = items(dataset, "StructureSetROISequence")
    outlines: dict[int, list[np.ndarray]] = {}
    for item in items(dataset, "ROIContourSequence"):
        found = outlines.setdefault(digits(item, "ReferencedROINumber"), [])
        for contour in items(item, "ContourSequence"):
            if text(contour, "ContourGeometricType") in _CLOSED:
                found += _corners(contour)
    frames = items(dataset, "ReferencedFrameOfReferenceSequence")
    named = [text(region, "ReferencedFrameOfReferenceUID") for region in regions]
    named += [text(frame, "FrameOfReferenceUID") for frame in frames]
    series = (
        text(item, "SeriesInstanceUID")
        for frame in frames
        for study in items(frame, "RTReferencedStudySequence")
        for item in items(study, "RTReferencedSeriesSequence")
    )
    return Structures(
        path=path,
        series=frozenset(filter(None, series)),
        frames_of_reference=frozenset(filter(None, named)),
        regions=tuple(
            Region(
                number := digits(region, "ROINumber"),
                person(region, "ROIName"),
                tuple(outlines.get(number, ())),
            )
            for region in regions
        ),
    )


def _corners(contour: Dataset) -> list[np.ndarray]:
    """Return the corners of one outline, (corner, 3) in mm; fewer than three are none."""
    written = text(contour, "ContourData")
    # A region has up to a million numbers: NumPy splits them a hundred times faster than Python,
    # but stops in silence at what is no number.
    parts = np.fromstring(written, sep="\\")
    if parts.size != written.count("\\") + 1:
        raise DataError("an outline holds something that is no number")
    corners = parts.reshape(-1, 3)
    if not np.isfinite(corners).all() or np.abs(corners).max(initial=0) > 1e6:
        raise DataError("an outline lies beyond a kilometre")
    return [corners] if len(corners) > 2 else []
