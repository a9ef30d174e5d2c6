"""Parts, erosion, halving and look-up of pixels: the only door to OpenCV."""

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from jaxtyping import Bool, Int

from twinseg.core.arrays import Mask, Picture, Values

LARGEST_SIDE = 2896  # whose diagonal, squared, is the last that float32 counts to
_SINGLE_TREE, _ALL_LEAVES = 4, -1  # names that FLANN gives to numbers, and OpenCV not to Python
Places = Int[np.ndarray, "_ 2"]  # (row, column)
Cut = Bool[np.ndarray, "rows columns"]  # part of a mask


@dataclass(frozen=True)
class Parts:
    """Connected parts of a mask.

    Attributes:
        labels: 0 for background, then 1, 2, ... in reading order of their first pixel, (y, x).
        count: How many there are.
    """

    labels: np.ndarray
    count: int


def cropped(*masks: Mask) -> tuple[Cut, ...]:
    """Cut masks of one shape down to the box that holds everything marked in any of them."""
    marked = reduce(np.logical_or, masks)
    if not marked.size:
        return masks
    left, top, width, height = cv2.boundingRect(marked.view(np.uint8))
    box = slice(top, top + height), slice(left, left + width)
    return tuple(np.ascontiguousarray(mask[box]) for mask in masks)


def connected_parts(mask: Mask) -> Parts:
    """Find the parts of a mask; pixels that touch at a side or a corner are connected."""
    if not mask.size:
        return Parts(np.zeros(mask.shape, np.int32), 0)
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    return Parts(labels, count - 1)


def counted(values: np.ndarray, count: int) -> np.ndarray:
    """How often each of 0 .. ``count - 1`` occurs in ``values``, whole numbers below ``count``."""
    # OpenCV counts in float32, which holds whole numbers up to 2**24.
    if count > 2**16 or not 0 < values.size < 2**24:
        return np.bincount(values.ravel(), minlength=count)
    kind = np.uint8 if count <= 2**8 else np.uint16
    times = cv2.calcHist([values.astype(kind, copy=False)], [0], None, [count], [0, count])
    whole: np.ndarray = times.ravel().astype(np.int64)
    return whole


def nearest_px(start: Places, goal: Places) -> Values:
    """Distance of each place to the nearest one of ``goal``, in pixels; exact.

    Args:
        start: Rows and columns, whole numbers below `LARGEST_SIDE`.
        goal: The same of at least one place.
    """
    # Squared distances of such places are whole numbers that float32 holds.
    start, goal = start.astype(np.float32), goal.astype(np.float32)
    tree = cv2.flann.Index(goal, {"algorithm": _SINGLE_TREE, "leaf_max_size": 16})
    _, squared = tree.knnSearch(start, 1, params={"checks": _ALL_LEAVES})
    distances: Values = np.sqrt(squared[:, 0], dtype=np.float64)
    return distances


def eroded(mask: Mask, steps: int) -> Mask:
    """Take off ``steps`` layers of pixels, diagonals counting 1; beyond the border is outside."""
    if not mask.size:
        return mask
    return _erode(mask, np.ones((2 * steps + 1, 2 * steps + 1), np.uint8))


def boundary(mask: Mask) -> Mask:
    """Pixels that the erosion by the 4-connected cross takes away; beyond the border is outside."""
    if not mask.size:
        return mask
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    outline: Mask = mask ^ _erode(mask, cross)
    return outline


def halved(values: np.ndarray) -> np.ndarray:
    """Mean of every 2 x 2 pixels, halves rounded up; uint8 of even sides, (y, x) or (y, x, 3)."""
    height, width = values.shape[:2]
    half: np.ndarray = cv2.resize(values, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return half


def grey_in_three(grey: np.ndarray) -> Picture:
    """Copy one channel three times, uint8 (y, x) to (y, x, 3)."""
    picture: Picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    return picture


def looked_up(table: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return ``table[places]``.

    Args:
        table: uint8, one entry for every value of the type of ``places``.
        places: uint8 or uint16 (y, x).
    """
    found: np.ndarray = cv2.LUT(places, table)
    return found


def _erode(mask: Mask, shape: np.ndarray) -> Mask:
    smaller: Mask = cv2.erode(
        mask.view(np.uint8), shape, borderType=cv2.BORDER_CONSTANT, borderValue=0
    ).view(bool)
    return smaller
