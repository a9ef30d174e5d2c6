"""Overlap and error rates of one case: shares of its pixels, in [0, 1].

Where a mask is empty each is worth what its row in `catalogue.METRICS` says; undefined is NaN.
"""

from twinseg.metrics.counts import Counts
from twinseg.metrics.empty import NO_OVERLAP, NUMBERS, WhenEmpty, Worth

SENSITIVITY_WHEN_EMPTY = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.UNDEFINED,
    only_prediction=Worth.ZERO,
    because="Without diseased pixels in the reference there is nothing that could be found.",
)
SPECIFICITY_WHEN_EMPTY = WhenEmpty(
    both=Worth.ONE,
    only_reference=Worth.FORMULA,
    only_prediction=Worth.ONE,
    no_background=Worth.UNDEFINED,
    because="Without healthy pixels in the reference there is nothing to leave unmarked.",
)
PRECISION_WHEN_EMPTY = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.ZERO,
    only_prediction=Worth.UNDEFINED,
    because="Nothing was predicted, so there is nothing that could be right or wrong; "
    "the missed object shows in sensitivity and Dice instead.",
)
TYPE1_WHEN_EMPTY = WhenEmpty(
    both=Worth.ZERO,
    only_reference=Worth.FORMULA,
    only_prediction=Worth.ZERO,
    no_background=Worth.UNDEFINED,
    because="Without healthy pixels in the reference none can be marked by mistake.",
)
TYPE2_WHEN_EMPTY = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.UNDEFINED,
    only_prediction=Worth.ONE,
    because="Without diseased pixels in the reference none can be missed.",
)
SIZE_WHEN_EMPTY = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.ZERO,
    only_prediction=Worth.ZERO,
    because="Two areas of nothing cannot be compared; something and nothing are as unlike "
    "as can be.",
)


def dice(counts: Counts) -> float:
    """Return the Dice coefficient 2 TP / (2 TP + FP + FN) (Dice 1945); IoU = Dice / (2 - Dice)."""
    return _share(NO_OVERLAP, 2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn, counts)


def iou(counts: Counts) -> float:
    """Return intersection over union TP / (TP + FP + FN) (Jaccard 1912); never above Dice."""
    return _share(NO_OVERLAP, counts.tp, counts.tp + counts.fp + counts.fn, counts)


def sensitivity(counts: Counts) -> float:
    """Return the share of the reference that was found, TP / (TP + FN)."""
    return _share(SENSITIVITY_WHEN_EMPTY, counts.tp, counts.reference_pixels, counts)


def specificity(counts: Counts) -> float:
    """Return the share of the background that was left unmarked, TN / (TN + FP)."""
    return _share(SPECIFICITY_WHEN_EMPTY, counts.tn, counts.background_pixels, counts)


def precision(counts: Counts) -> float:
    """Return the share of the prediction that is right, TP / (TP + FP)."""
    return _share(PRECISION_WHEN_EMPTY, counts.tp, counts.predicted_pixels, counts)


def type1_rate(counts: Counts) -> float:
    """Return the share of the background that was marked, FP / (FP + TN) = 1 - specificity."""
    return _share(TYPE1_WHEN_EMPTY, counts.fp, counts.background_pixels, counts)


def type2_rate(counts: Counts) -> float:
    """Return the share of the reference that was missed, FN / (FN + TP) = 1 - sensitivity."""
    return _share(TYPE2_WHEN_EMPTY, counts.fn, counts.reference_pixels, counts)


def volume_similarity(counts: Counts) -> float:
    """Return 1 - |FN - FP| / (2 TP + FP + FN): how alike the areas are, wherever they lie.

    Taha & Hanbury 2015 (BMC Medical Imaging 15:29), eq. 19.
    """
    both = counts.predicted_pixels + counts.reference_pixels
    return _share(SIZE_WHEN_EMPTY, both - abs(counts.fn - counts.fp), both, counts)


OVERLAPS = {
    "dice": dice,
    "iou": iou,
    "sensitivity": sensitivity,
    "specificity": specificity,
    "precision": precision,
    "type1_rate": type1_rate,
    "type2_rate": type2_rate,
    "volume_similarity": volume_similarity,
}


def _share(when_empty: WhenEmpty, part: int, whole: int, counts: Counts) -> float:
    value = when_empty.worth(
        empty_prediction=counts.predicted_pixels == 0,
        empty_reference=counts.reference_pixels == 0,
        no_background=counts.background_pixels == 0,
    )
    return part / whole if value is Worth.FORMULA else NUMBERS[value]
