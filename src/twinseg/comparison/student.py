"""Student's interval and test of a mean over cases, with one degree of freedom per group."""

from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
from scipy import stats

from twinseg.comparison.bca import Interval, unknown
from twinseg.comparison.groups import GroupTotals


@dataclass(frozen=True)
class MeanAndError:
    """A mean over cases and its standard error from the spread between groups.

    Attributes:
        mean: Over cases, each weighing alike.
        standard_error: NaN for fewer than two groups.
        freedom: Degrees of freedom: groups - 1.
    """

    mean: float
    standard_error: float
    freedom: int

    def interval(self, level: float) -> Interval:
        """Return Student's interval."""
        if self.freedom < 1:
            return unknown(level)
        half = self.standard_error * float(stats.t.ppf((1 + level) / 2, self.freedom))
        return Interval(self.mean - half, self.mean + half, level)

    def p_above(self, value: float) -> float:
        """Return the one-sided p value for a true mean above ``value``; NaN without error."""
        if self.freedom < 1:
            return nan
        return float(stats.t.sf(self._t(value), self.freedom))

    def p_below(self, value: float) -> float:
        """Return the one-sided p value for a true mean below ``value``; NaN without error."""
        if self.freedom < 1:
            return nan
        return float(stats.t.cdf(self._t(value), self.freedom))

    def p_value(self) -> float:
        """Return the two-sided p value for a true mean other than 0; 1 if all is 0."""
        if self.freedom < 1:
            return nan
        return float(2 * stats.t.sf(abs(self._t(0.0)), self.freedom))

    def _t(self, value: float) -> float:
        away = self.mean - value
        if self.standard_error == 0:
            return 0.0 if away == 0 else inf * np.sign(away)
        return away / self.standard_error


def mean_and_error(totals: GroupTotals) -> MeanAndError:
    """Compute the mean over cases as a ratio of group totals (Cochran 1977, section 6.3).

    With groups of one size this is the ordinary standard error of the group means, and the test
    is the paired t test on them.
    """
    groups = len(totals.cases)
    if groups < 2:
        return MeanAndError(totals.mean, nan, groups - 1)
    away = totals.sums - totals.mean * totals.cases
    away[np.abs(away) < 1e-12 * np.abs(totals.sums).max()] = 0.0  # rounding is no spread
    variance = groups / (groups - 1) * float(np.sum(away**2)) / float(totals.cases.sum()) ** 2
    return MeanAndError(totals.mean, sqrt(variance), groups - 1)
