"""Compare two models on the same cases with every interval, test and effect size."""

from dataclasses import replace

import numpy as np

from twinseg.comparison.analysis import Analysis
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
from twinseg.comparison.groups import Groups, group_totals
from twinseg.comparison.sign_flip import TestResult, sign_flip_test
from twinseg.comparison.signed_rank import signed_rank_test
from twinseg.comparison.student import mean_and_error
from twinseg.comparison.undefined import undefined_of
from twinseg.core.arrays import Values
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress, Silent
from twinseg.metrics import higher_is_better as known_direction

_PARTS = 5  # reported to progress
_MANY_CASES = 2_000  # take longer than a blink


def analyse(
    first: Values,
    second: Values,
    *,
    groups: Groups,
    metric: str,
    names: tuple[str, str],
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
    margin: float | None = None,
    rope: float | None = None,
    higher_is_better: bool | None = None,
    within: bool = False,
    notes: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> Analysis:
    """Compare two models on the same cases in the same order; second minus first.

    Where values are infinite there is no mean: ranks alone are tested, in which an infinite value
    lies beyond every number, and everything about means and medians is NaN.

    Args:
        first: Values of the model that is subtracted, (case,); NaN where undefined, infinite
            where the model has failed.
        second: Values of the model it is subtracted from, same cases in the same order.
        groups: The group of each case.
        metric: Name of what the values are; usual ones bring their better direction.
        names: Of the first and the second model.
        rng: Source of randomness; each part gets a stream of its own.
        draws: Resamples and random patterns.
        level: Of the intervals, between 0 and 1.
        margin: Largest difference that does not matter, for equivalence and non-inferiority.
        rope: Half width of the region of practical equivalence of the Bayesian test.
        higher_is_better: For metrics whose name does not say it.
        within: Resample also the cases within groups.
        notes: What the caller did to the tables; goes into the result.
        progress: Where to report.

    Raises:
        ConfigError: If ``draws``, ``level``, ``margin`` or ``rope`` is out of range.
        DataError: If the lengths differ.
    """
    if len(first) != len(second):
        raise DataError(f"{names[0]} has {len(first)} cases and {names[1]} has {len(second)}")
    if draws < 1:
        raise ConfigError(f"draws must be at least 1, got {draws}")
    differences = paired_differences(first, second)
    defined = ~np.isnan(differences)
    infinite = at_infinity(first[defined]), at_infinity(second[defined])
    per_group = without_noise(group_totals(ranked_alike(differences), groups).means)
    groups_of_means = groups
    if any(infinite):
        differences, groups_of_means = differences[:0], groups[:0]
    totals = group_totals(differences, groups_of_means)
    if higher_is_better is None:
        higher_is_better = known_direction(metric)
    of_mean, of_median, of_signs, of_ranks, of_bayes = rng.spawn(5)
    shown = progress if progress and len(first) > _MANY_CASES else Silent()
    with shown.task(f"comparing {metric}", _PARTS, unit="parts") as task:
        mean = estimate_mean(
            differences, groups_of_means, rng=of_mean, draws=draws, level=level, within=within
        )
        task.advance()
        median = estimate_median(
            differences, groups_of_means, rng=of_median, draws=draws, level=level, within=within
        )
        task.advance()
        if any(infinite):
            mean, median = (_without_mean(one, len(per_group)) for one in (mean, median))
        sign_flip = sign_flip_test(totals, rng=of_signs, draws=draws)
        task.advance()
        effect = rank_biserial_effect(per_group, rng=of_ranks, draws=draws, level=level)
        task.advance()
        bayes = None if rope is None else bayesian_signed_rank(per_group, rope=rope, rng=of_bayes)
        task.advance()
    p_value, method = signed_rank_test(per_group)
    student = mean_and_error(totals)
    degrees = f"{student.freedom} degrees" if student.freedom > 0 else "not computable"
    cases = int(np.count_nonzero(defined))
    return Analysis(
        metric=metric,
        first=names[0],
        second=names[1],
        cases=cases,
        groups=len(per_group),
        left_out=undefined_of(first, second),
        infinite=infinite,
        higher_is_better=higher_is_better,
        level=level,
        mean=mean,
        median=median,
        wilcoxon=TestResult(p_value, wilcoxon_method(method, len(per_group), cases)),
        paired_t=TestResult(student.p_value(), f"paired t over groups, {degrees}"),
        sign_flip=sign_flip,
        p_adjusted=p_value,
        sign_flip_adjusted=sign_flip.p_value,
        correction="none",
        paired_d=paired_d(per_group[:0] if any(infinite) else per_group, level=level),
        rank_biserial=effect,
        equivalence=None if margin is None else equivalence_test(totals, margin=margin),
        non_inferiority=non_inferiority_test(
            totals, margin=margin, higher_is_better=higher_is_better
        )
        if margin is not None and higher_is_better is not None
        else None,
        bayes=bayes,
        notes=notes,
    )


def _without_mean(estimate: Estimate, groups: int) -> Estimate:
    return replace(estimate, groups=groups, why="infinite values have no mean")


def wilcoxon_method(how: str, groups: int, cases: int) -> str:
    """Name the signed-rank test, what it saw, and how its p value was computed."""
    return f"Wilcoxon signed-rank on {'group means' if groups < cases else 'cases'}, {how}"
