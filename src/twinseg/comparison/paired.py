"""Two models on the same cases: difference, interval, test and size of the effect."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison.analyse import wilcoxon_method
from twinseg.comparison.differences import paired_differences, without_noise
from twinseg.comparison.estimate import estimate_mean
from twinseg.comparison.groups import Groups, group_totals
from twinseg.comparison.signed_rank import rank_biserial, signed_rank_test
from twinseg.comparison.undefined import Undefined, undefined_of
from twinseg.comparison.words import number, percent, probability
from twinseg.core.arrays import Values
from twinseg.core.errors import DataError
from twinseg.core.registry import choose
from twinseg.core.words import amount
from twinseg.metrics import METRICS


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Second model minus first model on the same cases; a row of `comparisons.parquet`.

    Attributes:
        dataset: Name of the dataset.
        metric: Name in `METRICS`.
        first: Name of the model that is subtracted.
        second: Name of the model it is subtracted from.
        cases: Cases where both models have a value; all numbers below are theirs.
        groups: Groups of these cases.
        undefined: Cases left out because the metric is undefined for a model or both.
        undefined_first: Of them, those where it is undefined for the first.
        undefined_second: Those where it is undefined for the second.
        mean_difference: Mean over cases of second minus first; NaN without cases.
        low: Lower end of its interval; NaN for fewer than two groups.
        high: Upper end.
        level: Of the interval, between 0 and 1.
        p_value: Two-sided; NaN for fewer than two groups.
        p_adjusted: The same after ``correction``.
        effect_size: In [-1, 1]; above 0 if second has the higher values; NaN with ``p_value``.
        effect_name: What measures it.
        method: The test, on what, and how its p value was computed.
        correction: For many comparisons, or "none".
        interval_method: Which interval it is: "Student", "percentile" or "BCa".
    """

    dataset: str
    metric: str
    first: str
    second: str
    cases: int
    groups: int
    undefined: int
    mean_difference: float
    low: float
    high: float
    level: float
    p_value: float
    p_adjusted: float
    effect_size: float
    effect_name: str
    method: str
    correction: str
    interval_method: str = "percentile"  # what tables from before this column held
    undefined_first: int = 0  # not in tables from before these columns
    undefined_second: int = 0

    @property
    def left_out(self) -> Undefined:
        """The undefined cases of the one model and of the other."""
        return Undefined(self.undefined, self.undefined_first, self.undefined_second)

    def __str__(self) -> str:
        """Say the whole comparison in one line."""
        adjusted = f", after {self.correction} p {probability(self.p_adjusted)}"
        return (
            f"{self.second} - {self.first}, {METRICS[self.metric].label}: "
            f"{number(self.mean_difference, signed=True)} "
            f"({percent(self.level)} interval {number(self.low, signed=True)} "
            f"to {number(self.high, signed=True)}; "
            f"{amount(self.cases, 'case')} of {amount(self.groups, 'group')}, "
            f"{self.undefined} undefined; "
            f"{self.method}: p {probability(self.p_value)}"
            f"{'' if self.correction == 'none' else adjusted}; "
            f"{self.effect_name} {number(self.effect_size, signed=True)})"
        )


def compare(
    first: Values,
    second: Values,
    *,
    groups: Groups,
    dataset: str,
    metric: str,
    names: tuple[str, str],
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Comparison:
    """Compare two models on the same cases in the same order.

    Cases of one group are not independent, so the interval is over groups (the one that
    `estimate_mean` says to believe at their number) and the test sees one value per group: the
    mean of its cases' differences. With ``n`` groups no p value can be below 2 / 2**n: fewer
    than six groups never reach 0.05.

    Args:
        first: Values of the model that is subtracted, (case,); NaN where undefined.
        second: Values of the model it is subtracted from, same cases in the same order.
        groups: The group of each case.
        dataset: Name of the dataset.
        metric: Name in `METRICS`.
        names: Of the first and the second model.
        rng: Source of randomness of the interval; the caller owns the seed.
        draws: Resamples for the interval.
        level: Of the interval, between 0 and 1.

    Returns:
        The comparison, not yet corrected for others.

    Raises:
        ConfigError: If the metric is not known, or ``draws`` or ``level`` is out of range.
        DataError: If the lengths differ.
    """
    choose(METRICS, metric, "metric")
    if len(first) != len(second):
        raise DataError(f"{names[0]} has {len(first)} cases and {names[1]} has {len(second)}")
    if infinite := int(np.isinf([first, second]).any(axis=0).sum()):
        raise DataError(
            f"{metric} of {names[0]} or {names[1]} is infinite in {amount(infinite, 'case')}; "
            "compare such tables with twinseg compare, which ranks failures as the worst"
        )
    differences = paired_differences(first, second)
    mean = estimate_mean(differences, groups, rng=rng, draws=draws, level=level)
    totals = group_totals(differences, groups)
    per_group = without_noise(totals.means)
    p_value, method = signed_rank_test(per_group)
    cases = int(np.isfinite(differences).sum())
    left_out = undefined_of(first, second)
    return Comparison(
        dataset=dataset,
        metric=metric,
        first=names[0],
        second=names[1],
        cases=cases,
        groups=len(per_group),
        undefined=left_out.cases,
        undefined_first=left_out.first,
        undefined_second=left_out.second,
        mean_difference=mean.value,
        low=mean.interval.low,
        high=mean.interval.high,
        level=level,
        p_value=p_value,
        p_adjusted=p_value,
        effect_size=rank_biserial(per_group),
        effect_name="rank-biserial",
        method=wilcoxon_method(method, len(per_group), cases),
        correction="none",
        interval_method=mean.believed,
    )
