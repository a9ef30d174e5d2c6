"""Outlines of one region on one slice: joined, and cut out where one lies wholly inside another."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twinseg.core.arrays import Mask, Outline
from twinseg.data.polygons import fill_outlines

_SAME_PX = 0.15  # outlines that are no farther apart are one, saved with other roundings
_DENSE_PX = 0.5  # edges are looked at in steps of this
_MOST_POINTS = 100_000
_MOST_COMPARED = 2_000_000  # points times edges at once: memory


def fill_nested(outlines: Sequence[Outline], shape: tuple[int, int]) -> Mask:
    """Mark what the outlines hold together.

    Outlines that cross, touch or lie apart are joined. One that lies wholly inside another is a
    hole in it, one inside the hole an island. The same outline twice counts once. A keyhole, and
    an outline that crosses itself, are filled even-odd.

    Args:
        outlines: Corners (x, y) in pixels, as `fill_outlines` takes them.
        shape: Rows and columns of the mask.
    """
    kept, parents = _nested([_Ring(outline) for outline in outlines if len(outline) > 2])
    inner = {at for at, within in enumerate(parents) if within}
    outer = {parent for within in parents for parent in within}
    filled: Mask = np.zeros(shape, dtype=bool)
    bodies: dict[int, Mask] = {at: np.zeros(shape, dtype=bool) for at in inner | outer}
    holes: dict[int, Mask] = {}
    for at in reversed(range(len(kept))):  # the inner ones first
        body = bodies.get(at, filled)
        _paint(body, kept[at].corners)
        if at in outer:
            body &= ~holes.pop(at)
        for parent in parents[at]:
            holes[parent] = holes[parent] | body if parent in holes else body
        if at not in inner and at in outer:
            filled |= body
    return filled


@dataclass(frozen=True)
class _Ring:
    corners: np.ndarray

    @cached_property
    def low(self) -> np.ndarray:
        return np.asarray(self.corners.min(axis=0))

    @cached_property
    def high(self) -> np.ndarray:
        return np.asarray(self.corners.max(axis=0))

    @cached_property
    def ends(self) -> np.ndarray:
        return np.roll(self.corners, -1, axis=0)

    @cached_property
    def length(self) -> float:
        return float(np.linalg.norm(self.ends - self.corners, axis=1).sum())

    @cached_property
    def area(self) -> float:
        x, y = (self.corners - self.low).T
        return abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2

    @cached_property
    def dense(self) -> np.ndarray:
        """Points along all edges."""
        steps = self.ends - self.corners
        dense_px = max(_DENSE_PX, self.length / _MOST_POINTS)
        count = np.ceil(np.linalg.norm(steps, axis=1) / dense_px).astype(int).clip(1)
        edge = np.repeat(np.arange(len(count)), count)
        along = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
        points: np.ndarray = self.corners[edge] + (along / count[edge])[:, None] * steps[edge]
        return points


def _nested(rings: list[_Ring]) -> tuple[list[_Ring], list[list[int]]]:
    """Return the rings without doubles, large ones first, and for each those directly around it."""
    rings.sort(key=lambda ring: (-float(np.prod(ring.high - ring.low)), -ring.area))
    kept: list[_Ring] = []
    around: list[list[int]] = []
    lows, highs = np.empty((len(rings), 2)), np.empty((len(rings), 2))
    for ring in rings:
        count = len(kept)
        may = (lows[:count] <= ring.low + _SAME_PX) & (highs[:count] >= ring.high - _SAME_PX)
        within = [at for at in np.flatnonzero(may.all(axis=1)).tolist() if _holds(kept[at], ring)]
        if any(_is_double(kept[at], ring) for at in within):
            continue
        lows[count], highs[count] = ring.low, ring.high
        kept.append(ring)
        around.append(within)
    farther = [{far for near in within for far in around[near]} for within in around]
    direct = zip(around, farther, strict=True)
    return kept, [[at for at in within if at not in far] for within, far in direct]


def _is_double(ring: _Ring, other: _Ring) -> bool:
    """Tell of a ring inside another whether they are one: what lies between is next to nothing."""
    ends = np.abs([ring.low - other.low, ring.high - other.high]).max()
    return bool(ends < 1) and abs(ring.area - other.area) <= _SAME_PX * ring.length


def _holds(ring: _Ring, other: _Ring) -> bool:
    """Tell whether ``other`` lies in ``ring``, or along its edge."""
    return np.array_equal(ring.corners, other.corners) or all(
        _all_inside(ring, points) for points in (other.corners, other.dense)
    )


def _all_inside(ring: _Ring, points: np.ndarray) -> bool:
    size = max(_MOST_COMPARED // len(ring.corners), 1)
    for start in range(0, len(points), size):
        part = points[start : start + size]
        outside = part[~_is_inside(ring, part)]
        if len(outside) and not _is_near(ring, outside).all():
            return False
    return True


def _is_inside(ring: _Ring, points: np.ndarray) -> np.ndarray:
    x, y = points[:, :1], points[:, 1:]
    (start_x, start_y), (end_x, end_y) = ring.corners.T, ring.ends.T
    crossed = (start_y <= y) != (end_y <= y)
    rise = np.where(end_y == start_y, 1, end_y - start_y)
    right = start_x + (y - start_y) / rise * (end_x - start_x) > x
    inside: np.ndarray = (crossed & right).sum(axis=1) % 2 == 1
    return inside


def _is_near(ring: _Ring, points: np.ndarray) -> np.ndarray:
    """Tell which points lie on the edge of a ring, but for roundings."""
    edge, offset = ring.ends - ring.corners, points[:, None] - ring.corners
    square = np.maximum((edge**2).sum(axis=1), 1e-12)
    along = np.clip((offset * edge).sum(axis=2) / square, 0, 1)
    apart = offset - along[..., None] * edge
    near: np.ndarray = ((apart**2).sum(axis=2) <= _SAME_PX**2).any(axis=1)
    return near


def _paint(mask: Mask, outline: np.ndarray) -> None:
    """Mark the inside of one outline; only the rows and columns that it spans are looked at."""
    low = np.clip(np.floor(outline.min(axis=0)), 0, mask.shape[::-1]).astype(int)
    high = np.clip(np.ceil(outline.max(axis=0)) + 1, 0, mask.shape[::-1]).astype(int)
    (x, y), (last_x, last_y) = low.tolist(), high.tolist()
    if last_x > x and last_y > y:
        mask[y:last_y, x:last_x] |= fill_outlines([outline - low], (last_y - y, last_x - x))
