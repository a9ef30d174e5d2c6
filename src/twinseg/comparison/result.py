"""What a comparison of two models found: one frozen value, for studies and for tables."""

from dataclasses import dataclass
from math import isnan

from twinseg.comparison.bayes import Posterior
from twinseg.comparison.effect import Effect
from twinseg.comparison.equivalence import WithinMargin
from twinseg.comparison.estimate import FEWEST_GROUPS, Estimate
from twinseg.comparison.number_text import interval_text, number, probability
from twinseg.comparison.sign_flip import TestResult
from twinseg.comparison.undefined_cases import Undefined
from twinseg.core.words import amount


@dataclass(frozen=True, kw_only=True)
class Supplement:
    """What takes longer to compute, and is computed only where it is asked for.

    Attributes:
        mean: Mean difference over cases with all its intervals.
        median: Median difference over cases with its intervals.
        paired_t: Of the mean over cases, with the standard error over groups.
        sign_flip: Permutation test by group of the mean over cases.
        sign_flip_adjusted: Its p value after the correction of the comparison.
        paired_d: Mean by standard deviation of the group means.
        rank_biserial: The effect size of the comparison with its interval.
        equivalence: Test against a margin; None if none was named.
        non_inferiority: The same one-sided; None also if the better direction is not known.
        bayes: Posterior of the Bayesian signed-rank test; None if no region was named.
    """

    mean: Estimate
    median: Estimate
    paired_t: TestResult
    sign_flip: TestResult
    sign_flip_adjusted: float
    paired_d: Effect
    rank_biserial: Effect
    equivalence: WithinMargin | None
    non_inferiority: WithinMargin | None
    bayes: Posterior | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Second model minus first model on the same cases.

    Attributes:
        dataset: Name of the dataset; "" where the tables name none.
        metric: Name of the column.
        first: Name of the model that is subtracted.
        second: Name of the model it is subtracted from.
        cases: Cases where both models have a value; all numbers below are theirs.
        groups: Groups of these cases.
        undefined: Cases left out because the metric is undefined for a model or both.
        undefined_first: Of them, those where it is undefined for the first.
        undefined_second: Those where it is undefined for the second.
        infinite: Cases where the value of the first and of the second model is infinite, as of an
            object that was missed; below 0 for minus infinity. Then ranks alone are compared.
        mean_difference: Mean over cases of second minus first; NaN without cases.
        low: Lower end of its interval; NaN for fewer than two groups.
        high: Upper end.
        level: Of all intervals, between 0 and 1.
        interval_method: Which interval it is: "Student", "percentile" or "BCa".
        p_value: Two-sided, of the signed-rank test on group means; NaN for fewer than two groups.
        p_adjusted: The same after ``correction``; this one decides.
        method: The test, on what, and how its p value was computed.
        correction: For many comparisons, or why there is none.
        effect_size: In [-1, 1]; above 0 if second has the higher values; NaN with ``p_value``.
        effect_name: What measures it.
        higher_is_better: None if that is not known of the metric.
        same_as: An earlier model with the same values as ``second`` in every case, so that this
            is the comparison of that one again; ``first`` itself where there is nothing to test.
        supplement: Further intervals and tests; None if they were not asked for.
        notes: What the numbers assume and what was done to the tables.
    """

    dataset: str
    metric: str
    first: str
    second: str
    cases: int
    groups: int
    undefined: int
    undefined_first: int
    undefined_second: int
    infinite: tuple[int, int]
    mean_difference: float
    low: float
    high: float
    level: float
    interval_method: str
    p_value: float
    p_adjusted: float
    method: str
    correction: str
    effect_size: float
    effect_name: str
    higher_is_better: bool | None
    same_as: str = ""
    supplement: Supplement | None
    notes: tuple[str, ...]

    @property
    def left_out(self) -> Undefined:
        """The undefined cases of the one model and of the other."""
        return Undefined(self.undefined, self.undefined_first, self.undefined_second)

    @property
    def why_not(self) -> str:
        """Why nothing can be computed; empty where it can."""
        is_known = not isnan(self.p_value)
        return "" if is_known else "it takes at least two groups with a value for both models"

    @property
    def is_corrected(self) -> bool:
        """Whether the p value that decides was corrected for others."""
        return not self.correction.startswith("none")

    @property
    def leaves_out_zero(self) -> bool:
        """Whether the interval of the mean difference lies on one side of 0."""
        return self.low > 0 or self.high < 0

    @property
    def is_beyond_chance(self) -> bool:
        """Whether every test that was made, after the correction, rules out chance."""
        p_values = [self.p_adjusted]
        if self.supplement and not any(self.infinite):
            p_values.append(self.supplement.sign_flip_adjusted)
        return self.groups >= FEWEST_GROUPS and max(p_values) < 1 - self.level

    @property
    def directions_agree(self) -> bool:
        """Whether mean and ranks point the same way; with infinite values, failures and ranks."""
        first, second = self.infinite
        if any(self.infinite):
            return (second - first) * self.effect_size >= 0
        return self.mean_difference * self.effect_size > 0

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0, all tests rule out chance and directions agree.

        With infinite values there is no interval, and the signed-rank test decides, unless the
        model it favours has failed more often.
        """
        is_apart = any(self.infinite) or self.leaves_out_zero
        return is_apart and self.is_beyond_chance and self.directions_agree

    @property
    def second_is_better(self) -> bool:
        """Whether the ranks favour the second model; of a known direction only."""
        return (self.effect_size > 0) == self.higher_is_better

    @property
    def is_by_survivors(self) -> bool:
        """Whether a clear difference favours the model that has no value more often."""
        if self.higher_is_better is None or not self.is_clear:
            return False
        return self.left_out.more_of(second=self.second_is_better)

    @property
    def needs_warning(self) -> bool:
        """Whether one model alone has no value in many cases, so that the rest may mislead."""
        return self.left_out.is_lopsided or self.is_by_survivors

    def __str__(self) -> str:
        """Say the numbers in one line; `sentence` says what they mean."""
        adjusted = f", after {self.correction} p {probability(self.p_adjusted)}"
        return (
            f"{self.second} - {self.first}, {self.metric}: "
            f"{number(self.mean_difference, signed=True, within=self.high - self.low)} "
            f"({interval_text(self.low, self.high, self.level, signed=True)}; "
            f"{amount(self.cases, 'case')} of {amount(self.groups, 'group')}, "
            f"{self.undefined} undefined; "
            f"{self.method}: p {probability(self.p_value)}"
            f"{adjusted if self.is_corrected else ''}; "
            f"{self.effect_name} {number(self.effect_size, signed=True)})"
        )
