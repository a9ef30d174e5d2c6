"""Everything that can be said about two models on the same cases, in one frozen result."""

from dataclasses import dataclass
from math import isnan

from twinseg.comparison.bayes import Posterior
from twinseg.comparison.effect import Effect
from twinseg.comparison.equivalence import WithinMargin
from twinseg.comparison.estimate import FEWEST_GROUPS, Estimate
from twinseg.comparison.sign_flip import TestResult
from twinseg.comparison.words import number, percent, probability


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Second model minus first model on the same cases.

    Attributes:
        metric: Name of the column.
        first: Name of the model that is subtracted.
        second: Name of the model it is subtracted from.
        cases: Cases where both models have a value; all numbers below are theirs.
        groups: Groups of these cases.
        undefined: Cases left out because a model has no value.
        higher_is_better: None if that is not known of the metric.
        level: Of all intervals, between 0 and 1.
        mean: Mean difference over cases with its intervals.
        median: Median difference over cases with its intervals.
        wilcoxon: Signed-rank test on group means.
        paired_t: Of the mean over cases, with the standard error over groups.
        sign_flip: Permutation test by group of the mean over cases.
        paired_d: Mean by standard deviation of the group means.
        rank_biserial: Share of rank sums for the second minus that for the first model.
        equivalence: Test against the margin; None if none was named.
        non_inferiority: The same one-sided; None also if the better direction is not known.
        bayes: Posterior of the Bayesian signed-rank test; None if no region was named.
        notes: What the numbers assume and what was done to the tables.
    """

    metric: str
    first: str
    second: str
    cases: int
    groups: int
    undefined: int
    higher_is_better: bool | None
    level: float
    mean: Estimate
    median: Estimate
    wilcoxon: TestResult
    paired_t: TestResult
    sign_flip: TestResult
    paired_d: Effect
    rank_biserial: Effect
    equivalence: WithinMargin | None
    non_inferiority: WithinMargin | None
    bayes: Posterior | None
    notes: tuple[str, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0, both tests rule out chance and the signs agree."""
        if self.groups < FEWEST_GROUPS:
            return False
        beyond_chance = max(self.wilcoxon.p_value, self.sign_flip.p_value) < 1 - self.level
        one_direction = self.mean.value * self.rank_biserial.value > 0
        return beyond_chance and one_direction and not self.mean.interval.holds(0.0)

    @property
    def sentence(self) -> str:
        """The result for readers who know no statistics."""
        counts = (
            f"{self.cases} cases of {self.groups} groups, {self.undefined} undefined cases left out"
        )
        if isnan(self.wilcoxon.p_value):
            return (
                f"Whether `{self.second}` and `{self.first}` differ in {self.metric} cannot be "
                f"computed: it takes at least two groups with a value for both ({counts})."
            )
        interval = self.mean.interval
        numbers = (
            f"{number(self.mean.value, signed=True)} on average ({percent(self.level)} interval "
            f"{number(interval.low, signed=True)} to {number(interval.high, signed=True)}, "
            f"{self.mean.believed}: {self.mean.why}; median "
            f"{number(self.median.value, signed=True)}; Wilcoxon p "
            f"{probability(self.wilcoxon.p_value)}, sign-flip p "
            f"{probability(self.sign_flip.p_value)}; {counts})"
        )
        parts = [f"{self._verdict()} `{self.second}` minus `{self.first}` is {numbers}."]
        parts += self._claims()
        return " ".join(parts)

    @property
    def row(self) -> dict[str, str | int | float]:
        """One row of a table: the columns of `comparisons.parquet` that apply, then the rest."""
        row: dict[str, str | int | float] = {
            "metric": self.metric,
            "first": self.first,
            "second": self.second,
            "cases": self.cases,
            "groups": self.groups,
            "undefined": self.undefined,
            "mean_difference": self.mean.value,
            "low": self.mean.interval.low,
            "high": self.mean.interval.high,
            "level": self.level,
            "p_value": self.wilcoxon.p_value,
            "effect_size": self.rank_biserial.value,
            "effect_name": self.rank_biserial.name,
            "method": self.wilcoxon.method,
            "interval_method": self.mean.believed,
            "median_difference": self.median.value,
            "median_low": self.median.interval.low,
            "median_high": self.median.interval.high,
        }
        for name in ("student", "percentile", "bca"):
            interval = getattr(self.mean, name)
            row |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
        row |= {
            "p_paired_t": self.paired_t.p_value,
            "p_sign_flip": self.sign_flip.p_value,
            "paired_d": self.paired_d.value,
            "paired_d_low": self.paired_d.interval.low,
            "paired_d_high": self.paired_d.interval.high,
            "rank_biserial_low": self.rank_biserial.interval.low,
            "rank_biserial_high": self.rank_biserial.interval.high,
        }
        if self.equivalence:
            row |= {"margin": self.equivalence.margin, "p_equivalence": self.equivalence.p_value}
        if self.non_inferiority:
            row["p_non_inferiority"] = self.non_inferiority.p_value
        if self.bayes:
            row |= {
                "rope": self.bayes.rope,
                "probability_first_higher": self.bayes.first_higher,
                "probability_equivalent": self.bayes.equivalent,
                "probability_second_higher": self.bayes.second_higher,
            }
        return row

    def _verdict(self) -> str:
        if not self.is_clear:
            verdict = (
                f"No clear difference in {self.metric}; this does not show that they are equal."
            )
            if self.groups < FEWEST_GROUPS:
                verdict += f" {self.groups} groups are too few to rule out chance."
            return verdict
        higher = self.mean.value > 0
        if self.higher_is_better is None:
            return f"`{self.second}` has the {'higher' if higher else 'lower'} {self.metric}."
        better = "better" if higher == self.higher_is_better else "worse"
        return f"`{self.second}` is {better} in {self.metric}."

    def _claims(self) -> list[str]:
        return [
            f"`{self.second}` against `{self.first}`, {said}."
            for said in (self.equivalence, self.non_inferiority, self.bayes)
            if said
        ]
