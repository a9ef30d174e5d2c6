"""Outlines of a mask that comes in bands of rows: exact, one band in memory.

An outline runs halfway between the middles of marked pixels and those of unmarked ones, so it
separates them without touching any, and no two outlines touch. Lengths in here are half pixels:
the middle of the first pixel is (1, 1), and all corners are whole numbers. Pixels that touch at a
side or a corner are connected, as in `core.pixels.connected_parts`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from twinseg.core.arrays import Mask

Ring = Int[np.ndarray, "_ 2"]  # corners (x, y) in half pixels; the first one is not repeated
_Keys = Int[np.ndarray, "_"]  # of points: y * wide + x
_WAYS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # (x, y): down, up, right, left


class _Piece(NamedTuple):
    parts: list[np.ndarray]  # keys of points, one after the other
    end: int  # key of the point that comes next


class RingTracer:
    """Puts together outlines from band to band; what it holds is the outlines that go on below.

    By the usual formula, which takes y as going up, the area of an outline is above 0 if it goes
    around marked pixels and below 0 if around a hole.
    """

    def __init__(self, width_px: int) -> None:
        self._wide = 2 * width_px + 2
        self._above = np.zeros((1, width_px + 2), np.bool_)
        self._row = 0  # of the mask: the one that comes next
        self._open: dict[int, _Piece] = {}  # by the key of the point that they begin with

    def add(self, band: Mask) -> list[Ring]:
        """Return the outlines that end in the next rows of the mask, (rows, width).

        Each begins with its uppermost corner, of several the leftmost. Below the mask, a row
        without marks has to be added.
        """
        cells = np.concatenate([self._above, np.pad(band, ((0, 0), (1, 1)))])
        # Cells have a column before the mask and a row above the band.
        points, following = (
            (y + 2 * self._row - 2) * self._wide + x - 2 for x, y in _points(cells)
        )
        closed = self._joined(_followed(points, following))
        self._above, self._row = cells[-1:].copy(), self._row + len(band)
        return [self._ring(keys) for keys in closed]

    def _joined(self, pieces: list[tuple[int, _Piece]]) -> list[_Keys]:
        """Join pieces with those of bands above; return the keys of what is closed by that."""
        waiting, self._open = self._open | dict(pieces), {}
        closed = []
        while waiting:
            begin, (parts, end) = waiting.popitem()
            while end != begin and (more := waiting.pop(end, None) or self._open.pop(end, None)):
                parts += more.parts
                end = more.end
            if end == begin:
                closed.append(np.concatenate(parts))
            else:
                self._open[begin] = _Piece(parts, end)
        return closed

    def _ring(self, keys: _Keys) -> Ring:
        """Return the corners: where the way does not change there is none."""
        first = int(keys.argmin())
        keys = np.concatenate([keys[first:], keys[: first + 1]])
        y, x = np.divmod(keys, self._wide)
        way = np.diff(keys)
        turns = way != np.concatenate([way[-1:], way[:-1]])
        corners: Ring = np.column_stack([x, y])[:-1][turns]
        return corners


def _points(cells: Mask) -> Iterator[np.ndarray]:
    """Yield points of outlines, then where each goes on, both int64 (2, point), x before y.

    A point is the middle between two neighbours of which one is marked; its way has the marked one
    on the right, seen as pictures are. Points that go on outside of ``cells`` are left out.
    """
    found = [_points_of_way(cells, np.array(way)) for way in _WAYS]
    for one in zip(*found, strict=True):
        yield np.concatenate(one, axis=1)


def _points_of_way(cells: Mask, way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left = np.array([way[1], -way[0]])
    offsets = {"marked": 0 * way, "beside": left, "ahead": way, "ahead beside": way + left}
    before = -np.minimum(left, 0) - np.minimum(way, 0)  # columns and rows that have no such pixel
    after = np.maximum(left, 0) + np.maximum(way, 0)
    wide, high = np.array(cells.shape[::-1]) - after - before

    def moved(name: str) -> np.ndarray:
        x, y = before + offsets[name]
        view: np.ndarray = cells[y : y + high, x : x + wide]
        return view

    row, column = np.nonzero(moved("marked") & ~moved("beside"))
    # Marked pixels that touch at a corner are connected: the one beside goes before the one ahead.
    is_beside = moved("ahead beside")[row, column]
    is_straight = ~is_beside & moved("ahead")[row, column]
    middle = 2 * (np.array([column, row]) + before[:, None]) + 1 + left[:, None]
    turn = np.where(is_beside, 1, -1) * left[:, None]
    return middle, middle + way[:, None] + np.where(is_straight, way[:, None], turn)


def _followed(points: _Keys, following: _Keys) -> list[tuple[int, _Piece]]:
    """Follow points as far as they lead; return pieces by the keys of their first points."""
    order = np.argsort(points)
    points, following = points[order], following[order]
    place = np.minimum(np.searchsorted(points, following), max(len(points) - 1, 0))
    leads_on = points[place] == following if len(points) else np.zeros(0, np.bool_)
    is_first = np.ones(len(points), np.bool_)
    is_first[place[leads_on]] = False
    after = np.where(leads_on, place, -1).tolist()  # lists: far faster one by one than arrays
    is_seen = bytearray(len(points))
    pieces = []
    for start in [*np.flatnonzero(is_first).tolist(), *range(len(points))]:
        chain, at = [], start
        while at >= 0 and not is_seen[at]:
            is_seen[at] = 1
            chain.append(at)
            at = after[at]
        if chain:
            keys = points[chain]
            pieces.append((int(keys[0]), _Piece([keys], int(following[chain[-1]]))))
    return pieces
