"""What each metric is worth when a mask is empty: read it here, change it here, nowhere else."""

from dataclasses import dataclass
from enum import Enum
from math import nan

from twinseg.core.registry import choose


class Worth(Enum):
    """What a metric is worth; the value is the word the report prints."""

    FORMULA = "by the formula"
    UNDEFINED = "undefined"
    ZERO = "0"
    ONE = "1"
    DIAGONAL = "diagonal of the image"


NUMBERS = {Worth.UNDEFINED: nan, Worth.ZERO: 0.0, Worth.ONE: 1.0}


@dataclass(frozen=True, kw_only=True)
class WhenEmpty:
    """One row of the table.

    Attributes:
        both: Prediction and reference are empty.
        only_reference: The reference is empty, something was predicted.
        only_prediction: Nothing was predicted, the reference is not empty.
        no_background: The reference fills the image; goes before the other three unless it
            is `Worth.FORMULA`.
        because: The reason, in plain words.
    """

    both: Worth
    only_reference: Worth
    only_prediction: Worth
    no_background: Worth = Worth.FORMULA
    because: str


_OVERLAP = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.ZERO,
    only_prediction=Worth.ZERO,
    because="Two empty masks agree, but there is no object to measure on; "
    "an object found in one mask only has no overlap.",
)

_DISTANCE = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.DIAGONAL,
    only_prediction=Worth.DIAGONAL,
    because="No distance can be measured to an empty mask; it counts as farther than any "
    "measured distance, so that a missed object never improves a mean.",
)
_OUTLINE = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.ZERO,
    only_prediction=Worth.ZERO,
    because="Two empty masks have no outline to measure on; "
    "an outline found in one mask only lies near nothing.",
)
_OF_ALL_PIXELS = WhenEmpty(
    both=Worth.FORMULA,
    only_reference=Worth.FORMULA,
    only_prediction=Worth.FORMULA,
    because="Every pixel has a probability and is foreground or not: always defined, but only "
    "for models and rules that have probabilities.",
)

WHEN_EMPTY = {
    "dice": _OVERLAP,
    "iou": _OVERLAP,
    "sensitivity": WhenEmpty(
        both=Worth.UNDEFINED,
        only_reference=Worth.UNDEFINED,
        only_prediction=Worth.ZERO,
        because="Without diseased pixels in the reference there is nothing that could be found.",
    ),
    "specificity": WhenEmpty(
        both=Worth.ONE,
        only_reference=Worth.FORMULA,
        only_prediction=Worth.ONE,
        no_background=Worth.UNDEFINED,
        because="Without healthy pixels in the reference there is nothing to leave unmarked.",
    ),
    "precision": WhenEmpty(
        both=Worth.UNDEFINED,
        only_reference=Worth.ZERO,
        only_prediction=Worth.UNDEFINED,
        because="Nothing was predicted, so there is nothing that could be right or wrong; "
        "the missed object shows in sensitivity and Dice instead.",
    ),
    "type1_rate": WhenEmpty(
        both=Worth.ZERO,
        only_reference=Worth.FORMULA,
        only_prediction=Worth.ZERO,
        no_background=Worth.UNDEFINED,
        because="Without healthy pixels in the reference none can be marked by mistake.",
    ),
    "type2_rate": WhenEmpty(
        both=Worth.UNDEFINED,
        only_reference=Worth.UNDEFINED,
        only_prediction=Worth.ONE,
        because="Without diseased pixels in the reference none can be missed.",
    ),
    "hausdorff95": _DISTANCE,
    "surface_dice": _OUTLINE,
    "volume_similarity": WhenEmpty(
        both=Worth.UNDEFINED,
        only_reference=Worth.ZERO,
        only_prediction=Worth.ZERO,
        because="Two areas of nothing cannot be compared; something and nothing are as unlike "
        "as can be.",
    ),
    "hausdorff": _DISTANCE,
    "mean_surface_distance": _DISTANCE,
    "boundary_iou": _OUTLINE,
    "ece": _OF_ALL_PIXELS,
    "brier": _OF_ALL_PIXELS,
    "dice_over_thresholds": WhenEmpty(
        both=Worth.UNDEFINED,
        only_reference=Worth.UNDEFINED,
        only_prediction=Worth.FORMULA,
        because="Without diseased pixels no threshold finds any; an empty prediction still has "
        "probabilities.",
    ),
    "lesion_dice": WhenEmpty(
        both=Worth.UNDEFINED,
        only_reference=Worth.ZERO,
        only_prediction=Worth.ZERO,
        because="Without any lesion there is nothing to find; a missed lesion and a false one "
        "count 0 each.",
    ),
}


def worth(
    metric: str, *, empty_prediction: bool, empty_reference: bool, no_background: bool = False
) -> Worth:
    """Look up what ``metric`` is worth; `Worth.FORMULA` if no mask in question is empty.

    Raises:
        ConfigError: If the table has no such metric.
    """
    row = choose(WHEN_EMPTY, metric, "metric")
    if no_background and row.no_background is not Worth.FORMULA:
        return row.no_background
    if empty_prediction and empty_reference:
        return row.both
    if empty_reference:
        return row.only_reference
    return row.only_prediction if empty_prediction else Worth.FORMULA
