"""Lesions found by one model and missed by the other."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool
from scipy import stats

from twinseg.comparison.words import probability
from twinseg.core.errors import DataError

Found = Bool[np.ndarray, " lesion"]


@dataclass(frozen=True)
class FoundByOne:
    """McNemar's test; lesions found by both or by none do not count.

    Attributes:
        both: Lesions both models found.
        only_first: Found by the first, missed by the second.
        only_second: Found by the second, missed by the first.
        neither: Lesions both models missed.
        p_value: Two-sided; 1 if the models never part, NaN without lesions.
        method: How it was computed.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    p_value: float
    method: str

    def __str__(self) -> str:
        """Say the counts, the test and what it assumes."""
        return (
            f"{self.only_second} lesions found by the second model only, {self.only_first} by the "
            f"first only, {self.both} by both, {self.neither} by neither; {self.method}: p "
            f"{probability(self.p_value)}, which takes lesions as independent: where patients "
            f"have several, use the sign-flip test by group"
        )


def mcnemar_test(first: Found, second: Found) -> FoundByOne:
    """Test whether two models find lesions equally often (McNemar 1947), by the exact binomial.

    Args:
        first: Whether the first model found each lesion, bool, (lesion,).
        second: The same lesions in the same order.

    Raises:
        DataError: If the numbers of lesions differ.
    """
    if len(first) != len(second):
        raise DataError(
            f"the first model has {len(first)} lesions and the second {len(second)}; "
            "give both for the same lesions"
        )
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    apart = only_first + only_second
    p_value = float(stats.binomtest(only_first, apart).pvalue) if apart else 1.0
    return FoundByOne(
        both=int((first & second).sum()),
        only_first=only_first,
        only_second=only_second,
        neither=int((~first & ~second).sum()),
        p_value=p_value if len(first) else nan,
        method="McNemar, exact binomial",
    )
