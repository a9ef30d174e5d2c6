"""Everything that can be said about two models on the same cases, in one frozen result."""

from dataclasses import dataclass
from math import isnan

from twinseg.comparison.bayes import Posterior
from twinseg.comparison.effect import Effect
from twinseg.comparison.equivalence import WithinMargin
from twinseg.comparison.estimate import FEWEST_GROUPS, Estimate
from twinseg.comparison.sign_flip import TestResult
from twinseg.comparison.undefined import Undefined
from twinseg.comparison.words import number, percent, probability
from twinseg.core.words import amount, be

_CORRECTIONS = {"holm": "Holm", "bh": "Benjamini and Hochberg"}


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Second model minus first model on the same cases.

    Attributes:
        metric: Name of the column.
        first: Name of the model that is subtracted.
        second: Name of the model it is subtracted from.
        cases: Cases where both models have a value; all numbers below are theirs.
        groups: Groups of these cases.
        left_out: Cases where the one or the other model has no value.
        infinite: Cases where the value of the first and of the second model is infinite, as of an
            object that was missed; below 0 for minus infinity. Then ranks alone are given.
        higher_is_better: None if that is not known of the metric.
        level: Of all intervals, between 0 and 1.
        mean: Mean difference over cases with its intervals.
        median: Median difference over cases with its intervals.
        wilcoxon: Signed-rank test on group means.
        paired_t: Of the mean over cases, with the standard error over groups.
        sign_flip: Permutation test by group of the mean over cases.
        p_adjusted: Wilcoxon's p value after ``correction``; this one decides.
        sign_flip_adjusted: The same of the permutation test.
        correction: Over several metrics, or "none".
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
    left_out: Undefined
    infinite: tuple[int, int]
    higher_is_better: bool | None
    level: float
    mean: Estimate
    median: Estimate
    wilcoxon: TestResult
    paired_t: TestResult
    sign_flip: TestResult
    p_adjusted: float
    sign_flip_adjusted: float
    correction: str
    paired_d: Effect
    rank_biserial: Effect
    equivalence: WithinMargin | None
    non_inferiority: WithinMargin | None
    bayes: Posterior | None
    notes: tuple[str, ...]

    @property
    def undefined(self) -> int:
        """Cases left out because a model has no value."""
        return self.left_out.cases

    @property
    def why_not(self) -> str:
        """Why nothing can be computed; empty where it can."""
        is_known = not isnan(self.wilcoxon.p_value)
        return "" if is_known else "it takes at least two groups with a value for both"

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0, both tests rule out chance and the signs agree.

        P values count after the correction. With infinite values the signed-rank test decides,
        unless the model it favours has failed more often.
        """
        if self.groups < FEWEST_GROUPS:
            return False
        if any(self.infinite):
            return self.p_adjusted < 1 - self.level and not self._fails_more_often
        beyond_chance = max(self.p_adjusted, self.sign_flip_adjusted) < 1 - self.level
        one_direction = self.mean.value * self.rank_biserial.value > 0
        return beyond_chance and one_direction and not self.mean.interval.holds(0.0)

    @property
    def _fails_more_often(self) -> bool:
        """Whether infinite values point the other way than the ranks of all."""
        first, second = self.infinite
        return (second - first) * self.rank_biserial.value < 0

    @property
    def is_by_survivors(self) -> bool:
        """Whether a clear difference favours the model that has no value more often."""
        if self.higher_is_better is None or not self.is_clear:
            return False
        second_is_better = (self.rank_biserial.value > 0) == self.higher_is_better
        return self.left_out.more_of(second=second_is_better)

    @property
    def sentence(self) -> str:
        """The result for readers who know no statistics."""
        counts = (
            f"{amount(self.cases, 'case')} of {amount(self.groups, 'group')}, "
            f"{amount(self.undefined, 'undefined case')} left out"
        )
        if self.undefined:
            counts += f", `{self.first}` {self.left_out.first}"
            counts += f" and `{self.second}` {self.left_out.second}"
        if self.why_not:
            return (
                f"Whether `{self.second}` and `{self.first}` differ in {self.metric} cannot be "
                f"computed: {self.why_not} ({counts})."
            )
        said = self._ranks(counts) if any(self.infinite) else self._means(counts)
        return " ".join([self._verdict(), *self._warning(), said, *self._claims()])

    def _means(self, counts: str) -> str:
        interval = self.mean.interval
        return (
            f"`{self.second}` minus `{self.first}` is "
            f"{number(self.mean.value, signed=True)} on average ({percent(self.level)} interval "
            f"{number(interval.low, signed=True)} to {number(interval.high, signed=True)}, "
            f"{self.mean.believed}: {self.mean.why}; median "
            f"{number(self.median.value, signed=True)}; Wilcoxon p "
            f"{probability(self.wilcoxon.p_value)}, sign-flip p "
            f"{probability(self.sign_flip.p_value)}{self._after_correction}; {counts})."
        )

    def _ranks(self, counts: str) -> str:
        first, second = map(abs, self.infinite)
        odd = " The ranks and the number of failures point in opposite directions."
        effect = self.rank_biserial
        return (
            f"{self.metric} is infinite in {amount(first, 'case')} of `{self.first}` and {second} "
            f"of `{self.second}`: failures, beyond every other value in rank, and no mean is given."
            f"{odd if self._fails_more_often else ''} By ranks, `{self.second}` minus "
            f"`{self.first}`: {effect.name} {number(effect.value, signed=True)} "
            f"({percent(self.level)} interval {number(effect.interval.low, signed=True)} to "
            f"{number(effect.interval.high, signed=True)}; Wilcoxon p "
            f"{probability(self.wilcoxon.p_value)}{self._after_correction}; {counts})."
        )

    @property
    def _after_correction(self) -> str:
        if self.correction == "none":
            return ""
        adjusted = f"Wilcoxon p {probability(self.p_adjusted)}"
        if not isnan(self.sign_flip_adjusted):
            adjusted += f", sign-flip p {probability(self.sign_flip_adjusted)}"
        way, over, metrics = self.correction.partition(" over ")
        named = f"the correction of {_CORRECTIONS.get(way, way)}{over}{metrics}"
        return f"; after {named}, which decides: {adjusted}"

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
            "undefined_first": self.left_out.first,
            "undefined_second": self.left_out.second,
            "infinite_first": abs(self.infinite[0]),
            "infinite_second": abs(self.infinite[1]),
            "mean_difference": self.mean.value,
            "low": self.mean.interval.low,
            "high": self.mean.interval.high,
            "level": self.level,
            "p_value": self.wilcoxon.p_value,
            "p_adjusted": self.p_adjusted,
            "correction": self.correction,
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
                verdict += (
                    f" {amount(self.groups, 'group')} {be(self.groups)} too few to rule out chance."
                )
            return verdict
        higher = self.rank_biserial.value > 0  # of the mean, too, where there is one
        if self.higher_is_better is None:
            return f"`{self.second}` has the {'higher' if higher else 'lower'} {self.metric}."
        better = "better" if higher == self.higher_is_better else "worse"
        only = ", but only where both have a value" if self.is_by_survivors else ""
        return f"`{self.second}` is {better} in {self.metric}{only}."

    def _warning(self) -> list[str]:
        if not (self.left_out.is_lopsided or self.is_by_survivors):
            return []
        advice = "If a case without a value is a failure, write the worst value there (inf for a "
        return [
            self.left_out.warning(self.first, self.second, self.metric),
            advice + "distance).",
        ]

    def _claims(self) -> list[str]:
        return [
            f"`{self.second}` against `{self.first}`, {said}."
            for said in (self.equivalence, self.non_inferiority, self.bayes)
            if said
        ]
