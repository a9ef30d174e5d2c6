"""Lesions found by one model and missed by the other."""

from dataclasses import dataclass, replace
from math import nan

import numpy as np
from jaxtyping import Bool
from scipy import stats

from twinseg.comparison.groups import Groups, group_totals
from twinseg.comparison.number_text import probability
from twinseg.comparison.sign_flip import sign_flip_test
from twinseg.core.errors import DataError

Found = Bool[np.ndarray, " lesion"]


@dataclass(frozen=True)
class FoundByOne:
    """Lesions that two models found; those found by both or by none do not count in the test.

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
        """Say the counts and the test."""
        return (
            f"{self.only_second} lesions found by the second model only, {self.only_first} by the "
            f"first only, {self.both} by both, {self.neither} by neither; {self.method}: p "
            f"{probability(self.p_value)}"
        )


def mcnemar_test(first: Found, second: Found) -> FoundByOne:
    """Test whether two models find lesions equally often (McNemar 1947), by the exact binomial.

    Takes lesions as independent; where patients have several, use `found_test`.

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
        method="McNemar, exact binomial, lesions taken as independent",
    )


def found_test(
    first: Found, second: Found, groups: Groups, *, rng: np.random.Generator
) -> FoundByOne:
    """Test whether two models find lesions equally often, of groups with any number of lesions.

    Lesions of one patient are found or missed together, and McNemar's test of them rejects too
    often. The sign-flip test of each group's difference in lesions found is McNemar's where every
    lesion has a group of its own, which is then what is computed.

    Args:
        first: Whether the first model found each lesion, bool, (lesion,).
        second: The same lesions in the same order.
        groups: Of each lesion, its patient.
        rng: Source of randomness, unused up to 16 groups.

    Returns:
        As `mcnemar_test`; the p value is NaN with lesions of fewer than two groups.

    Raises:
        DataError: If the numbers of lesions or groups differ.
    """
    found = mcnemar_test(first, second)
    totals = group_totals(second.astype(float) - first, groups)
    if (totals.cases == 1).all():
        return replace(found, method="McNemar, exact binomial, one lesion a group")
    flipped = sign_flip_test(totals, rng=rng)
    return replace(found, p_value=flipped.p_value, method=flipped.method)
