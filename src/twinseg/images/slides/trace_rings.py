"""Outlines of a mask that comes in bands of rows: exact, one band in memory.

An outline runs halfway between the middles of marked pixels and those of unmarked ones, so it
separates them without touching any, and no two outlines touch. Lengths in here are half pixels:
the middle of the first pixel is (1, 1), and all corners are whole numbers. Pixels that touch at a
side or a corner are connected, as in `core.pixels.connected_parts`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np

from twinseg.core.arrays import Mask

_WAYS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # down, up, right, left, as (x, y)


class Ring(NamedTuple):
    """A closed outline, corners (x, y) in half pixels, int64; the first one is not repeated.

    Going along it, marked pixels are where y grows when x does: its area is above 0 by the usual
    formula if it goes around marked pixels, below 0 if around a hole.
    """

    corners: np.ndarray


class _Piece(NamedTuple):
    parts: list[np.ndarray]  # keys of points, one after the other
    end: int  # key of the point that comes next


class RingTracer:
    """Puts together outlines from band to band."""

    def __init__(self, width_px: int) -> None:
        self._wide = 2 * width_px + 2  # of a row of keys: a key is y * wide + x
        self._above = np.zeros((1, width_px + 2), np.bool_)
        self._row = 0  # of the mask: the one that comes next
        self._open: dict[int, _Piece] = {}  # by the key of the point that they begin with

    def add(self, band: Mask) -> list[Ring]:
        """Return the outlines that end in the next rows, bool (rows, width).

        The last band must end with a row without marks.
        """
        cells = np.concatenate([self._above, np.pad(band, ((0, 0), (1, 1)))])
        points, following = _followers(cells)
        # From the corner of the cells to that of the mask: one column left, one row up.
        shift = (2 * self._row - 2) * self._wide - 2
        points, following = (
            (y * self._wide + x + shift for x, y in (points, following))
        )  # fmt: skip
        closed, pieces = _followed(points, following)
        self._above, self._row = cells[-1:].copy(), self._row + len(band)
        return [self._ring(keys) for keys in chain(closed, self._joined(pieces))]

    def _joined(self, pieces: dict[int, _Piece]) -> Iterator[np.ndarray]:
        """Join pieces with those of bands above; yield the keys of what is closed by that."""
        waiting, self._open = self._open | pieces, {}
        while waiting:
            begin, (parts, end) = waiting.popitem()
            while end != begin and (more := waiting.pop(end, None) or self._open.pop(end, None)):
                parts += more.parts
                end = more.end
            if end == begin:
                yield np.concatenate(parts)
            else:
                self._open[begin] = _Piece(parts, end)

    def _ring(self, keys: np.ndarray) -> Ring:
        """Return the corners: points between which the way does not change are left out."""
        # Columns begin at 0 in the mask, outlines half a pixel inside of it: no key wraps around.
        y, x = np.divmod(keys, self._wide)
        corners = np.column_stack([x, y])
        way = np.roll(corners, -1, axis=0) - corners
        return Ring(corners[(way != np.roll(way, 1, axis=0)).any(axis=1)])


def rings_of(bands: Iterable[Mask], width_px: int) -> Iterator[list[Ring]]:
    """Yield the outlines of a mask, as lists of those that end in a band; the last list is extra.

    Args:
        bands: Rows of the mask from above, (rows, ``width_px``).
        width_px: Of the mask.
    """
    tracer = RingTracer(width_px)
    for band in bands:
        yield tracer.add(band)
    yield tracer.add(np.zeros((1, width_px), np.bool_))


def _followers(cells: Mask) -> tuple[np.ndarray, np.ndarray]:
    """Return points of outlines and where each goes on, both int64 (2, point), as (x, y).

    A point is the middle between two neighbours of which one is marked; a way has the marked one
    on its right, seen as pictures are. Left out are points that go on outside of ``cells``.
    """
    points, following = [], []
    for x, y in _WAYS:
        left = (y, -x)
        # Pairs of neighbours, the unmarked one on the left, that have a pair of pixels ahead.
        unmarked, marked, beyond_left, beyond_right = _views(cells, (x, y))
        row, column = np.nonzero(marked & ~unmarked)
        turns_left = beyond_left[row, column]
        straight = ~turns_left & beyond_right[row, column]
        begin_row, begin_column = _begin_of_marked(x, y)
        at = np.array([2 * (column + begin_column) + 1 + left[0],
                       2 * (row + begin_row) + 1 + left[1]])  # fmt: skip
        turn = np.where(turns_left, 1, -1)
        bent = at + np.array([[x], [y]]) + turn * np.array(left)[:, None]
        points.append(at)
        following.append(np.where(straight, at + 2 * np.array([[x], [y]]), bent))
    return np.concatenate(points, axis=1), np.concatenate(following, axis=1)
