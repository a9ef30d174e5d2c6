"""Thicker slices: means over neighbours of the same stack."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twinseg.core.arrays import Indices, Pictures, SquarePicture
from twinseg.core.mapped import read_some
from twinseg.data.prepared import PreparedDataset


def slice_thickness(slices: Pictures) -> SquarePicture:
    """Return the mean of neighbouring slices: what one slice as thick as all of them would show."""
    mean: SquarePicture = np.rint(slices.mean(axis=0, dtype=np.float64)).astype(np.uint8)
    return mean


@dataclass(frozen=True)
class SlicesNear:
    """The slices of the same stack around a slice."""

    data: PreparedDataset

    def around(self, position: int, steps: int) -> Pictures:
        """Return the slice at ``position`` and all up to ``steps`` above and below it.

        A step is the median one of the stack. What is missing within it is left out, and so is
        what lies beyond its end.
        """
        layer = self.data.dataset.cases[position].layer
        if layer is None:
            return read_some(self.data.pictures, np.array([position]))
        positions, heights_mm = self._stacks[layer.stack]
        gaps = np.diff(np.unique(heights_mm))
        reach_mm = (steps + 0.5) * float(np.median(gaps)) if gaps.size else 0.0
        near = positions[np.abs(heights_mm - layer.height_mm) <= reach_mm]
        slices: Pictures = read_some(self.data.pictures, near)
        return slices

    @cached_property
    def _stacks(self) -> dict[str, tuple[Indices, np.ndarray]]:
        found: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for position, case in enumerate(self.data.dataset.cases):
            if case.layer is not None:
                found[case.layer.stack].append((case.layer.height_mm, position))
        return {
            stack: (
                np.array([p for _, p in sorted(slices)]),
                np.array([h for h, _ in sorted(slices)]),
            )
            for stack, slices in found.items()
        }
