"""Rules that make one mask from the masks of several models."""

from collections.abc import Callable, Sequence

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.ensemble.checks import require_one_shape
from twinseg.ensemble.lesion_rules import lesion_intersection, lesion_union
from twinseg.ensemble.staple import staple

Rule = Callable[[Sequence[Mask]], Mask]


def union(masks: Sequence[Mask]) -> Mask:
    """Mark a pixel if any model marks it: misses least, marks most.

    Args:
        masks: Two or more masks of one case, bool, (y, x).

    Returns:
        A mask that holds every given one; empty only if all are.

    Raises:
        DataError: If there are fewer than two masks or their shapes differ.
    """
    require_one_shape(masks)
    combined: Mask = np.logical_or.reduce(masks)
    return combined


def intersection(masks: Sequence[Mask]) -> Mask:
    """Mark a pixel if all models mark it: marks least, misses most.

    Args:
        masks: Two or more masks of one case, bool, (y, x).

    Returns:
        A mask that every given one holds; empty if one of them is.

    Raises:
        DataError: If there are fewer than two masks or their shapes differ.
    """
    require_one_shape(masks)
    combined: Mask = np.logical_and.reduce(masks)
    return combined


def majority(masks: Sequence[Mask]) -> Mask:
    """Mark a pixel if more than half of the models mark it; a tie leaves it unmarked.

    Of two models that is the intersection.

    Args:
        masks: Two or more masks of one case, bool, (y, x).

    Returns:
        A mask between intersection and union.

    Raises:
        DataError: If there are fewer than two masks or their shapes differ.
    """
    require_one_shape(masks)
    votes: Mask = 2 * np.sum(masks, axis=0) > len(masks)
    return votes


RULES: dict[str, Rule] = {
    "union": union,
    "intersection": intersection,
    "majority": majority,
    "staple": staple,
    "lesion-union": lesion_union,
    "lesion-intersection": lesion_intersection,
}
# Those that a part of a mask is enough for, so that slides can be worked off band by band.
BY_PIXEL = ("union", "intersection", "majority")
