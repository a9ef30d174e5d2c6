"""Do two columns rise together? Rank correlation with an interval over groups."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from twinseg.comparison.bca import Interval, percentile_interval, unknown
from twinseg.comparison.groups import Groups
from twinseg.core.arrays import Values


@dataclass(frozen=True)
class Association:
    """Spearman's rank correlation over cases.

    Attributes:
        value: In [-1, 1]; NaN where a column is constant.
        interval: Percentile interval by the bootstrap over groups.
        cases: Cases with both values.
        groups: Their groups.
    """

    value: float
    interval: Interval
    cases: int
    groups: int


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
    value = _spearman(pair)
    if len(names) < 2 or np.isnan(value):
        return Association(value, unknown(level), pair.shape[1], len(names))
    members = [np.flatnonzero(numbers == number) for number in range(len(names))]
    resampled = np.empty(draws)
    for draw in range(draws):
        chosen = rng.integers(len(names), size=len(names))
        resampled[draw] = _spearman(pair[:, np.concatenate([members[one] for one in chosen])])
    interval = percentile_interval(resampled[np.isfinite(resampled)], level)
    return Association(value, interval, pair.shape[1], len(names))


def _spearman(pair: np.ndarray) -> float:
    if pair.shape[1] < 2 or (pair == pair[:, :1]).all(axis=1).any():
        return float("nan")
    ranks = stats.rankdata(pair, axis=1)
    return float(np.corrcoef(ranks)[0, 1])
