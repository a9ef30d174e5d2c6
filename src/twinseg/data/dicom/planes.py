"""Masks that lie on planes of their own, looked up at the pixels of other planes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.data.grid import SliceGrid

_SAME_PIXEL = 0.05  # of a pixel
_SAME_DIRECTION = 1 - 1e-5
_REACH = 0.501  # of the distance of planes: a pixel midway belongs to one of them


@dataclass(frozen=True, kw_only=True)
class Planes:
    """Parallel planes of masks; several may lie at one height, as overlapping segments do."""

    grids: tuple[SliceGrid, ...]
    read: Callable[[int], Mask]  # the mask of one plane by its position among them
    thickness_mm: float  # how far apart they lie; beyond half of it nothing is marked

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
        if abs(self.normal @ target.normal) < _SAME_DIRECTION:
            return self._across(target)
        offsets = np.abs(self.heights_mm - self.normal @ np.asarray(target.position_mm))
        nearest = offsets.min()
        if nearest > _REACH * self.thickness_mm:
            return mask
        for place in np.flatnonzero(offsets <= nearest + 1e-3 * self.thickness_mm).tolist():
            plane = self.grids[place]
            if same_pixels(plane, target):
                mask |= self.read(place)
            else:
                points = target.to_patient().reshape(-1, 3)
                mask |= _nearest_pixels(plane, self.read(place), points).reshape(mask.shape)
        return mask

    def _across(self, target: SliceGrid) -> Mask:
        """Look up a slice that cuts through the planes: each pixel has a nearest plane."""
        points = target.to_patient().reshape(-1, 3)
        at = points @ self.normal
        levels = np.unique(self.heights_mm)
        above = np.clip(np.searchsorted(levels, at), 1, max(len(levels) - 1, 1))
        low, high = levels[above - 1], levels[np.minimum(above, len(levels) - 1)]
        nearest = np.where(at - low <= high - at, low, high)
        inside = np.abs(nearest - at) <= _REACH * self.thickness_mm
        marked = np.zeros(len(points), dtype=bool)
        for place, height in enumerate(self.heights_mm):
            here = np.flatnonzero(inside & (nearest == height))
            if len(here):
                marked[here] |= _nearest_pixels(self.grids[place], self.read(place), points[here])
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
