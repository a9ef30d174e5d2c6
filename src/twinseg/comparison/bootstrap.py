"""Intervals of means and medians by resampling whole groups."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison.bca import Interval as Interval
from twinseg.comparison.bca import bca_interval, percentile_interval, unknown
from twinseg.comparison.groups import Groups, defined_cases, group_totals
from twinseg.comparison.median import counted_medians, medians_without_each_group
from twinseg.comparison.resampling import case_counts, resampled_means
from twinseg.core.arrays import Values
from twinseg.core.errors import ConfigError


@dataclass(frozen=True)
class Bootstrap:
    """Two intervals from the same resamples; NaN to NaN for fewer than two groups."""

    percentile: Interval
    bca: Interval


def bootstrap_mean(
    values: Values,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Bootstrap:
    """Compute intervals of the mean over cases, by the cluster bootstrap.

    Each draw takes as many groups as there are, with replacement, and all cases of each; its
    mean weighs every case alike (Davison & Hinkley 1997, section 3.8).

    Args:
        values: One per case, (case,), in any unit; those that are not finite are left out.
        groups: The group of each case.
        rng: Source of randomness; the caller owns the seed.
        draws: Number of resamples, > 0.
        level: Share of such intervals that hold the true mean, between 0 and 1.

    Returns:
        Intervals in the unit of ``values``.

    Raises:
        ConfigError: If ``draws`` or ``level`` is out of range.
        DataError: If there is not exactly one group for each value.
    """
    _require_settings(draws, level)
    totals = group_totals(values, groups)
    if len(totals.cases) < 2:
        return Bootstrap(unknown(level), unknown(level))
    resampled = resampled_means(totals, rng, draws)
    without_each = (totals.sums.sum() - totals.sums) / (totals.cases.sum() - totals.cases)
    return Bootstrap(
        percentile_interval(resampled, level),
        bca_interval(totals.mean, resampled, without_each, level),
    )


def bootstrap_median(
    values: Values,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Bootstrap:
    """Compute intervals of the median over cases; arguments and errors as `bootstrap_mean`."""
    _require_settings(draws, level)
    kept, numbers = defined_cases(values, groups)
    if len(kept) == 0 or numbers.max() < 1:
        return Bootstrap(unknown(level), unknown(level))
    parts = case_counts(numbers, rng, draws)
    resampled = np.concatenate([counted_medians(kept, part) for part in parts])
    without_each = medians_without_each_group(kept, numbers)
    return Bootstrap(
        percentile_interval(resampled, level),
        bca_interval(float(np.median(kept)), resampled, without_each, level),
    )


def _require_settings(draws: int, level: float) -> None:
    if draws < 1:
        raise ConfigError(f"draws must be at least 1, got {draws}")
    if not 0 < level < 1:
        raise ConfigError(f"level must lie between 0 and 1, got {level}")
