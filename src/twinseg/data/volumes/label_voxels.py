"""Label volumes on any grid of slices: nearest neighbour in patient space."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.data.classes import NONZERO, Value, check_names, choose_values, least_of
from twinseg.data.mask_values import (
    ROUNDED,
    require_none_below_0,
    require_numbers,
    whole_numbers,
)
from twinseg.images.slice_grid import SliceGrid
from twinseg.images.volumes.space import VolumeSpace, Voxels
from twinseg.images.volumes.volume_file import read_header, read_voxels, remembered

Marked = Bool[np.ndarray, "i j k"]
_SAME_VOXEL = 1e-3  # of a voxel: what a direction of six digits is off over a slice


def label_masks(
    path: Path, grids: Sequence[SliceGrid], foreground: tuple[str, ...]
) -> Iterator[Mask]:
    """Yield the mask on each grid: the label at the middle of every pixel.

    The volume of the last call is kept, so that runs of slices of one series cost one reading.

    Args:
        path: Label volume (NIfTI, NRRD, MHA), in the patient space of the grids.
        grids: Slices; outside the volume is background.
        foreground: Values that are the target, or ``nonzero``; () if there is only one.

    Raises:
        DataError: If the volume is damaged or holds no labels.
        MaskValuesError: If it holds several values and none was chosen.
    """
    space = read_header(path).space
    marked = remembered(
        path, f"labels {foreground}", lambda: choose_voxels(read_voxels(path), foreground)
    )
    for grid in grids:
        yield sample(marked, space, grid)


def overlaps(path: Path, grids: Sequence[SliceGrid]) -> bool:
    """Tell from the header alone whether the volume covers a pixel of one of ``grids``.

    Raises:
        DataError: If the header is damaged.
    """
    space = read_header(path).space
    return any(_touches(space, grid) for grid in grids)


def choose_voxels(labels: Voxels, foreground: tuple[str, ...]) -> Marked:
    """Mark the voxels of the target.

    Raises:
        DataError: If the values are no whole numbers, or below 0.
        MaskValuesError: If there are several and ``foreground`` is empty.
    """
    names = check_names(foreground)
    require_numbers(labels, "")
    if names and all(name.startswith(">") for name in names):
        return np.asarray(labels > min(least_of(name) for name in names))
    if labels.dtype.kind == "f":
        labels = _rounded(labels)
    require_none_below_0(labels, "", names)
    if colours := [name for name in names if name.startswith("#")]:
        raise DataError(f"label volumes have no colours; give values instead of {colours[0]}")
    if not names:
        _require_one_label(labels)
    if labels.dtype == np.uint8 and (not names or names == ("1",)) and labels.max() <= 1:
        return labels.view(bool)  # zeros and ones are a mask as they are
    if not names or NONZERO in names:
        return np.asarray(labels != 0)
    marked = np.zeros(labels.shape, dtype=bool, order="F")
    for name in names:
        marked |= labels > least_of(name) if name.startswith(">") else labels == int(name)
    return marked


def rounding_note(labels: Voxels, foreground: tuple[str, ...]) -> str:
    """Say that labels are rounded by `choose_voxels`; "" if they are not."""
    parted = foreground and all(name.startswith(">") for name in foreground)
    if labels.dtype.kind != "f" or parted:
        return ""
    return "" if all((plane == np.rint(plane)).all() for plane in labels) else ROUNDED


def _rounded(labels: Voxels) -> Voxels:
    """Return floats within 0.001 of whole numbers as those; refuse others."""
    if all((plane == np.rint(plane)).all() for plane in labels):
        return labels
    if not all(whole_numbers(plane) is not None for plane in labels):
        raise DataError(
            "holds fractions, expected labels such as 0, 1, 2; give the label volume, or part "
            'probabilities, such as by --foreground ">0.5"'
        )
    nearest: np.ndarray = np.rint(labels)
    return nearest


def sample(marked: Marked, space: VolumeSpace, grid: SliceGrid) -> Mask:
    """Return what is marked at the middle of every pixel of ``grid``; outside is background."""
    start, across, down = _in_voxels(space, grid)
    rows, columns = np.arange(grid.rows)[:, None], np.arange(grid.columns)[None, :]
    inside: list[np.ndarray] = []
    places: list[np.ndarray] = []
    for axis, size in enumerate(space.size):
        # Where an axis runs along rows or columns alone, one line of indices is enough.
        place = np.full((1, 1), start[axis])
        if abs(down[axis]) * grid.rows > _SAME_VOXEL:
            place = place + rows * down[axis]
        if abs(across[axis]) * grid.columns > _SAME_VOXEL:
            place = place + columns * across[axis]
        nearest = np.floor(place + 0.5)
        inside.append((nearest >= 0) & (nearest < size))
        places.append(np.clip(nearest, 0, size - 1).astype(np.intp))
    if not all(within.any() for within in inside):
        return np.zeros((grid.rows, grid.columns), dtype=bool)
    found = _look_up(marked, places)
    for within in inside:
        found = found if within.all() else found & within
    mask: Mask = np.broadcast_to(found, (grid.rows, grid.columns))
    return mask


def _look_up(marked: Marked, places: Sequence[np.ndarray]) -> np.ndarray:
    """Return ``marked[places]``; line by line where no axis runs along rows and columns at once."""
    kinds = [(place.shape[0] > 1, place.shape[1] > 1) for place in places]
    along_rows = [axis for axis, kind in enumerate(kinds) if kind == (True, False)]
    along_columns = [axis for axis, kind in enumerate(kinds) if kind == (False, True)]
    if len(along_rows) != 1 or len(along_columns) != 1 or (True, True) in kinds:
        looked_up: np.ndarray = marked[tuple(places)]
        return looked_up
    (row,), (column,) = along_rows, along_columns
    (fixed,) = {0, 1, 2} - {row, column}
    plane = marked.transpose(row, column, fixed)[..., int(places[fixed][0, 0])]
    return plane[_as_slice(places[row][:, 0])][:, _as_slice(places[column][0])]


def _as_slice(places: np.ndarray) -> np.ndarray | slice:
    """Return consecutive places as a slice, which looks up nothing one by one."""
    if (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def _in_voxels(space: VolumeSpace, grid: SliceGrid) -> np.ndarray:
    """First pixel, step to the next column and to the next row, in voxels; (3, axis)."""
    vectors = [
        np.subtract(grid.position_mm, space.origin_mm),
        np.multiply(grid.along_row, grid.spacing_mm[1]),
        np.multiply(grid.along_column, grid.spacing_mm[0]),
    ]
    return space.to_voxels(np.array(vectors))


def _touches(space: VolumeSpace, grid: SliceGrid) -> bool:
    start, across, down = _in_voxels(space, grid)
    corners = np.array(
        [
            start + row * down + column * across
            for row in (0, grid.rows - 1)
            for column in (0, grid.columns - 1)
        ]
    )
    low, high = corners.min(axis=0), corners.max(axis=0)
    return bool((high >= -0.5).all() and (low < np.array(space.size) - 0.5).all())


def _require_one_label(labels: Voxels) -> None:
    planes = labels.T  # as they lie in the file, one after another: each fits the cache
    highest = max(plane.max() for plane in planes)
    if highest == 0 or all(((plane == 0) | (plane == highest)).all() for plane in planes):
        return
    counts: dict[int, int] = {}
    for plane in planes:
        for value, count in zip(*np.unique(plane, return_counts=True), strict=True):
            counts[int(value)] = counts.get(int(value), 0) + int(count)
    choose_values({Value(number): count / labels.size for number, count in counts.items()}, ())
