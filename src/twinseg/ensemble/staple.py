"""STAPLE: the mask that explains best how well each model marks; the only door to SimpleITK here.

Warfield, Zou & Wells 2004, IEEE Trans. Med. Imaging 23(7), 903-921: expectation maximisation over
the hidden true mask and each model's sensitivity and specificity, as SimpleITK computes it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813

from twinseg.core.arrays import Mask
from twinseg.ensemble.checks import require_one_shape
from twinseg.prediction.predictions import THRESHOLD

LARGEST_ROUNDS = 100
TIE = 1e-3  # probabilities this close to one half hang on rounding, or on the last round


def staple(masks: Sequence[Mask]) -> Mask:
    """Mark a pixel if its probability of being foreground, by STAPLE, is above one half.

    The share of foreground before looking is the mean over the models, over the whole image: with
    more background the same masks may give another result. Where all masks are equal, or empty,
    there is nothing to weigh and the result is that mask. A probability of one half leaves the
    pixel unmarked, as a tie of `majority` does.

    Two models tell too little: who of the two is right where they disagree follows from the
    start of the iteration alone. If one mask lies within the other, or is empty, the probability
    in between tends to exactly one half: a tie, and the result is the smaller mask.

    Args:
        masks: Two or more masks of one case, bool, (y, x).

    Returns:
        A mask between the intersection and the union.

    Raises:
        DataError: If there are fewer than two masks or their shapes differ.
    """
    require_one_shape(masks)
    some, all_of_them = np.logical_or.reduce(masks), np.logical_and.reduce(masks)
    if (some == all_of_them).all():
        equal: Mask = some
        return equal
    filtered: Any = sitk.STAPLEImageFilter()  # type: ignore[no-untyped-call]
    filtered.SetForegroundValue(1.0)
    filtered.SetMaximumIterations(LARGEST_ROUNDS)
    probability = filtered.Execute(
        [sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in masks]
    )
    marked = sitk.GetArrayFromImage(probability) > THRESHOLD + TIE
    mask: Mask = (marked & some) | all_of_them
    return mask
