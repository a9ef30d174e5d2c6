"""Intervals from resampled values: percentile, and BCa."""

from dataclasses import dataclass
from math import nan

import numpy as np
from scipy import stats

from twinseg.comparison.groups import GroupMeans
from twinseg.comparison.number_text import interval_text
from twinseg.comparison.resampling import Resampled


@dataclass(frozen=True)
class Interval:
    """From ``low`` to ``high``; ``level`` is the share of such intervals that hold the truth."""

    low: float
    high: float
    level: float

    @property
    def is_known(self) -> bool:
        """False if it could not be computed."""
        return bool(np.isfinite([self.low, self.high]).all())

    def text(self, *, signed: bool = False) -> str:
        """Write it with its level: "95 % interval 0.81 to 0.85"."""
        return interval_text(self.low, self.high, self.level, signed=signed)

    def holds(self, value: float) -> bool:
        """Tell whether ``value`` lies in it, the ends included."""
        return self.low <= value <= self.high

    def cut(self, lowest: float, highest: float) -> "Interval":
        """Return what of it lies between two bounds of the truth; it holds the truth as often."""
        low, high = np.clip([self.low, self.high], lowest, highest)
        return Interval(float(low), float(high), self.level)


def unknown(level: float) -> Interval:
    """Return the interval of what cannot be computed: NaN to NaN."""
    return Interval(nan, nan, level)


def percentile_interval(resampled: Resampled, level: float) -> Interval:
    """Cut off the same share of the resampled values at both ends."""
    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Interval(float(low), float(high), level)


def bca_interval(
    estimate: float, resampled: Resampled, without_each: GroupMeans, level: float
) -> Interval:
    """Cut off shares that allow for bias and skewness (Efron 1987, section 3).

    Args:
        estimate: The statistic on all groups.
        resampled: The same on each resample, (draw,).
        without_each: The same on all groups but one, for each group.
        level: Of the interval, between 0 and 1.

    Returns:
        NaN to NaN where the correction is infinite: all resamples on one side of the estimate.
    """
    if np.ptp(resampled) == 0:
        return Interval(estimate, estimate, level)
    below = (np.mean(resampled < estimate) + np.mean(resampled <= estimate)) / 2
    if not 0 < below < 1:
        return unknown(level)
    bias = stats.norm.ppf(below)
    away = without_each.mean() - without_each
    spread = np.sum(away**2) ** 1.5
    acceleration = np.sum(away**3) / (6 * spread) if spread > 0 else 0.0
    tail = (1 - level) / 2
    moved = bias + stats.norm.ppf([tail, 1 - tail])
    shares = stats.norm.cdf(bias + moved / (1 - acceleration * moved))
    low, high = np.quantile(resampled, shares)
    return Interval(float(low), float(high), level)
