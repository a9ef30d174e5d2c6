"""Two models on the same cases: the one place where they are compared."""

from dataclasses import dataclass, replace

import numpy as np

from twinseg.comparison.bayes import bayesian_signed_rank
from twinseg.comparison.differences import (
    at_infinity,
    paired_differences,
    ranked_alike,
    without_noise,
)
from twinseg.comparison.effect import paired_d, rank_biserial_effect
from twinseg.comparison.equivalence import equivalence_test, non_inferiority_test
from twinseg.comparison.estimate import Estimate, estimate_mean, estimate_median
from twinseg.comparison.groups import GroupMeans, Groups, group_totals
from twinseg.comparison.possible_values import difference_bounds
from twinseg.comparison.result import Comparison, Supplement
from twinseg.comparison.sign_flip import TestResult, sign_flip_test
from twinseg.comparison.signed_rank import rank_biserial, signed_rank_test
from twinseg.comparison.student import mean_and_error
from twinseg.comparison.undefined_cases import undefined_of
from twinseg.core.arrays import Values
from twinseg.core.errors import DataError
from twinseg.core.progress import Progress, Silent
from twinseg.metrics import higher_is_better as known_direction

_PARTS = 4  # of a supplement, reported to progress
_MANY_CASES = 2_000  # take longer than a blink


@dataclass(frozen=True, kw_only=True)
class AskedSupplement:
    """What to compute beside the difference, its interval, its test and its effect size.

    Attributes:
        rng: Source of randomness; each part gets a stream of its own, so that none shifts another.
        margin: Largest difference that does not matter, for equivalence and non-inferiority.
        rope: Half width of the region of practical equivalence of the Bayesian test.
    """

    rng: np.random.Generator
    margin: float | None = None
    rope: float | None = None


@dataclass(frozen=True, kw_only=True)
class _Paired:
    """The differences as the parts of a comparison see them.

    Attributes:
        differences: Second minus first of each case; no case where values are infinite.
        groups: Of these cases.
        per_group: Mean of each group with a value, which ranks see; also of infinite values.
        cases: Cases where both models have a value, finite or not.
        infinite: As in `Comparison`.
    """

    differences: Values
    groups: Groups
    per_group: GroupMeans
    cases: int
    infinite: tuple[int, int]


def compare(
    first: Values,
    second: Values,
    *,
    groups: Groups,
    metric: str,
    names: tuple[str, str],
    rng: np.random.Generator,
    dataset: str = "",
    draws: int = 9999,
    level: float = 0.95,
    higher_is_better: bool | None = None,
    supplement: AskedSupplement | None = None,
    notes: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> Comparison:
    """Compare two models on the same cases in the same order; second minus first.

    Cases of one group are not independent, so the interval is over groups (the one that
    `estimate_mean` says to believe at their number) and the test sees one value per group: the
    mean of its cases' differences. With ``n`` groups no p value can be below 2 / 2**n: fewer
    than six groups never reach 0.05. Where values are infinite there is no mean: ranks alone are
    compared, in which an infinite value lies beyond every number, and means are NaN.

    Args:
        first: Values of the model that is subtracted, (case,); NaN where undefined, infinite
            where the model has failed.
        second: Values of the model it is subtracted from, same cases in the same order.
        groups: The group of each case.
        metric: Name of what the values are; usual ones bring their better direction.
        names: Of the first and the second model.
        rng: Source of randomness of the interval; the caller owns the seed.
        dataset: Name of the dataset, if it has one.
        draws: Resamples for each interval, and random patterns.
        level: Of the intervals, between 0 and 1.
        higher_is_better: For metrics whose name does not say it.
        supplement: Further intervals and tests to compute; none by default.
        notes: What the caller did to the tables; goes into the result.
        progress: Where to report the parts of a supplement.

    Returns:
        The comparison, not yet corrected for others.

    Raises:
        ConfigError: If ``draws``, ``level``, a margin or a region is out of range.
        DataError: If the lengths differ.
    """
    if len(first) != len(second):
        raise DataError(f"{names[0]} has {len(first)} cases and {names[1]} has {len(second)}")
    if higher_is_better is None:
        higher_is_better = known_direction(metric)
    paired, left_out = _pair(first, second, groups), undefined_of(first, second)
    mean = estimate_mean(
        paired.differences,
        paired.groups,
        rng=rng,
        draws=draws,
        level=level,
        bounds=difference_bounds(metric, first, second),
    )
    p_value, how = signed_rank_test(paired.per_group)
    compared = Comparison(
        dataset=dataset,
        metric=metric,
        first=names[0],
        second=names[1],
        cases=paired.cases,
        groups=len(paired.per_group),
        undefined=left_out.cases,
        undefined_first=left_out.first,
        undefined_second=left_out.second,
        infinite=paired.infinite,
        mean_difference=mean.value,
        low=mean.interval.low,
        high=mean.interval.high,
        level=level,
        interval_method=mean.believed,
        p_value=p_value,
        p_adjusted=p_value,
        method=_wilcoxon(how, len(paired.per_group), paired.cases),
        correction="none",
        effect_size=rank_biserial(paired.per_group),
        effect_name="rank-biserial",
        higher_is_better=higher_is_better,
        supplement=None,
        notes=notes,
    )
    if supplement is None:
        return compared
    reported = progress if progress and len(first) > _MANY_CASES else Silent()
    more = _supplement(compared, paired, mean, supplement, draws=draws, progress=reported)
    return replace(compared, supplement=more)


def _pair(first: Values, second: Values, groups: Groups) -> _Paired:
    differences = paired_differences(first, second)
    defined = ~np.isnan(differences)
    infinite = at_infinity(first[defined]), at_infinity(second[defined])
    per_group = without_noise(group_totals(ranked_alike(differences), groups).means)
    kept = slice(0) if any(infinite) else slice(None)
    return _Paired(
        differences=differences[kept],
        groups=groups[kept],
        per_group=per_group,
        cases=int(np.count_nonzero(defined)),
        infinite=infinite,
    )


def _supplement(
    compared: Comparison,
    paired: _Paired,
    mean: Estimate,
    asked: AskedSupplement,
    *,
    draws: int,
    progress: Progress,
) -> Supplement:
    level, per_group = compared.level, paired.per_group
    of_median, of_signs, of_ranks, of_bayes = asked.rng.spawn(4)
    totals = group_totals(paired.differences, paired.groups)
    with progress.task(f"comparing {compared.metric}", _PARTS, unit="parts") as task:
        median = estimate_median(
            paired.differences, paired.groups, rng=of_median, draws=draws, level=level
        )
        task.advance()
        sign_flip = sign_flip_test(totals, rng=of_signs, draws=draws)
        task.advance()
        effect = rank_biserial_effect(per_group, rng=of_ranks, draws=draws, level=level)
        task.advance()
        bayes = None
        if asked.rope is not None:
            bayes = bayesian_signed_rank(per_group, rope=asked.rope, rng=of_bayes)
        task.advance()
    if any(compared.infinite):
        mean, median = (_without_mean(one, len(per_group)) for one in (mean, median))
    margin, direction = asked.margin, compared.higher_is_better
    return Supplement(
        mean=mean,
        median=median,
        paired_t=_paired_t(paired),
        sign_flip=sign_flip,
        sign_flip_adjusted=sign_flip.p_value,
        paired_d=paired_d(per_group[:0] if any(compared.infinite) else per_group, level=level),
        rank_biserial=effect,
        equivalence=None if margin is None else equivalence_test(totals, margin=margin),
        non_inferiority=None
        if margin is None or direction is None
        else non_inferiority_test(totals, margin=margin, higher_is_better=direction),
        bayes=bayes,
    )


def _paired_t(paired: _Paired) -> TestResult:
    found = mean_and_error(group_totals(paired.differences, paired.groups))
    degrees = f"{found.freedom} degrees" if found.freedom > 0 else "not computable"
    return TestResult(found.p_value(), f"paired t over groups, {degrees}")


def _without_mean(estimate: Estimate, groups: int) -> Estimate:
    return replace(estimate, groups=groups, why="infinite values have no mean")


def _wilcoxon(how: str, groups: int, cases: int) -> str:
    """Name the signed-rank test, what it saw, and how its p value was computed."""
    return f"Wilcoxon signed-rank on {'group means' if groups < cases else 'cases'}, {how}"
