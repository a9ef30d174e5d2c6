"""Which slice a plane or an outline lies on, by its height along the normal of the slices."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twinseg.images.slice_grid import SliceGrid, Vector

_SAME_LEVEL = 0.02  # of the step: slices so near to each other are doubles
_TIE = 2e-3  # of half a step: heights midway go up, although their last digits are rounded
_SAME_LAYER = 0.15  # of the step: heights so near to each other are one, rounded differently
_SAME_LAYER_MM = 0.1
NOWHERE = -1


@dataclass(frozen=True)
class Levels:
    """Heights of the slices of a series; each takes what is nearest to it.

    A slice takes heights within half of the step to its nearer neighbour, so that what lies where
    a slice is missing goes to none. A height midway between two slices goes to the higher one.
    """

    normal: Vector
    heights_mm: tuple[float, ...]  # ascending, each once
    step_mm: float  # the usual one

    @cached_property
    def _reach_mm(self) -> np.ndarray:
        steps = np.diff(self.heights_mm)
        if not len(steps):
            return np.array([self.step_mm / 2])
        return np.asarray(np.minimum(np.r_[np.inf, steps], np.r_[steps, np.inf]) / 2)

    def height_mm(self, grid: SliceGrid) -> float:
        """Return the height of a slice."""
        return float(np.dot(self.normal, grid.position_mm))

    def at(self, heights_mm: np.ndarray | Sequence[float]) -> np.ndarray:
        """Return the level that each height lies on, `NOWHERE` for those beyond all slices."""
        levels, heights = np.array(self.heights_mm), np.asarray(heights_mm, dtype=np.float64)
        middles = (levels[1:] + levels[:-1]) / 2 - _TIE * np.diff(levels) / 2
        found = np.searchsorted(middles, heights, side="right")
        reach, offset = self._reach_mm[found], heights - levels[found]
        inside = (offset >= -reach * (1 + _TIE)) & (offset < reach * (1 - _TIE))
        return np.where(inside, found, NOWHERE)

    def nearest_layers(self, heights_mm: np.ndarray) -> np.ndarray:
        """Return like `at`, but of several layers on one slice only the one nearest to it.

        Heights that differ by their rounding are one layer: all of it counts. Of two layers
        equally near to a slice the lower one counts.
        """
        found = self.at(heights_mm)
        for level in np.unique(found[found != NOWHERE]).tolist():
            here = np.flatnonzero(found == level)
            here = here[np.argsort(heights_mm[here], kind="stable")]
            apart = max(_SAME_LAYER * 2 * self._reach_mm[level], _SAME_LAYER_MM)
            layer = np.r_[0, np.cumsum(np.diff(heights_mm[here]) > apart)]
            offset = np.abs(heights_mm[here] - self.heights_mm[level])
            nearest = np.argmax(offset <= offset.min() + _TIE * self._reach_mm[level])
            found[here[layer != layer[nearest]]] = NOWHERE
        return found

    def of_planes(self, heights_mm: np.ndarray) -> np.ndarray:
        """Return like `nearest_layers` for all planes of a file: a finer grid ends where it ends.

        A plane reaches no farther than half of the step to its own nearer neighbour, whatever
        that marks: a segment that has no plane where another one has is empty there.
        """
        found = self.nearest_layers(heights_mm)
        apart = max(_SAME_LAYER * self.step_mm, _SAME_LAYER_MM)
        ends = np.r_[-np.inf, np.sort(heights_mm), np.inf]
        below = ends[np.searchsorted(ends, heights_mm - apart, side="right") - 1]
        above = ends[np.searchsorted(ends, heights_mm + apart, side="left")]
        reach = np.minimum(heights_mm - below, above - heights_mm) / 2
        offset = np.abs(heights_mm - np.array(self.heights_mm)[found])
        return np.where(offset <= reach * (1 + _TIE), found, NOWHERE)


def levels_of(grids: Sequence[SliceGrid], step_mm: float) -> Levels:
    """Return the levels of parallel slices in any order.

    Args:
        grids: Of all slices, one or more.
        step_mm: Usual distance of neighbours.
    """
    normal = grids[0].normal
    heights = np.sort([float(normal @ grid.position_mm) for grid in grids])
    first = np.r_[True, np.diff(heights) > _SAME_LEVEL * step_mm]
    x, y, z = (float(part) for part in normal)
    return Levels((x, y, z), tuple(heights[first].tolist()), step_mm)
