"""Interval of a mean by resampling whole groups."""

from dataclasses import dataclass
from math import nan

import numpy as np

from twinseg.comparison.groups import Groups, GroupTotals, group_totals
from twinseg.core.arrays import Values
from twinseg.core.errors import ConfigError

_CELLS_AT_ONCE = 1_000_000  # group draws held in memory: 8 MB each for index, sum and count


@dataclass(frozen=True)
class Interval:
    """From ``low`` to ``high``; ``level`` is the share of such intervals that hold the truth."""

    low: float
    high: float
    level: float


def group_bootstrap(
    values: Values,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Interval:
    """Compute the percentile interval of the mean over cases, by the cluster bootstrap.

    Each draw takes as many groups as there are, with replacement, and all cases of each; its
    mean weighs every case alike (Davison & Hinkley 1997, section 3.8).

    Args:
        values: One per case, (case,), in any unit; those that are not finite are left out.
        groups: The group of each case.
        rng: Source of randomness; the caller owns the seed.
        draws: Number of resamples, > 0.
        level: Share of such intervals that hold the true mean, between 0 and 1.

    Returns:
        Interval in the unit of ``values``; NaN to NaN for fewer than two groups with a value.

    Raises:
        ConfigError: If ``draws`` or ``level`` is out of range.
        DataError: If there is not exactly one group for each value.
    """
    if draws < 1:
        raise ConfigError(f"draws must be at least 1, got {draws}")
    if not 0 < level < 1:
        raise ConfigError(f"level must lie between 0 and 1, got {level}")
    totals = group_totals(values, groups)
    if len(totals.cases) < 2:
        return Interval(nan, nan, level)
    tail = (1 - level) / 2
    low, high = np.quantile(_resampled_means(totals, rng, draws), [tail, 1 - tail])
    return Interval(float(low), float(high), level)


def _resampled_means(totals: GroupTotals, rng: np.random.Generator, draws: int) -> np.ndarray:
    groups = len(totals.cases)
    draws_at_once = max(1, _CELLS_AT_ONCE // groups)
    means = np.empty(draws)
    for start in range(0, draws, draws_at_once):
        part = means[start : start + draws_at_once]
        chosen = rng.integers(groups, size=(len(part), groups))
        part[:] = totals.sums[chosen].sum(axis=1) / totals.cases[chosen].sum(axis=1)
    return means
