"""Overlap and error rates of one case: shares of its pixels, in [0, 1].

Where a mask is empty each is worth what `empty.WHEN_EMPTY` says; undefined is NaN.
"""

from twinseg.metrics.counts import Counts
from twinseg.metrics.empty import NUMBERS, Worth, worth


def dice(counts: Counts) -> float:
    """Return the Dice coefficient 2 TP / (2 TP + FP + FN) (Dice 1945); IoU = Dice / (2 - Dice)."""
    return _share("dice", 2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn, counts)


def iou(counts: Counts) -> float:
    """Return intersection over union TP / (TP + FP + FN) (Jaccard 1912); never above Dice."""
    return _share("iou", counts.tp, counts.tp + counts.fp + counts.fn, counts)


def sensitivity(counts: Counts) -> float:
    """Return the share of the reference that was found, TP / (TP + FN)."""
    return _share("sensitivity", counts.tp, counts.reference_pixels, counts)


def specificity(counts: Counts) -> float:
    """Return the share of the background that was left unmarked, TN / (TN + FP)."""
    return _share("specificity", counts.tn, counts.background_pixels, counts)


def precision(counts: Counts) -> float:
    """Return the share of the prediction that is right, TP / (TP + FP)."""
    return _share("precision", counts.tp, counts.predicted_pixels, counts)


def type1_rate(counts: Counts) -> float:
    """Return the share of the background that was marked, FP / (FP + TN) = 1 - specificity."""
    return _share("type1_rate", counts.fp, counts.background_pixels, counts)


def type2_rate(counts: Counts) -> float:
    """Return the share of the reference that was missed, FN / (FN + TP) = 1 - sensitivity."""
    return _share("type2_rate", counts.fn, counts.reference_pixels, counts)


def volume_similarity(counts: Counts) -> float:
    """Return 1 - |FN - FP| / (2 TP + FP + FN): how alike the areas are, wherever they lie.

    Taha & Hanbury 2015 (BMC Medical Imaging 15:29), eq. 19.
    """
    both = counts.predicted_pixels + counts.reference_pixels
    return _share("volume_similarity", both - abs(counts.fn - counts.fp), both, counts)


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


def _share(metric: str, part: int, whole: int, counts: Counts) -> float:
    value = worth(
        metric,
        empty_prediction=counts.predicted_pixels == 0,
        empty_reference=counts.reference_pixels == 0,
        no_background=counts.background_pixels == 0,
    )
    return part / whole if value is Worth.FORMULA else NUMBERS[value]
