"""What a metric is worth when a mask is empty: the words for it, and the rows that several share.

Each metric has its row: `Metric.when_empty`.
"""

from dataclasses import dataclass
from enum import Enum
from math import nan


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
    """What one metric is worth, by which mask is empty.

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

    def worth(
        self, *, empty_prediction: bool, empty_reference: bool, no_background: bool = False
    ) -> Worth:
        """Look up what it is worth; `Worth.FORMULA` if no mask in question is empty."""
        if no_background and self.no_background is not Worth.FORMULA:
            return self.no_background
        if empty_prediction and empty_reference:
            return self.both
        if empty_reference:
            return self.only_reference
        return self.only_prediction if empty_prediction else Worth.FORMULA


NO_OVERLAP = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.ZERO,
    only_prediction=Worth.ZERO,
    because="Two empty masks agree, but there is no object to measure on; "
    "an object found in one mask only has no overlap.",
)

NO_DISTANCE = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.DIAGONAL,
    only_prediction=Worth.DIAGONAL,
    because="No distance can be measured to an empty mask; it counts as farther than any "
    "measured distance, so that a missed object never improves a mean.",
)
NO_OUTLINE = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.ZERO,
    only_prediction=Worth.ZERO,
    because="Two empty masks have no outline to measure on; "
    "an outline found in one mask only lies near nothing.",
)
ALWAYS_DEFINED = WhenEmpty(
    both=Worth.FORMULA,
    only_reference=Worth.FORMULA,
    only_prediction=Worth.FORMULA,
    because="Every pixel has a probability and is foreground or not: always defined, but only "
    "for models and rules that have probabilities.",
)
