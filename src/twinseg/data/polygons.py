"""Outlines to pixels: even-odd filling, exact at the middle of every pixel."""

from collections.abc import Sequence

import numpy as np

from twinseg.core.arrays import Mask, Outline

# Of a pixel: an edge that runs through the middle of one must fall on the same side of it wherever
# the grid begins, although moving an outline rounds its last digits.
_TIE = 1e-9


def fill_outlines(outlines: Sequence[Outline], shape: tuple[int, int]) -> Mask:
    """Mark every pixel whose middle lies inside an odd number of ``outlines``.

    Holes, keyhole outlines and outlines that cross themselves therefore come out right.

    Args:
        outlines: Corners (x, y) in pixels, closed by themselves; the middle of the first pixel
            is (0, 0). Parts outside the grid are cut off. Fewer than three corners mark nothing.
        shape: Rows and columns of the mask.
    """
    rows, columns = shape
    toggles = np.zeros((rows, columns + 1), dtype=np.int32)
    for outline in outlines:
        if len(outline) > 2:
            _toggle(toggles, np.asarray(outline, dtype=np.float64))
    filled: Mask = np.cumsum(toggles, axis=1)[:, :columns] % 2 == 1
    return filled


def _toggle(toggles: np.ndarray, outline: np.ndarray) -> None:
    """Count, for each row, the column from which on a pixel lies behind one more edge."""
    rows, columns = toggles.shape[0], toggles.shape[1] - 1
    start, end = outline, np.roll(outline, -1, axis=0)
    low = np.clip(np.ceil(np.minimum(start[:, 1], end[:, 1]) - _TIE), 0, rows).astype(int)
    high = np.clip(np.ceil(np.maximum(start[:, 1], end[:, 1]) - _TIE), 0, rows).astype(int)
    crossed = high - low  # rows whose middle line the edge crosses; none if it is level
    edge = np.repeat(np.arange(len(outline)), crossed)
    row = np.arange(crossed.sum()) - np.repeat(np.cumsum(crossed) - crossed, crossed) + low[edge]
    rise = end[edge, 1] - start[edge, 1]
    along = (row - start[edge, 1]) / rise
    x = start[edge, 0] + along * (end[edge, 0] - start[edge, 0])
    np.add.at(toggles, (row, np.clip(np.ceil(x - _TIE), 0, columns).astype(int)), 1)
