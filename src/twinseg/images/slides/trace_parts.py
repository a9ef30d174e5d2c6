"""Connected parts of a mask that comes in bands of rows, each with its outlines and its size."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.core.pixels import connected_parts
from twinseg.images.slides.simplify_rings import simplified
from twinseg.images.slides.trace_rings import Ring, RingTracer


class Part(NamedTuple):
    """Pixels that touch at a side or a corner."""

    outline: Ring  # around all of it
    holes: list[Ring]
    pixels: int


class _Place(NamedTuple):
    """Where an outline is lowest; there is none other of the same place."""

    y: int
    x: int


def parts_of(bands: Iterable[Mask], width_px: int) -> Iterator[Part]:
    """Yield the parts of a mask in the order of where they end, as soon as they do.

    What comes out does not depend on how the mask is cut into bands. Memory holds a band, and the
    outlines of parts that go on below it.

    Args:
        bands: Rows of the mask from above, bool (rows, ``width_px``).
        width_px: Of the mask.

    Raises:
        DataError: If a band is of another width.
    """
    rings, components = RingTracer(width_px), _Components(width_px)
    for band in bands:
        if band.shape[1:] != (width_px,) or band.dtype != np.bool_:
            raise DataError(
                f"a band of {band.dtype}, {band.shape}; expected bool, (rows, {width_px})"
            )
        if len(band):
            yield from components.add(band, rings.add(band))
    below = np.zeros((1, width_px), np.bool_)
    yield from components.add(below, rings.add(below))


class _Components:
    """What belongs together, from band to band; only what touches the last row is kept."""

    def __init__(self, width_px: int) -> None:
        self._above = np.zeros(width_px, np.int64)  # ids in the last row; 0 is background
        self._row = 0  # of the mask: the one that comes next
        self._next_id = 1
        self._parent: dict[int, int] = {}
        self._pixels: dict[int, int] = {}
        self._holes: dict[int, list[tuple[_Place, Ring]]] = {}

    def add(self, band: Mask, rings: list[Ring]) -> list[Part]:
        """Return the parts that end, given the outlines that end in the next rows."""
        ids = self._numbered(band)
        for shift in (-1, 0, 1):
            self._join(ids[0], shift)
        seen = np.concatenate([self._above[None], ids])
        around: list[tuple[_Place, int, Ring]] = []
        for ring, simple in zip(rings, simplified(rings), strict=True):
            x, y = ring[np.lexsort((ring[:, 0], ring[:, 1]))[-1]].tolist()
            row, column = y // 2 - self._row, (x - 1) // 2  # of the pixel above, in what is seen
            is_outer = seen[row, column] > 0
            component = self._root(int(seen[row if is_outer else row + 1, column]))
            if is_outer:
                around.append((_Place(y, x), component, simple))
            else:
                self._holes.setdefault(component, []).append((_Place(y, x), simple))
        parts = [
            Part(ring, _in_order(self._holes.pop(component, [])), self._pixels.pop(component))
            for _, component, ring in sorted(around, key=lambda one: one[0])
        ]
        self._keep_last_row(ids[-1], len(band))
        return parts

    def _numbered(self, band: Mask) -> np.ndarray:
        """Give each part of the band an id of its own, int64 (rows, columns), 0 for background."""
        found = connected_parts(np.ascontiguousarray(band))
        sizes = np.bincount(found.labels.ravel(), minlength=found.count + 1)
        for number in range(found.count):
            self._parent[self._next_id + number] = self._next_id + number
            self._pixels[self._next_id + number] = int(sizes[number + 1])
        ids = np.where(found.labels > 0, found.labels + np.int64(self._next_id - 1), 0)
        self._next_id += found.count
        return ids

    def _join(self, row: np.ndarray, shift: int) -> None:
        """Join the parts of the first row with those above, ``shift`` columns to the right."""
        wide = len(row)
        here = row[max(0, -shift) : wide - max(0, shift)]
        above = self._above[max(0, shift) : wide + min(0, shift)]
        both = (here > 0) & (above > 0)
        for pair in np.unique(np.column_stack([here[both], above[both]]), axis=0).tolist():
            one, other = sorted(self._root(id_) for id_ in pair)
            if one != other:
                self._parent[other] = one
                self._pixels[one] += self._pixels.pop(other)
                self._holes.setdefault(one, []).extend(self._holes.pop(other, []))

    def _root(self, number: int) -> int:
        while (above := self._parent[number]) != number:
            self._parent[number] = number = self._parent[above]
        return number

    def _keep_last_row(self, row: np.ndarray, rows: int) -> None:
        known, place = np.unique(row, return_inverse=True)
        roots = np.array([self._root(id_) if id_ else 0 for id_ in known.tolist()], np.int64)
        self._above = roots[place]
        self._parent = {root: root for root in roots.tolist() if root}
        self._row += rows


def _in_order(holes: list[tuple[_Place, Ring]]) -> list[Ring]:
    """Sort holes by their place: joined parts bring theirs in an order that bands decide."""
    return [ring for _, ring in sorted(holes, key=lambda hole: hole[0])]
