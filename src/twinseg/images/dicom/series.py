"""Stacks of slices: grouped by series and orientation, sorted along the normal, checked."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.images.dicom.header import DicomHeader
from twinseg.images.dicom.pixels import read_stored
from twinseg.images.dicom.privacy import patient_key
from twinseg.images.dicom.slices import Slice, slices_of
from twinseg.images.dicom.words import says_mask
from twinseg.images.slice_grid import SliceGrid

_SAME_DIRECTION = math.cos(math.radians(1))
_SAME_PLACE_MM = 0.01
_GAP = 1.5  # of the median spacing: a slice is missing
_TILT_DEGREES = 0.5


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Parallel slices of one series, from the lowest position along their normal to the highest."""

    patient: str  # see `patient_key`: never shown
    patient_id: str
    series: str
    study: str
    frame_of_reference: str
    modality: str
    body_part: str
    inverted: bool  # MONOCHROME1
    folder: Path  # the deepest that holds all files
    in_mask_folder: bool
    slices: tuple[Slice, ...]

    @cached_property
    def heights_mm(self) -> np.ndarray:
        """Position of each slice along the normal."""
        normal = self.slices[0].grid.normal
        return np.array([normal @ slice_.grid.position_mm for slice_ in self.slices])

    @cached_property
    def spacing_mm(self) -> float:
        """Median distance of neighbours; 1 if there is only one slice."""
        steps = np.diff(self.heights_mm)
        steps = steps[steps > _SAME_PLACE_MM]
        return float(np.median(steps)) if len(steps) else 1.0

    @property
    def grids(self) -> tuple[SliceGrid, ...]:
        """Where each slice lies."""
        return tuple(slice_.grid for slice_ in self.slices)

    def oddities(self) -> tuple[str, ...]:
        """Say in plain words what is unusual: doubled or missing slices, a tilted gantry."""
        found = []
        steps = np.diff(self.heights_mm)
        if doubled := int((steps <= _SAME_PLACE_MM).sum()):
            found.append(
                f"{amount(doubled, 'slice')} at a position that another slice has; all are kept"
            )
        if gaps := int((steps >= _GAP * self.spacing_mm).sum()):
            found.append(
                f"slices are missing in {amount(gaps, 'place')} (steps of up to "
                f"{steps.max():.4g} mm where {self.spacing_mm:.4g} mm is usual)"
            )
        if abs(tilt := self._tilt_degrees()) >= _TILT_DEGREES:
            found.append(f"the gantry is tilted by {tilt:.3g} degrees; each slice is exact")
        return tuple(found)

    def _tilt_degrees(self) -> float:
        first, last = self.slices[0].grid, self.slices[-1].grid
        way = np.subtract(last.position_mm, first.position_mm)
        length = float(np.linalg.norm(way))
        if length <= _SAME_PLACE_MM:
            return 0.0
        return math.degrees(math.acos(min(1.0, float(first.normal @ way) / length)))


def stacks_of(
    headers: Iterable[DicomHeader], root: Path
) -> tuple[tuple[Stack, ...], tuple[tuple[Path, str], ...]]:
    """Return the stacks of all image files, and files that are in none with the reason.

    Stacks come in the order of patient, series UID and orientation: names of files play no part.
    """
    left_out: list[tuple[Path, str]] = []
    grouped: dict[tuple[object, ...], list[tuple[DicomHeader, Slice]]] = defaultdict(list)
    instances: dict[tuple[object, ...], tuple[Slice, ...]] = {}
    for header in headers:
        inside = header.path.parent.relative_to(root).parts
        in_mask_folder = any(says_mask(part) for part in inside)
        folder = None if header.series else header.path.parent
        mask_folder = header.path.parent if in_mask_folder else None
        instance = (patient_key(header), header.series, header.instance, mask_folder)
        try:
            slices = slices_of(header, needs_hu=not in_mask_folder)
        except DataError as error:
            left_out.append((header.path, str(error)))
            continue
        if header.instance and _is_copy(slices, instances.get(instance)):
            left_out.append((header.path, "is a copy of another file (same UIDs, same pixels)"))
            continue
        instances.setdefault(instance, slices)
        key = (patient_key(header), header.series, header.modality, in_mask_folder, folder)
        grouped[key] += [(header, slice_) for slice_ in slices]
    stacks = [
        _stack(members, in_mask_folder=bool(key[3]))
        for key, found in grouped.items()
        for alike in _by_orientation(found)
        for members in (_by_folder(alike) if key[3] else [alike])
    ]
    stacks.sort(key=_order)
    return tuple(stacks), tuple(left_out)


def _is_copy(slices: Sequence[Slice], before: Sequence[Slice] | None) -> bool:
    """Tell whether a file repeats one of the same UIDs: some programs give them out twice."""
    if before is None or len(before) != len(slices):
        return False
    try:
        return all(
            np.array_equal(read_stored(one.stored), read_stored(two.stored))
            for one, two in zip(slices, before, strict=True)
        )
    except DataError:  # what cannot be decoded is said when it is read
        return False


def _order(stack: Stack) -> tuple[object, ...]:
    grid = stack.slices[0].grid
    return (stack.patient, stack.series, grid.along_row, grid.along_column, grid.position_mm)


def _by_orientation(
    members: Sequence[tuple[DicomHeader, Slice]],
) -> list[list[tuple[DicomHeader, Slice]]]:
    """Part slices whose planes, sizes or pixels differ."""
    parted: list[list[tuple[DicomHeader, Slice]]] = []
    for member in members:
        for group in parted:
            if same_plane(group[0][1].grid, member[1].grid):
                group.append(member)
                break
        else:
            parted.append([member])
    return parted


def _by_folder(members: list[tuple[DicomHeader, Slice]]) -> list[list[tuple[DicomHeader, Slice]]]:
    """Part masks that share a series and a place: there is one folder for each organ then."""
    places = {slice_.grid.position_mm for _, slice_ in members}
    if len(places) == len(members):
        return [members]
    folders: dict[Path, list[tuple[DicomHeader, Slice]]] = defaultdict(list)
    for header, slice_ in members:
        folders[header.path.parent].append((header, slice_))
    return list(folders.values())


def same_plane(first: SliceGrid, second: SliceGrid) -> bool:
    """Tell whether two grids are parallel and alike; they may lie anywhere."""
    return (
        (first.rows, first.columns) == (second.rows, second.columns)
        and np.allclose(first.spacing_mm, second.spacing_mm, rtol=1e-3)
        and float(np.dot(first.along_row, second.along_row)) > _SAME_DIRECTION
        and float(np.dot(first.along_column, second.along_column)) > _SAME_DIRECTION
    )


def _stack(members: list[tuple[DicomHeader, Slice]], *, in_mask_folder: bool) -> Stack:
    normal = members[0][1].grid.normal

    def place(member: tuple[DicomHeader, Slice]) -> tuple[object, ...]:
        header, slice_ = member
        height = round(float(normal @ slice_.grid.position_mm), 3)
        return height, header.order, header.instance, slice_.stored.frame

    members = sorted(members, key=place)
    header = members[0][0]
    return Stack(
        patient=patient_key(header),
        patient_id=header.patient.id,
        series=header.series,
        study=header.study,
        frame_of_reference=header.frame_of_reference,
        modality=header.modality,
        body_part=header.body_part,
        inverted=members[0][1].stored.photometric == "MONOCHROME1",
        folder=common_folder([member[0].path for member in members]),
        in_mask_folder=in_mask_folder,
        slices=tuple(slice_ for _, slice_ in members),
    )


def common_folder(files: Iterable[Path]) -> Path:
    """Return the deepest folder that holds all ``files``."""
    parents = {file.parent for file in files}
    folder = min(parents, key=lambda parent: len(parent.parts))
    while not all(parent.is_relative_to(folder) for parent in parents):
        folder = folder.parent
    return folder
