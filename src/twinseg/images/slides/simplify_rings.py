"""Fewer corners for outlines, none farther from them than asked for: Douglas and Peucker, at once.

All outlines of a batch are worked on together, one round of splitting after the other, so that
hundred thousands of small ones are as fast as few large ones.
"""

from collections.abc import Sequence

import numpy as np

from twinseg.images.slides.trace_rings import Ring

TOLERANCE_PX = 0.34
_REACH = 4  # of sides, further along which nothing can cross


def simplified(rings: Sequence[Ring], tolerance_px: float = TOLERANCE_PX) -> list[Ring]:
    """Return outlines of some of the same corners, no farther than ``tolerance_px`` from them.

    Outlines of `RingTracer` are 0.353 px or more from the middle of every pixel and 0.7 px from
    one another. So up to 0.35 px, the same pixels are inside, and no two outlines cross. One that
    would cross itself is left as it was.
    """
    if not rings:
        return []
    closed = [np.concatenate([ring, ring[:1]]) for ring in rings]
    points = np.concatenate(closed).astype(np.float64)
    lengths = np.array([len(one) for one in closed])
    ends = np.cumsum(lengths)
    keep = _first_corners(points, ends - lengths, ends)
    live = np.arange(len(points))
    while len(live):
        live = _split(points, keep, live, 2 * tolerance_px)
    simple = [
        ring[keep[end - len(ring) - 1 : end - 1]] for ring, end in zip(rings, ends, strict=True)
    ]
    crossed = crosses_nearby(simple)
    return [ring if bad else fewer for ring, fewer, bad in zip(rings, simple, crossed, strict=True)]


def _first_corners(points: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Keep the ends of each ring, which are one corner, and the corner farthest from it."""
    keep = np.zeros(len(points), np.bool_)
    keep[begins] = keep[ends - 1] = True
    start = np.repeat(points[begins], ends - begins, axis=0)
    squared = ((points - start) ** 2).sum(axis=1)
    keep[_farthest(squared, np.repeat(np.arange(len(begins)), ends - begins))[0]] = True
    return keep


def _split(points: np.ndarray, keep: np.ndarray, live: np.ndarray, tolerance: float) -> np.ndarray:
    """Keep the farthest corner of every side that is too far from one; return their corners.

    Args:
        points: Corners of all rings.
        keep: Which are kept; changed.
        live: Places of corners on sides that may be too far.
        tolerance: In the unit of ``points``.
    """
    kept = np.flatnonzero(keep)
    side = np.searchsorted(kept, live, side="right") - 1
    start = points[kept[side]]
    along = points[kept[np.minimum(side + 1, len(kept) - 1)]] - start
    offset = points[live] - start
    squared_length = (along**2).sum(axis=1)
    share = (offset * along).sum(axis=1) / np.where(squared_length > 0, squared_length, 1)
    rest = offset - along * np.clip(share, 0, 1)[:, None]
    farthest, length = _farthest((rest**2).sum(axis=1), side)
    far = length > tolerance**2
    keep[live[farthest[far]]] = True
    too_far = np.zeros(len(kept), np.bool_)
    too_far[side[farthest[far]]] = True
    return live[too_far[side]]


def _farthest(squared: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first place of the largest value of each group, and that value; groups rise."""
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    largest = np.maximum.reduceat(squared, begins)
    number = np.cumsum(np.diff(group, prepend=-1) > 0) - 1
    places = np.flatnonzero(squared == largest[number])
    _, first = np.unique(number[places], return_index=True)
    return places[first], largest


def crosses_nearby(rings: Sequence[Ring]) -> np.ndarray:
    """Tell of each ring whether sides cross or touch that are no neighbours, but few sides apart.

    Returns:
        bool, one value a ring.
    """
    lengths = np.array([len(ring) for ring in rings])
    number = np.repeat(np.arange(len(rings)), lengths)
    begin, length = (np.cumsum(lengths) - lengths)[number], lengths[number]
    corners = np.concatenate(rings)
    after = np.arange(len(corners)) - begin
    crossed = np.zeros(len(rings), np.bool_)
    for step in range(2, _REACH + 1):
        one = np.flatnonzero(step <= length - 2)
        start, end, other, other_end = (
            corners[begin[one] + (after[one] + more) % length[one]]
            for more in (0, 1, step, step + 1)
        )
        crossed[number[one[_meet(start, end, other, other_end)]]] = True
    return crossed


def _meet(
    start: np.ndarray, end: np.ndarray, other: np.ndarray, other_end: np.ndarray
) -> np.ndarray:
    """Tell, pair by pair, whether two sides have a point in common."""
    apart = _turn(start, end, other) * _turn(start, end, other_end)
    back = _turn(other, other_end, start) * _turn(other, other_end, end)
    low = np.maximum(np.minimum(start, end), np.minimum(other, other_end))
    high = np.minimum(np.maximum(start, end), np.maximum(other, other_end))
    met: np.ndarray = (apart <= 0) & (back <= 0) & (low <= high).all(axis=1)
    return met


def _turn(start: np.ndarray, end: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Sign of the turn at ``end`` on the way from ``start`` to ``place``; 0 if straight."""
    (along_x, along_y), (to_x, to_y) = (end - start).T, (place - start).T
    turn: np.ndarray = np.sign(along_x * to_y - along_y * to_x)
    return turn
