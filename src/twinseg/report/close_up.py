"""The part of a picture around what is marked in it, so that small objects can be seen."""

import numpy as np

from twinseg.core.arrays import Mask

Window = tuple[slice, slice]  # rows, columns

_AROUND = 2.2  # sides of the objects' box
_LEAST_SHARE, _MOST_SHARE = 0.3, 0.8  # of the shorter side of the picture
WHOLE: Window = (slice(None), slice(None))


def close_up(marked: Mask, height: int, width: int) -> Window:
    """Return a square of a tile around what is marked; all of the tile if that is most of it.

    Args:
        marked: On the source grid.
        height: Of the tile, which shows all of the source grid.
        width: Of the tile.
    """
    if not marked.any():
        return WHOLE
    shorter, ends = min(height, width), []
    for axis, length in ((1, height), (0, width)):
        places = np.flatnonzero(marked.any(axis=axis))
        scale = length / marked.shape[1 - axis]
        ends.append((places[0] * scale, (places[-1] + 1) * scale))
    longest = max(high - low for low, high in ends)
    side = round(max(_AROUND * longest, _LEAST_SHARE * shorter))
    if side > _MOST_SHARE * shorter:
        return WHOLE
    rows, columns = (
        _within(round((low + high - side) / 2), side, length)
        for (low, high), length in zip(ends, (height, width), strict=True)
    )
    return rows, columns


def _within(start: int, side: int, length: int) -> slice:
    start = min(max(start, 0), length - side)
    return slice(start, start + side)
