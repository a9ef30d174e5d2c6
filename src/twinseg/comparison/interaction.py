"""Does the difference between two models differ between strata of the cases."""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from twinseg.comparison.bca import Interval, unknown
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.groups import defined_cases
from twinseg.comparison.number_text import number, probability
from twinseg.core.arrays import Values

Membership = Bool[np.ndarray, "permutation group stratum"]


@dataclass(frozen=True)
class Interaction:
    """The test, and for two strata how far apart they are.

    Attributes:
        difference: Difference of the second stratum minus that of the first, in the order of
            their names; NaN unless there are two.
        interval: Student's with the standard error over groups; NaN to NaN unless there are two
            of six groups or more, and where it and the test disagree about zero.
        p_value: That the difference is the same in all strata; NaN if a stratum has fewer than
            two groups.
        method: How it was computed.
        p_adjusted: The p value after a correction for several metrics, which then decides.
    """

    difference: float
    interval: Interval
    p_value: float
    method: str
    p_adjusted: float | None = None

    def __str__(self) -> str:
        """Say whether the strata differ."""
        if np.isnan(self.p_value):
            return f"Whether the strata differ cannot be computed: {self.method}."
        decisive = self.p_value if self.p_adjusted is None else self.p_adjusted
        differ = "differ" if decisive < 1 - self.interval.level else "do not clearly differ"
        apart = ""
        if self.interval.is_known:
            difference = number(self.difference, signed=True)
            apart = f", {difference} apart ({self.interval.text(signed=True)})"
        tested = f"{self.method}, p {probability(self.p_value)}"
        if self.p_adjusted is not None:
            tested += f", adjusted {probability(self.p_adjusted)}"
        return f"The strata {differ}{apart}: {tested}."


def interaction_test(
    differences: Values,
    groups: np.ndarray,
    strata: np.ndarray,
    *,
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Interaction:
    """Test whether the mean difference is the same in all strata.

    If each group lies in one stratum, strata are shuffled over groups; the statistic is Welch's
    1951 sum of squares between strata by their own errors, which keeps the level also where one
    stratum varies more (Janssen 1997). If groups reach into several strata, they cannot be
    shuffled: then an F test of Wald's form with the covariance of stratum means over groups.

    Args:
        differences: Second minus first, (case,); NaN where undefined.
        groups: Of each case, (case,).
        strata: Of each case, (case,); two names or more.
        rng: Source of randomness.
        draws: Permutations.
        level: Of the interval.
    """
    kept, numbers = defined_cases(differences.round(12), groups)  # rounding is no difference
    defined = np.isfinite(differences)
    names, codes = np.unique(strata, return_inverse=True)
    codes, count = codes[defined], len(names)
    units = int(numbers.max()) + 1 if len(numbers) else 0
    sums, cases = (np.zeros((units, count)) for _ in range(2))
    np.add.at(sums, (numbers, codes), kept)
    np.add.at(cases, (numbers, codes), 1.0)
    if ((cases > 0).sum(axis=0) < 2).any():
        return Interaction(nan, unknown(level), nan, "a stratum has fewer than two groups")
    means, covariance = _means_and_covariance(sums, cases)
    means = means.round(12)
    contrasts = np.eye(count)[1:] - np.eye(count)[:1]
    apart, spread = contrasts @ means, contrasts @ covariance @ contrasts.T
    interval, freedom = unknown(level), units - count
    if count == 2 and freedom > 0:
        half = float(np.sqrt(spread[0, 0]) * stats.t.ppf((1 + level) / 2, freedom))
        interval = Interval(float(apart[0]) - half, float(apart[0]) + half, level)
    if ((cases > 0).sum(axis=0) < FEWEST_GROUPS).any():
        interval = unknown(level)
    if ((cases > 0).sum(axis=1) == 1).all():
        p_value = _shuffled(sums.sum(axis=1), cases.sum(axis=1), cases > 0, rng, draws)
        method = f"strata shuffled over groups, {draws} permutations"
    else:
        p_value = _wald(apart, spread, freedom)
        method = f"F test with errors over groups, {count - 1} and {freedom} degrees of freedom"
    if interval.holds(0.0) != (p_value >= 1 - level):
        interval = unknown(level)
    return Interaction(float(apart[0]) if count == 2 else nan, interval, p_value, method)


def _means_and_covariance(sums: np.ndarray, cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ratio means of (group, stratum) totals, and their covariance over groups."""
    totals = cases.sum(axis=0)
    means = sums.sum(axis=0) / totals
    away = (sums - means * cases) / totals
    having = (cases > 0).sum(axis=0)
    away = away * np.sqrt(having / (having - 1))
    return means, away.T @ away


def _wald(apart: np.ndarray, spread: np.ndarray, freedom: int) -> float:
    if freedom > 0 and not apart.any():
        return 1.0
    if freedom < 1 or np.linalg.matrix_rank(spread) < len(apart):
        return nan
    statistic = float(apart @ np.linalg.solve(spread, apart)) / len(apart)
    return float(stats.f.sf(statistic, len(apart), freedom))


def _shuffled(
    sums: np.ndarray, cases: np.ndarray, members: np.ndarray, rng: np.random.Generator, draws: int
) -> float:
    """Share of shuffles whose strata are at least as far apart, (b + 1) / (m + 1)."""
    at_once, beyond = max(1, 1_000_000 // members.size), 0
    seen = float(_welch(sums, cases, members[None])[0]) * (1 - 1e-9)
    for start in range(0, draws, at_once):
        orders = rng.permuted(
            np.tile(np.arange(len(sums)), (min(at_once, draws - start), 1)), axis=1
        )
        beyond += int(np.count_nonzero(_welch(sums, cases, members[orders]) >= seen))
    return (beyond + 1) / (draws + 1)


def _welch(
    sums: Float[np.ndarray, " group"], cases: Float[np.ndarray, " group"], members: Membership
) -> Float[np.ndarray, " permutation"]:
    """Weighted squares of stratum means about their weighted mean; infinite without any error."""
    inside = members.astype(float)
    totals, having = cases @ inside, inside.sum(axis=1)
    means = (sums @ inside) / totals
    away = sums[:, None] - means[:, None, :] * cases[:, None]
    variances = np.sum((away * inside) ** 2, axis=1) / totals**2 * having / (having - 1)
    weights = 1 / np.maximum(variances, 1e-30)
    middle = np.sum(weights * means, axis=1) / weights.sum(axis=1)
    between: np.ndarray = np.sum(weights * (means - middle[:, None]) ** 2, axis=1)
    return between
