"""Intervals over groups, against SciPy, statsmodels, slow loops and numbers from paper."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from twinseg.comparison import (
    bootstrap_mean,
    bootstrap_median,
    estimate_mean,
    estimate_median,
    group_totals,
)
from twinseg.comparison.bca import bca_interval
from twinseg.comparison.median import counted_medians
from twinseg.comparison.resampling import case_counts
from twinseg.comparison.student import mean_and_error


def clustered(groups: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(groups), rng.integers(1, 6, size=groups))
    return rng.gamma(1.0, size=groups)[numbers] + rng.normal(size=len(numbers)), numbers


def ratio(sums, cases, axis=-1):
    return sums.sum(axis=axis) / cases.sum(axis=axis)


def test_bca_equals_scipy_on_the_same_resamples():
    values, groups = clustered(25)
    totals = group_totals(values, groups)
    theirs = stats.bootstrap(
        (totals.sums, totals.cases.astype(float)),
        ratio,
        paired=True,
        method="BCa",
        n_resamples=500,
        rng=np.random.default_rng(0),
    )
    without = np.array(
        [ratio(np.delete(totals.sums, k), np.delete(totals.cases, k)) for k in range(25)]
    )
    found = bca_interval(totals.mean, theirs.bootstrap_distribution, without, 0.95)
    expected = theirs.confidence_interval
    assert [found.low, found.high] == pytest.approx([expected.low, expected.high], abs=1e-12)


def test_bca_of_the_mean_equals_scipy_within_chance():
    values, groups = clustered(30)
    totals = group_totals(values, groups)
    found = bootstrap_mean(values, groups, rng=np.random.default_rng(1), draws=60_000)
    for method, ours in (("BCa", found.bca), ("percentile", found.percentile)):
        theirs = stats.bootstrap(
            (totals.sums, totals.cases.astype(float)),
            ratio,
            paired=True,
            method=method,
            n_resamples=60_000,
            batch=5000,
            rng=np.random.default_rng(2),
        ).confidence_interval
        assert [ours.low, ours.high] == pytest.approx([theirs.low, theirs.high], abs=0.015)
    assert found.bca.low > found.percentile.low  # skewed to the right: both ends move there
    assert found.bca.high > found.percentile.high


def test_bca_where_its_correction_is_infinite_is_unknown():
    found = bca_interval(9.0, np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0]), 0.95)
    assert math.isnan(found.low)
    equal = bca_interval(2.0, np.array([2.0, 2.0]), np.array([2.0, 2.0]), 0.95)
    assert (equal.low, equal.high) == (2.0, 2.0)


def test_a_drawn_group_comes_with_all_its_cases():
    # Group 0: 0 and 10; group 1: one case of 5. Drawn: 00, 01, 10 or 11, each 1 in 4.
    rng = np.random.default_rng(0)
    counts = np.concatenate(list(case_counts(np.array([0, 0, 1]), rng, 1000)))
    assert (counts[:, 0] == counts[:, 1]).all()
    taken, times = np.unique(counts[:, 0], return_counts=True)
    assert taken.tolist() == [0, 1, 2]
    np.testing.assert_allclose(times / 1000, [0.25, 0.5, 0.25], atol=0.05)


@pytest.mark.parametrize("cases", [1, 2, 7, 8])
def test_counted_medians_equal_numpy_on_the_repeated_values(cases):
    rng = np.random.default_rng(cases)
    values, counts = rng.normal(size=cases).round(1), rng.integers(0, 4, size=(50, cases))
    counts[:, 0] += 1
    expected = [np.median(np.repeat(values, row)) for row in counts]
    np.testing.assert_array_equal(counted_medians(values, counts), expected)


def test_the_median_resamples_whole_groups():
    # Groups 0: 1, 2, 3 and 1: 10. Draws 00 median 2, 01 (1, 2, 3, 10) 2.5, 11 median 10.
    found = bootstrap_median(
        np.array([1.0, 2.0, 3.0, 10.0]), [0, 0, 0, 1], rng=np.random.default_rng(0)
    )
    assert (found.percentile.low, found.percentile.high) == (2.0, 10.0)
    one = estimate_median(
        np.array([1.0, 2.0, 3.0, 10.0]), [0, 0, 0, 1], rng=np.random.default_rng()
    )
    assert (one.value, one.groups) == (2.5, 2)
    assert "no interval of a median is to be trusted with 2 groups" in one.why


def test_student_of_equal_groups_is_the_t_interval_of_their_means():
    values, groups = np.random.default_rng(0).normal(size=24), np.arange(24) // 3
    found = mean_and_error(group_totals(values, groups))
    means = values.reshape(8, 3).mean(axis=1)
    expected = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    interval = found.interval(0.95)
    assert [interval.low, interval.high] == pytest.approx([expected.low, expected.high])
    assert found.p_value() == pytest.approx(stats.ttest_1samp(means, 0).pvalue)


def test_student_of_unequal_groups_is_the_cluster_robust_error_of_statsmodels():
    values, groups = clustered(12)
    fit = sm.OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    found = mean_and_error(group_totals(values, groups))
    assert found.mean == pytest.approx(fit.params[0])
    assert found.standard_error == pytest.approx(fit.bse[0] * math.sqrt(12 / 11))


@pytest.mark.parametrize(
    ("groups", "believed", "why"),
    [
        (1, "Student", "with 1 group, fewer than 6, trust none of them"),
        (5, "Student", "with 5 groups, fewer than 6, trust none of them"),
        (6, "Student", "with 6 groups Student's held the truth most often when simulated"),
        (199, "Student", "with 199 groups Student's held the truth most often when simulated"),
        (200, "BCa", "with 200 groups the intervals agree, and BCa follows skewness"),
    ],
)
def test_which_interval_to_believe(groups, believed, why):
    values = np.random.default_rng(0).normal(size=groups)
    found = estimate_mean(values, range(groups), rng=np.random.default_rng(0), draws=200)
    assert (found.believed, found.why, found.groups) == (believed, why, groups)
    assert found.interval is (found.bca if believed == "BCa" else found.student)


def test_intervals_end_where_a_mean_can_go():
    # Two groups of Dice 0.9 and 0.5: the mean is 0.7 and Student's interval 0.7 +- 12.7 * 0.2.
    values, rng = np.array([0.9, 0.5]), np.random.default_rng(0)
    wide = estimate_mean(values, ["a", "b"], rng=rng)
    assert [wide.student.low, wide.student.high] == pytest.approx([-1.841, 3.241], abs=1e-3)
    cut = estimate_mean(values, ["a", "b"], rng=rng, bounds=(0.0, 1.0))
    assert (cut.student.low, cut.student.high) == (0.0, 1.0)
    assert (cut.bca.low, cut.bca.high) == (0.5, 0.9)
    assert not estimate_mean(values[:1], ["a"], rng=rng, bounds=(0.0, 1.0)).student.is_known


def test_nothing_defined():
    nothing = np.array([math.nan, math.nan])
    for estimate in (estimate_mean, estimate_median):
        found = estimate(nothing, ["a", "b"], rng=np.random.default_rng(0))
        assert math.isnan(found.value)
        assert not found.interval.is_known
        assert found.groups == 0


def test_bca_counts_ties_by_half():
    # Half of the ties below: (1/4 + 3/4) / 2 = 1/2, no bias; no skewness: the percentile interval.
    found = bca_interval(2.0, np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 3.0]), 0.5)
    assert [found.low, found.high] == pytest.approx([1.75, 2.25])
