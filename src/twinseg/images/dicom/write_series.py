"""Write masks and probabilities of a DICOM series as one volume that lies where its slices lie.

Slices are numbered as in `Stack.slices`, from 0 at the lowest position. The first axis of the
volume runs along the rows, the second along the columns, the third from slice to slice. Under a
tilted gantry that is not across the slices: then the volume is sheared, as it is. NIfTI (sform
alone) and NRRD hold that, MHA does not. Programs built on ITK read sheared NRRD as it is; they
refuse or straighten sheared NIfTI.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from twinseg.core.errors import DataError
from twinseg.images.slice_grid import SliceGrid
from twinseg.images.volumes.filled_voxels import (
    NumberedMasks,
    NumberedPlanes,
    fill_with_masks,
    fill_with_probabilities,
)
from twinseg.images.volumes.space import Slices, VolumeSpace, Voxels, vector
from twinseg.images.volumes.volume_output import require_writable, write_voxels

_STEP_OF_ONE_MM = 1.0  # of a series of one slice
_MOST_OFF = 0.1  # mm and voxels: positions in headers are rounded, to a tenth of a mm at worst


def write_series_mask(
    path: Path, masks: NumberedMasks, *, grids: Sequence[SliceGrid], target: str = "target"
) -> tuple[int, ...]:
    """Write the masks of a series as a volume of 0 and 1, uint8; whole or absent.

    Nothing that names the patient is written.

    Args:
        path: File to write; its suffix says the format: ``.nii.gz``, ``.nii``, ``.nrrd``, ``.mha``,
            or ``.seg.nrrd`` for a segmentation of 3D Slicer.
        masks: Number and mask of each slice, bool, (y, x) on its grid, in any order.
        grids: Where its slices lie, from the lowest up, such as `Stack.grids`.
        target: Name of what is marked, said in ``.seg.nrrd`` alone.

    Returns:
        Numbers of the slices that are left out in ``masks``: background in the file.

    Raises:
        ConfigError: If the suffix is unknown.
        DataError: If the slices have no equal steps (see `space_of_grids`), the format cannot hold
            a sheared volume, or ``masks`` do not fit the slices or are none.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    space = space_of_grids(grids)
    require_writable(path, space, masks=True)
    filled = fill_with_masks(space, slices_of_voxels, masks)
    write_voxels(path, filled.voxels, space, target=target)
    return filled.left_out


def write_series_probability(
    path: Path, planes: NumberedPlanes, *, grids: Sequence[SliceGrid]
) -> tuple[int, ...]:
    """Write the probabilities of a series as a volume of float32; whole or absent.

    Args:
        path: As for `write_series_mask`, but not ``.seg.nrrd``.
        planes: Number and probabilities of each slice, float32 in 0..1, (y, x) on its grid, in any
            order.
        grids: Where its slices lie, from the lowest up, such as `Stack.grids`.

    Returns:
        Numbers of the slices that are left out in ``planes``: NaN in the file (which ITK before 6
        reads as 0 from NIfTI, not from NRRD and MHA).

    Raises:
        ConfigError: If the suffix is unknown or for masks alone.
        DataError: As for `write_series_mask`.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    space = space_of_grids(grids)
    require_writable(path, space, masks=False)
    filled = fill_with_probabilities(space, slices_of_voxels, planes)
    write_voxels(path, filled.voxels, space, target="")
    return filled.left_out


def space_of_grids(grids: Sequence[SliceGrid]) -> VolumeSpace:
    """Return where the slices lie as one block of voxels: axes along rows, columns and slices.

    The step to the next slice is that from the first slice to the last, divided; a series of one
    slice gets 1 mm. A voxel may be off by a tenth of a mm and of its
    size.

    Raises:
        DataError: If slices are missing, doubled or unequally far apart, or not parallel.
    """
    first, last, count = grids[0], grids[-1], len(grids)
    if count > 1:
        step = np.subtract(last.position_mm, first.position_mm) / (count - 1)
    else:
        step = first.normal * _STEP_OF_ONE_MM
    if not first.normal @ step > 0:
        raise DataError(f"all {count} slices lie at one position, so they make no volume")
    space = VolumeSpace(
        size=(first.columns, first.rows, count),
        origin_mm=first.position_mm,
        steps_mm=(
            vector(np.array(first.along_row) * first.spacing_mm[1]),
            vector(np.array(first.along_column) * first.spacing_mm[0]),
            vector(step),
        ),
    )
    for number, grid in enumerate(grids):
        off_mm, off_voxels = _off_place(space, number, grid)
        if max(off_mm[0], off_voxels[0]) > _MOST_OFF:
            raise DataError(_unequal_steps(grids))
        if max(off_mm.max(), off_voxels.max()) > _MOST_OFF:
            raise DataError(
                f"slice {number} is turned against the first, by {off_mm.max():.2g} mm at its "
                "corners, expected parallel slices; no volume holds that: write its masks as "
                "pictures"
            )
    return space


def slices_of_voxels(voxels: Voxels) -> Slices:
    """Show the volume of a series as its slices, (slice, row, column); no value is copied."""
    return voxels.transpose(2, 1, 0)


def _off_place(space: VolumeSpace, number: int, grid: SliceGrid) -> tuple[np.ndarray, np.ndarray]:
    """Return how far three corners are from where they should be, the first pixel's first.

    Returns:
        Distances in mm, and in voxels along the axis where they are largest.
    """
    corners = np.array([(0, 0), (grid.columns - 1, 0), (0, grid.rows - 1)])
    across = corners * (grid.spacing_mm[1], grid.spacing_mm[0])
    found_mm = grid.position_mm + across @ np.array([grid.along_row, grid.along_column])
    indices = np.column_stack([corners, np.full(3, number)])
    off_mm = found_mm - (indices @ np.array(space.steps_mm) + space.origin_mm)
    return np.linalg.norm(off_mm, axis=1), np.abs(space.to_voxels(off_mm)).max(axis=1)


def _unequal_steps(grids: Sequence[SliceGrid]) -> str:
    """Say which step is odd: the one that differs most from the usual one."""
    positions = np.array([grid.position_mm for grid in grids])
    steps = np.diff(positions, axis=0)
    usual = np.median(steps, axis=0)
    odd = int(np.linalg.norm(steps - usual, axis=1).argmax())
    return (
        f"the step from slice {odd} to slice {odd + 1} is {_step(steps[odd])} where "
        f"{_step(usual)} is usual, expected equal steps; no volume holds that: fill or resample "
        "the series, or write its masks as pictures"
    )


def _step(step_mm: np.ndarray) -> str:
    x, y, z = step_mm + 0.0
    return f"({x:.4g}, {y:.4g}, {z:.4g}) mm"
