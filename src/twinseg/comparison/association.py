"""Do two columns rise together? Rank correlation with an interval over groups."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison.bca import Interval, percentile_interval, unknown
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.groups import Groups
from twinseg.comparison.resampling import CaseCounts, Resampled, case_counts
from twinseg.core.arrays import Values
from twinseg.core.words import amount


@dataclass(frozen=True)
class Association:
    """Spearman's rank correlation over cases.

    Attributes:
        value: In [-1, 1]; NaN where a column is constant.
        interval: Percentile interval by the bootstrap over groups; NaN below `FEWEST_GROUPS`.
        cases: Cases with both values.
        groups: Their groups.
    """

    value: float
    interval: Interval
    cases: int
    groups: int

    @property
    def verdict(self) -> str:
        """What the first column, a disagreement, tells of the second, an error."""
        if not self.interval.is_known:
            return (
                f"{amount(self.groups, 'group')}: fewer than {FEWEST_GROUPS} say nothing of others"
            )
        if self.interval.low > 0:
            return "so disagreement announces this error"
        if self.interval.high < 0:
            return "so the more they disagree, the smaller this error"
        return "so it announces nothing"


def associate(
    first: Values,
    second: Values,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> Association:
    """Correlate the ranks of two columns; cases without both values are left out.

    Resamples whole groups; ranks are taken anew in each resample.

    Args:
        first: One per case.
        second: Of the same cases.
        groups: The group of each case.
        rng: Source of randomness.
        draws: Number of resamples.
        level: Of the interval.
    """
    known = np.isfinite(first) & np.isfinite(second)
    pair = np.stack([first[known], second[known]])
    names, numbers = np.unique(np.asarray(groups)[known], return_inverse=True)
    value = float(_spearman(pair, np.ones((1, pair.shape[1]), int))[0]) if pair.size else np.nan
    if len(names) < FEWEST_GROUPS or np.isnan(value):
        return Association(value, unknown(level), pair.shape[1], len(names))
    resampled = np.concatenate(
        [_spearman(pair, counts) for counts in case_counts(numbers, rng, draws)]
    )
    interval = percentile_interval(resampled[np.isfinite(resampled)], level)
    return Association(value, interval, pair.shape[1], len(names))


def _spearman(pair: np.ndarray, counts: CaseCounts) -> Resampled:
    """Correlate ranks where each case stands as often as ``counts`` says; NaN if one is constant.

    A rank is what stands below it and half of its equals: sorting once serves all resamples.
    """
    ranks = [_ranks(column, counts) for column in pair]
    cases = counts.sum(axis=1)
    middle = (cases[:, None] + 1) / 2
    first, second = (np.where(counts > 0, rank - middle, 0) for rank in ranks)
    joint = (counts * first * second).sum(axis=1)
    spread = (counts * first**2).sum(axis=1) * (counts * second**2).sum(axis=1)
    with np.errstate(invalid="ignore"):
        correlations: Resampled = joint / np.sqrt(spread)
    return correlations


def _ranks(column: np.ndarray, counts: CaseCounts) -> np.ndarray:
    values, places = np.unique(column, return_inverse=True)
    starts = np.searchsorted(column[order := np.argsort(column, kind="stable")], values)
    equal = np.add.reduceat(counts[:, order], starts, axis=1)
    return (equal.cumsum(axis=1) - (equal - 1) / 2)[:, places]
