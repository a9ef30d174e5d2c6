"""Does an outline cross itself? Even-odd filling then leaves parts out, which is worth a word."""

import numpy as np

from twinseg.core.arrays import Outline

_MOST_COMPARED = 2_000_000  # pairs of edges: some 100 ms


def crosses_itself(ring: Outline) -> bool:
    """Tell whether two edges that are no neighbours cross in a point inside both.

    Edges are sorted by their left ends and compared with those that begin before they end. Of an
    outline so tangled that this takes more than two million comparisons the rest is not looked at.
    """
    start, end = ring, np.roll(ring, -1, axis=0)
    left, right = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    order = np.argsort(left, kind="stable")
    last = np.searchsorted(left[order], right[order], side="right")
    compared = 0
    for shift in range(1, len(ring)):
        first = np.flatnonzero(last > np.arange(len(ring)) + shift)
        first = first[first + shift < len(ring)]
        compared += len(first)
        if not len(first) or compared > _MOST_COMPARED:
            return False
        one, other = order[first], order[first + shift]
        if _cross(start[one], end[one], start[other], end[other]).any():
            return True
    return False


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Tell for each row whether the inner parts of a-b and c-d cross."""
    parted: np.ndarray = (_side(a, b, c) * _side(a, b, d) < 0) & (
        _side(c, d, a) * _side(c, d, b) < 0
    )
    return parted


def _side(a: np.ndarray, b: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Sign of the side of the line a-b on which the point lies."""
    along, to_point = b - a, point - a
    side: np.ndarray = np.sign(along[:, 0] * to_point[:, 1] - along[:, 1] * to_point[:, 0])
    return side
