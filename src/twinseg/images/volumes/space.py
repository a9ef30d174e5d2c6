"""Where the voxels of a volume lie in the patient, and its slices as radiologists look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import cast

import numpy as np
from jaxtyping import Shaped

from twinseg.core.errors import DataError
from twinseg.images.slice_grid import SliceGrid, Vector

Voxels = Shaped[np.ndarray, "i j k"]  # along the three axes as stored
Slices = Shaped[np.ndarray, "slice y x"]  # feet to head, front to back, right to left
_OFF_RIGHT_ANGLE = 1e-3  # cosine; headers hold directions in single precision or six digits


@dataclass(frozen=True, kw_only=True)
class VolumeSpace:
    """A block of voxels in patient space.

    Axes are DICOM's (LPS): x to the patient's left, y to the back, z to the head, in mm.
    """

    size: tuple[int, int, int]
    origin_mm: Vector  # middle of the first voxel
    steps_mm: tuple[Vector, Vector, Vector]  # to the next voxel along each axis as stored

    @property
    def axial_order(self) -> tuple[int, int, int]:
        """Stored axes closest to head-foot, front-back and right-left."""
        x, y, z = np.abs(self._directions).T
        best = max(permutations(range(3)), key=lambda p: z[p[0]] + y[p[1]] + x[p[2]])
        return cast(tuple[int, int, int], best)

    @property
    def at_right_angles(self) -> bool:
        """Whether the three axes are so; those of slices under a tilted gantry are not."""
        cosines = self._directions @ self._directions.T
        return bool(np.abs(cosines - np.eye(3)).max() <= _OFF_RIGHT_ANGLE)

    def axial(self, voxels: Voxels) -> Slices:
        """Show ``voxels`` as axial slices: rows to the back, columns to the patient's left.

        The slices are a view: what is written into them is written into ``voxels``.
        """
        backwards = [slice(None, None, -1 if flip else 1) for flip in self._flipped]
        return voxels[tuple(backwards)].transpose(self.axial_order)

    def axial_grids(self) -> tuple[SliceGrid, ...]:
        """Return where the slices of `axial` lie, from the feet to the head."""
        steps = np.array(self.steps_mm)
        corner = np.array(self.origin_mm)
        for axis, flip in enumerate(self._flipped):
            if flip:
                corner = corner + steps[axis] * (self.size[axis] - 1)
                steps[axis] = -steps[axis]
        up, down, across = self.axial_order
        spacing_mm = np.linalg.norm(steps, axis=1)
        return tuple(
            SliceGrid(
                rows=self.size[down],
                columns=self.size[across],
                position_mm=vector(corner + number * steps[up]),
                along_row=vector(steps[across] / spacing_mm[across]),
                along_column=vector(steps[down] / spacing_mm[down]),
                spacing_mm=(float(spacing_mm[down]), float(spacing_mm[across])),
            )
            for number in range(self.size[up])
        )

    def to_voxels(self, vectors_mm: np.ndarray) -> np.ndarray:
        """Vectors in the patient (..., 3) to steps along the stored axes, fractions of voxels."""
        return np.asarray(vectors_mm) @ np.linalg.inv(np.array(self.steps_mm))

    def corners_mm(self) -> np.ndarray:
        """Patient coordinates of the middles of the eight outermost voxels, (8, 3)."""
        last = np.array(self.size) - 1
        places = np.stack(np.meshgrid(*[[0, n] for n in last], indexing="ij"), axis=-1)
        corners: np.ndarray = places.reshape(8, 3) @ np.array(self.steps_mm) + self.origin_mm
        return corners

    @property
    def _directions(self) -> np.ndarray:
        steps = np.array(self.steps_mm)
        directions: np.ndarray = steps / np.linalg.norm(steps, axis=1, keepdims=True)
        return directions

    @property
    def _flipped(self) -> tuple[bool, bool, bool]:
        """Per stored axis: does it run against head, back or left."""
        flipped = [False] * 3
        for axis, towards in zip(self.axial_order, (2, 1, 0), strict=True):
            flipped[axis] = bool(self._directions[axis, towards] < 0)
        return flipped[0], flipped[1], flipped[2]


def vector(values: np.ndarray) -> Vector:
    """Return three numbers as a value."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def space_from(
    size: Sequence[int],
    spacing_mm: Sequence[float],
    origin_mm: Sequence[float],
    direction: Sequence[float],
) -> VolumeSpace:
    """Make a space of what a header says; axes after the third are left away.

    Args:
        size: Voxels along each axis.
        spacing_mm: Distance of neighbours along each axis.
        origin_mm: Middle of the first voxel.
        direction: Square matrix row by row; its columns are the directions of the axes.

    Raises:
        DataError: If numbers are not finite, a spacing is not positive, or the axes are not at
            right angles.
    """
    axes = len(spacing_mm)
    directions = np.array(direction, dtype=np.float64).reshape(axes, axes)[:3, :3]
    spacing, origin = np.array(spacing_mm[:3]), np.array(origin_mm[:3])
    if not all(np.isfinite(part).all() for part in (directions, spacing, origin)):
        raise DataError("says where it lies in numbers that are not finite; mend its header")
    if spacing.min() <= 0:
        raise DataError(f"declares a spacing of {spacing.min():g} mm; mend its header")
    if np.abs(directions.T @ directions - np.eye(3)).max() > _OFF_RIGHT_ANGLE:
        raise DataError("has axes that are not at right angles; resample it onto a straight grid")
    x, y, z = (vector(axis) for axis in directions.T * spacing[:, None])
    i, j, k = (int(length) for length in size[:3])
    return VolumeSpace(size=(i, j, k), origin_mm=vector(origin), steps_mm=(x, y, z))
