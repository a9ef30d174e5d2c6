"""A mean or a median with every interval of it, and which of them to believe."""

from dataclasses import dataclass
from math import inf

import numpy as np

from twinseg.comparison.bca import Interval, unknown
from twinseg.comparison.bootstrap import bootstrap_mean, bootstrap_median
from twinseg.comparison.groups import Groups, defined_cases, group_totals
from twinseg.comparison.student import mean_and_error
from twinseg.core.arrays import Values
from twinseg.core.words import amount

FEWEST_GROUPS = 6  # below, no two-sided test of signs can reach 0.05, and no interval is stable
GROUPS_FOR_BCA = 200  # from here on the three intervals cover alike, see docs/statistics.md
GROUPS_FOR_MEDIAN = 20


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What was estimated, with 95 % intervals (or of another level) over groups.

    Attributes:
        value: Mean or median over cases; NaN without cases.
        groups: Number of independent units.
        student: Student's interval of the same mean; NaN to NaN for a median.
        percentile: By the bootstrap over groups.
        bca: By the same resamples, with bias and skewness allowed for.
        believed: "Student", "percentile" or "BCa": the one in ``interval``.
        why: Why this one, or why none deserves trust, in words.
    """

    value: float
    groups: int
    student: Interval
    percentile: Interval
    bca: Interval
    believed: str
    why: str

    @property
    def interval(self) -> Interval:
        """The interval to believe at this number of groups."""
        by_name = {"Student": self.student, "percentile": self.percentile, "BCa": self.bca}
        return by_name[self.believed]

    @property
    def trusted(self) -> Interval:
        """The same, or NaN to NaN of fewer groups than any interval can be trusted with."""
        return self.interval if self.groups >= FEWEST_GROUPS else unknown(self.interval.level)


def estimate_mean(
    values: Values,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
    bounds: tuple[float, float] = (-inf, inf),
) -> Estimate:
    """Estimate the mean over cases.

    Args:
        values: One per case, (case,); those that are not finite are left out.
        groups: The group of each case.
        rng: Source of randomness of the bootstrap.
        draws: Number of resamples, > 0.
        level: Of the intervals, between 0 and 1.
        bounds: Smallest and largest value there can be; Student's interval ends there, too, as
            those of resampled means do by themselves.

    Raises:
        ConfigError: If ``draws`` or ``level`` is out of range.
        DataError: If there is not exactly one group for each value.
    """
    resampled = bootstrap_mean(values, groups, rng=rng, draws=draws, level=level)
    student = mean_and_error(group_totals(values, groups))
    believed, why = _believed_of_mean(student.freedom + 1, resampled.bca)
    return Estimate(
        value=student.mean,
        groups=student.freedom + 1,
        student=student.interval(level).cut(*bounds),
        percentile=resampled.percentile,
        bca=resampled.bca,
        believed=believed,
        why=why,
    )


def estimate_median(
    values: Values,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Estimate:
    """Estimate the median over cases; arguments and errors as `estimate_mean`."""
    resampled = bootstrap_median(values, groups, rng=rng, draws=draws, level=level)
    kept, numbers = defined_cases(values, groups)
    units = int(numbers.max()) + 1 if len(kept) else 0
    few = units < GROUPS_FOR_MEDIAN
    return Estimate(
        value=float(np.median(kept)) if len(kept) else float("nan"),
        groups=units,
        student=unknown(level),
        percentile=resampled.percentile,
        bca=resampled.bca,
        believed="percentile",
        why=f"no interval of a median is to be trusted with {amount(units, 'group')}, fewer than "
        f"{GROUPS_FOR_MEDIAN}"
        if few
        else "the jackknife that BCa leans on fails for medians",
    )


def _believed_of_mean(groups: int, bca: Interval) -> tuple[str, str]:
    if groups < FEWEST_GROUPS:
        return (
            "Student",
            f"with {amount(groups, 'group')}, fewer than {FEWEST_GROUPS}, trust none of them",
        )
    if groups < GROUPS_FOR_BCA or not bca.is_known:
        return "Student", f"with {groups} groups Student's held the truth most often when simulated"
    return "BCa", f"with {groups} groups the intervals agree, and BCa follows skewness"
