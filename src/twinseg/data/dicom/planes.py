"""Masks that lie on planes of their own, looked up at the pixels of other planes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.data.dicom.levels import NOWHERE, Levels, levels_of
from twinseg.images.slice_grid import SliceGrid

_SAME_PIXEL = 0.05  # of a pixel
_SAME_DIRECTION = 1 - 1e-5
_SAME_PLACE_MM = 0.01
_REACH = 0.501  # of the distance of planes: a pixel midway belongs to one of them
_COARSER = 1.5  # steps of the slices


@dataclass(frozen=True, kw_only=True)
class Placing:
    """How the planes of one file meet the slices of a series."""

    own: Levels | None  # of the slices, each of which takes its nearest planes; None: cut across
    step_mm: float  # distance of the planes: beyond half of it the nearest one does not reach
    notes: tuple[str, ...]


def place(
    planes: Sequence[SliceGrid],
    chosen: Sequence[int],
    slices: Sequence[SliceGrid],
    *,
    said_mm: float,
    usual_mm: float,
) -> Placing:
    """Find which planes each slice of a series takes.

    A plane belongs to the nearest slice, see `Levels.of_planes`, and to no other: where planes of
    no content are left out of a file, their slices are empty and take nothing from a neighbour.

    Args:
        planes: All of the file.
        chosen: Positions of those that mark the target.
        slices: All of the series.
        said_mm: Distance of neighbouring planes as the file says it; 0 if it does not.
        usual_mm: Usual distance of neighbouring slices.

    Raises:
        DataError: If no plane lies on a slice, or slices lie between planes of a coarser grid, of
            which nobody knows whether they are marked.
    """
    found = _steps_mm(planes)
    step_mm = float(min([said_mm or np.inf, *found]))
    step_mm = step_mm if np.isfinite(step_mm) else usual_mm
    notes = []
    if not all(same_pixels(plane, slices[0]) for plane in planes):
        notes.append("a grid of its own: the nearest voxel in the patient counts")
    if planes and not _are_parallel(planes[0], slices[0]):
        return Placing(own=None, step_mm=step_mm, notes=tuple(notes))
    levels = levels_of(slices, usual_mm)
    _require_as_fine(found, said_mm, np.diff(levels.heights_mm))
    heights = np.array([levels.height_mm(plane) for plane in planes])
    lost = int((levels.at(heights)[[*chosen]] == NOWHERE).sum())
    beside = int((levels.of_planes(heights)[[*chosen]] == NOWHERE).sum()) - lost
    if chosen and lost + beside == len(chosen):
        raise DataError(f"none of its {amount(len(chosen), 'plane')} lies on a slice of the series")
    if lost:
        notes.append(f"{lost} of {amount(len(chosen), 'plane')} on no slice")
    if beside:
        notes.append(f"{beside} of {amount(len(chosen), 'plane')} between the slices, not used")
    return Placing(own=levels, step_mm=step_mm, notes=tuple(notes))


def _steps_mm(planes: Sequence[SliceGrid]) -> np.ndarray:
    if not planes:
        return np.array([])
    heights = np.array([planes[0].normal @ np.asarray(plane.position_mm) for plane in planes])
    steps = np.diff(np.unique(np.round(heights, 3)))
    return np.asarray(steps[steps > _SAME_PLACE_MM])


def _require_as_fine(planes_mm: np.ndarray, said_mm: float, slices_mm: np.ndarray) -> None:
    """Refuse planes that the file declares as coarser than the slices, and that are."""
    if not len(planes_mm) or not len(slices_mm) or said_mm < _COARSER * np.median(slices_mm):
        return
    if (np.abs(planes_mm / said_mm - np.rint(planes_mm / said_mm)) < 0.05).all():
        raise DataError(
            f"its planes lie {said_mm:.4g} mm apart and the slices {np.median(slices_mm):.4g} mm: "
            "nobody knows what it marks between them; give a mask on the planes of the slices"
        )


def _are_parallel(first: SliceGrid, second: SliceGrid) -> bool:
    return bool(abs(first.normal @ second.normal) >= _SAME_DIRECTION)


@dataclass(frozen=True, kw_only=True)
class Planes:
    """Parallel planes of masks; several may lie at one height, as overlapping segments do."""

    grids: tuple[SliceGrid, ...]
    chosen: tuple[int, ...]  # positions of those that count; a slice at another's place is empty
    read: Callable[[int], Mask]  # the mask of one plane by its position
    placing: Placing

    @cached_property
    def normal(self) -> np.ndarray:
        """Unit vector across the planes."""
        return self.grids[0].normal

    @cached_property
    def heights_mm(self) -> np.ndarray:
        """Position of each plane along the normal."""
        positions = np.array([grid.position_mm for grid in self.grids])
        return np.asarray(positions @ self.normal)

    def on(self, target: SliceGrid) -> Mask:
        """Return at each pixel of ``target`` whether the nearest voxel is marked."""
        mask: Mask = np.zeros((target.rows, target.columns), dtype=bool)
        if not self.grids:
            return mask
        if self.placing.own is None:
            return self._across(target)
        (level,) = self.placing.own.at([self.placing.own.height_mm(target)]).tolist()
        for at in np.intersect1d(np.flatnonzero(self._owners == level), self.chosen).tolist():
            plane = self.grids[at]
            if same_pixels(plane, target):
                mask |= self.read(at)
            else:
                points = target.to_patient().reshape(-1, 3)
                mask |= _nearest_pixels(plane, self.read(at), points).reshape(mask.shape)
        return mask

    @cached_property
    def _owners(self) -> np.ndarray:
        levels = self.placing.own
        if levels is None:
            return np.full(len(self.grids), NOWHERE)
        return levels.of_planes(np.array([levels.height_mm(grid) for grid in self.grids]))

    def _across(self, target: SliceGrid) -> Mask:
        """Look up a slice that cuts through the planes: each pixel has a nearest plane."""
        points = target.to_patient().reshape(-1, 3)
        at = points @ self.normal
        levels = np.unique(self.heights_mm)
        above = np.clip(np.searchsorted(levels, at), 1, max(len(levels) - 1, 1))
        low, high = levels[above - 1], levels[np.minimum(above, len(levels) - 1)]
        nearest = np.where(at - low <= high - at, low, high)
        inside = np.abs(nearest - at) <= _REACH * self.placing.step_mm
        marked = np.zeros(len(points), dtype=bool)
        for plane in self.chosen:
            here = np.flatnonzero(inside & (nearest == self.heights_mm[plane]))
            if len(here):
                marked[here] |= _nearest_pixels(self.grids[plane], self.read(plane), points[here])
        return marked.reshape(target.rows, target.columns)


def same_pixels(first: SliceGrid, second: SliceGrid) -> bool:
    """Tell whether the pixels of two parallel planes lie behind each other, one for one."""
    if (first.rows, first.columns) != (second.rows, second.columns):
        return False
    ends = np.array([[0, 0], [second.columns - 1, 0], [0, second.rows - 1]], dtype=np.float64)
    across = ends[:, :1] * second.spacing_mm[1] * np.asarray(second.along_row)
    down = ends[:, 1:] * second.spacing_mm[0] * np.asarray(second.along_column)
    found = first.to_pixels(np.asarray(second.position_mm) + across + down)
    return bool(np.abs(found - ends).max() < _SAME_PIXEL)


def _nearest_pixels(plane: SliceGrid, mask: Mask, points_mm: np.ndarray) -> np.ndarray:
    """Return the mask at the pixels nearest to ``points_mm``; outside it marks nothing."""
    column, row = np.rint(plane.to_pixels(points_mm)).astype(np.int64).T
    inside = (row >= 0) & (row < plane.rows) & (column >= 0) & (column < plane.columns)
    found = np.zeros(len(points_mm), dtype=bool)
    found[inside] = mask[row[inside], column[inside]]
    return found
