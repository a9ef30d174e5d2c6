"""Rules that make one mask from the masks of several models, pixel by pixel."""

from collections.abc import Callable, Sequence

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError

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
    _require_masks_of_one_shape(masks)
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
    _require_masks_of_one_shape(masks)
    combined: Mask = np.logical_and.reduce(masks)
    return combined


RULES: dict[str, Rule] = {"union": union, "intersection": intersection}


def _require_masks_of_one_shape(masks: Sequence[Mask]) -> None:
    if len(masks) < 2:
        raise DataError(f"a rule combines two or more masks, got {len(masks)}")
    shapes = {mask.shape for mask in masks}
    if len(shapes) > 1:
        raise DataError(
            f"masks to combine must have one shape, got {' and '.join(map(str, sorted(shapes)))}; "
            "bring all to the grid of the source image first"
        )
