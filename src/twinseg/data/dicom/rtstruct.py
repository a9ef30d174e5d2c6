"""RTSTRUCT: outlines in patient space, attached to slices by where they lie."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.data.dicom.contours import RegionOfInterest, fill_region, read_region
from twinseg.data.dicom.levels import NOWHERE, Levels, levels_of
from twinseg.data.dicom.offers import MaskSource, Target
from twinseg.images.dicom.elements import digits, items, open_dataset, person, quiet, text
from twinseg.images.slice_grid import SliceGrid


@dataclass(frozen=True, kw_only=True)
class Structures:
    """One RTSTRUCT file: an `Offer` of regions."""

    path: Path
    series: frozenset[str]
    frames_of_reference: frozenset[str]
    regions: tuple[RegionOfInterest, ...]
    patient: str = ""
    option: str = "roi"

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Regions that have outlines."""
        return tuple(
            Target(number=region.number, label=region.name, amount=region.amount)
            for region in self.regions
            if region.contours or region.damage
        )

    def source(
        self, numbers: Sequence[int], grids: Sequence[SliceGrid], spacing_mm: float
    ) -> tuple[MaskSource, tuple[str, ...]]:
        """Return the masks of the chosen regions; see `Offer.source`."""
        chosen = [region for region in self.regions if region.number in numbers]
        _require_whole(chosen)
        levels = levels_of(grids, spacing_mm)
        outlines = [outline for region in chosen for outline in region.outlines]
        if any(np.ptp(outline @ grids[0].normal) > spacing_mm for outline in outlines):
            raise DataError("its outlines are not parallel to the slices")
        placed = [_placed(region, levels) for region in chosen]
        lost = sum(int((at == NOWHERE).sum()) for at, _ in placed)
        beside = sum(int((taken == NOWHERE).sum()) for _, taken in placed) - lost
        if lost == len(outlines):
            raise DataError(f"none of its {amount(lost, 'outline')} lies on a slice of the series")
        of_all = f"of {amount(len(outlines), 'outline')}"
        unused = sum(region.unused for region in chosen)
        return OutlineMasks(self.path, tuple(numbers), levels), tuple(
            note
            for count, note in (
                (lost, f"{lost} {of_all} lie on no slice"),
                (beside, f"{beside} {of_all} not used: others lie nearer to their slices"),
                (unused, f"{unused} points, lines or outlines of two corners mark nothing"),
            )
            if count
        )


def _require_whole(chosen: Sequence[RegionOfInterest]) -> None:
    for region in chosen:
        if region.damage:
            raise DataError(
                f"{region.damage}, so the mask is not known; export the region {region.name} "
                "again, or choose another one"
            )


def _placed(region: RegionOfInterest, levels: Levels) -> tuple[np.ndarray, np.ndarray]:
    """Return the level on which each outline lies, and that on which it counts."""
    normal = np.array(levels.normal)
    heights = np.array([contour.height_mm(normal) for contour in region.contours])
    return levels.at(heights), levels.nearest_layers(heights)


@dataclass(frozen=True)
class OutlineMasks:
    """Chosen regions of one RTSTRUCT as masks."""

    path: Path
    regions: tuple[int, ...]
    levels: Levels  # of all slices of the series

    @property
    def files(self) -> tuple[Path, ...]:
        """The RTSTRUCT."""
        return (self.path,)

    def masks(self, grids: Sequence[SliceGrid]) -> Iterator[Mask]:
        """Yield the union of the regions on each slice.

        References to slices often dangle, so only positions count: an outline belongs to the
        nearest slice, see `Levels`. Of outlines finer than the slices those nearest count.

        Raises:
            DataError: If the file is damaged or was changed.
        """
        regions = [r for r in read_structures(self.path).regions if r.number in self.regions]
        if {region.number for region in regions} != set(self.regions):
            raise DataError("was changed while it was in use")
        _require_whole(regions)
        taken = [_placed(region, self.levels)[1] for region in regions]
        for grid in grids:
            (level,) = self.levels.at([self.levels.height_mm(grid)]).tolist()
            mask: Mask = np.zeros((grid.rows, grid.columns), dtype=bool)
            for region, at in zip(regions, taken, strict=True):
                here = np.flatnonzero(at == level) if level != NOWHERE else ()
                mask |= fill_region([region.contours[place] for place in here], grid)
            yield mask


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
    drawn: dict[int, list[Dataset]] = defaultdict(list)
    for item in items(dataset, "ROIContourSequence"):
        drawn[digits(item, "ReferencedROINumber", NOWHERE)].append(item)
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
            read_region(number, person(region, "ROIName"), drawn[number])
            for region in regions
            if (number := digits(region, "ROINumber", NOWHERE)) != NOWHERE
        ),
    )
