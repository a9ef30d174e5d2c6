"""A block of voxels filled slice by slice: what is left out is background, or has no number.

Programs that are built on ITK before version 6 read NaN in NIfTI as 0 (ITK's pull request 6683), in
NRRD and MHA as NaN.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask, Plane
from twinseg.core.errors import DataError
from twinseg.images.volumes.space import Slices, VolumeSpace, Voxels

NumberedMasks = Iterable[tuple[int, Mask]]  # numbers of slices from 0, each once, in any order
NumberedPlanes = Iterable[tuple[int, Plane]]  # float32 in 0..1

AsSlices = Callable[[Voxels], Slices]  # gives a view


@dataclass(frozen=True)
class FilledVoxels:
    """Voxels as stored, in Fortran's order, and the numbers of the slices that nobody gave."""

    voxels: Voxels
    left_out: tuple[int, ...]


def fill_with_masks(space: VolumeSpace, as_slices: AsSlices, masks: NumberedMasks) -> FilledVoxels:
    """Return voxels of 0 and 1, uint8; slices that are left out are 0.

    Args:
        space: Of the voxels.
        as_slices: Shows voxels as the slices that the numbers count.
        masks: With their numbers, bool, (y, x).

    Raises:
        DataError: If a slice is not of the volume, comes twice, or is no mask of its grid; or if
            there is none.
    """
    voxels = np.zeros(space.size, dtype=np.uint8, order="F")
    return FilledVoxels(voxels, _fill(as_slices(voxels), masks, _require_mask))


def fill_with_probabilities(
    space: VolumeSpace, as_slices: AsSlices, planes: NumberedPlanes
) -> FilledVoxels:
    """Return voxels of probabilities, float32; slices that are left out are NaN.

    Args:
        space: Of the voxels.
        as_slices: Shows voxels as the slices that the numbers count.
        planes: With their numbers, float32 in 0..1, (y, x).

    Raises:
        DataError: If a slice is not of the volume, comes twice, or holds no probabilities of its
            grid; or if there is none.
    """
    voxels = np.full(space.size, np.nan, dtype=np.float32, order="F")
    return FilledVoxels(voxels, _fill(as_slices(voxels), planes, _require_probabilities))


def _fill(
    into: Slices,
    slices: Iterable[tuple[int, np.ndarray]],
    require: Callable[[int, np.ndarray], None],
) -> tuple[int, ...]:
    """Write each slice into its place and return the numbers of those that did not come."""
    count, rows, columns = into.shape
    missing = dict.fromkeys(range(count))
    for number, plane in slices:
        if number not in range(count):
            raise DataError(f"got slice {number} of {count}; number them from 0 to {count - 1}")
        if number not in missing:
            raise DataError(f"got slice {number} twice; give each slice once")
        if plane.shape != (rows, columns):
            raise DataError(
                f"got slice {number} of {'x'.join(map(str, plane.shape))} pixels, expected "
                f"{rows}x{columns}; stretch it to the grid of its picture first"
            )
        require(number, plane)
        into[number] = plane
        del missing[number]
    if len(missing) == count:
        raise DataError(f"got none of {count} slices; an empty volume would pass for a finding")
    return tuple(missing)


def _require_mask(number: int, plane: np.ndarray) -> None:
    if plane.dtype != np.bool_:
        raise DataError(
            f"got slice {number} as {plane.dtype}, expected a mask (bool); compare it with the "
            "threshold first"
        )


def _require_probabilities(number: int, plane: np.ndarray) -> None:
    if plane.dtype != np.float32:
        raise DataError(f"got slice {number} as {plane.dtype}, expected probabilities (float32)")
    low, high = float(plane.min()), float(plane.max())
    if not (low >= 0 and high <= 1):  # so NaN is refused, too: it means "left out"
        raise DataError(
            f"got slice {number} with values from {low:g} to {high:g}, expected probabilities "
            "from 0 to 1"
        )
