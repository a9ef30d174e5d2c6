"""What Dice to expect of a new picture, from validation cases of which there was as much doubt."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Values
from twinseg.core.errors import DataError

FEWEST_CASES = 20  # below, an interval of single cases says nothing
_SHARE_ALIKE = 0.2  # of the validation cases are looked at for each picture, at least `_FEWEST`
_FEWEST_ALIKE = 20
LEVEL = 0.9
_HIGH_DOUBT = 0.9  # quantile of the doubt of validation cases


@dataclass(frozen=True)
class Expected:
    """Dice that a picture is likely to have.

    Attributes:
        dice: Mean of the validation cases with about as much doubt.
        low: The Dice of a new case like them lies below with a probability of at most 5 %.
        high: Above with at most 5 %.
    """

    dice: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Experience:
    """Doubt and Dice of validation cases, by rising doubt.

    It holds for pictures of the same source. Beyond the largest doubt that was seen, what is
    expected is that of the most doubtful cases, which may be too high.
    """

    doubt: Values
    dice: Values

    def expected(self, doubt: float) -> Expected:
        """Look at the validation cases nearest in doubt.

        Of n cases as exchangeable with the new one as they are with each other, the Dice of that
        is below the k-th smallest with a probability of k / (n + 1): what conformal prediction
        stands on (Vovk, Gammerman & Shafer 2005).
        """
        count = min(len(self.doubt), max(_FEWEST_ALIKE, round(_SHARE_ALIKE * len(self.doubt))))
        nearest = np.argsort(np.abs(self.doubt - doubt), kind="stable")[:count]
        alike = np.sort(self.dice[nearest])
        outside = int((count + 1) * (1 - LEVEL) / 2)  # how many may lie beyond either end
        return Expected(float(alike.mean()), float(alike[outside - 1]), float(alike[-outside]))

    @property
    def high_doubt(self) -> float:
        """Doubt that a tenth of the validation cases exceed."""
        return float(np.quantile(self.doubt, _HIGH_DOUBT))


def experience_of(doubt: Values, dice: Values) -> Experience | None:
    """Gather what validation cases taught; None of fewer than `FEWEST_CASES` with a Dice.

    Args:
        doubt: Of each case.
        dice: Of each case; NaN of two empty masks, which are left out.

    Raises:
        DataError: If they are not of the same cases.
    """
    if len(doubt) != len(dice):
        raise DataError(f"got the doubt of {len(doubt)} cases and the Dice of {len(dice)}")
    known = np.isfinite(dice)
    if known.sum() < FEWEST_CASES:
        return None
    order = np.argsort(doubt[known], kind="stable")
    return Experience(doubt[known][order], dice[known][order])
