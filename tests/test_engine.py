import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from twinseg.comparison import (
    AskedSupplement,
    Comparison,
    compare,
    rank_biserial,
)
from twinseg.core.errors import ConfigError, DataError

NAN = math.nan


def compared(first, second, groups=None, *, metric="dice", seed=0, **settings) -> Comparison:
    return compare(
        np.array(first, dtype=float),
        np.array(second, dtype=float),
        groups=list(range(len(first))) if groups is None else groups,
        dataset="lesions",
        metric=metric,
        names=("random", "imagenet"),
        rng=np.random.default_rng(seed),
        **settings,
    )


def of_differences(differences, groups=None, **settings) -> Comparison:
    return compared([0.0] * len(differences), differences, groups, **settings)


def test_worked_out_on_paper():
    # Differences second - first: group a 0.1, 0.3 (mean 0.2); b -0.3; c 0.5; one case undefined.
    # Mean over cases (0.1 + 0.3 - 0.3 + 0.5) / 4 = 0.15.
    # Group means 0.2, -0.3, 0.5 have ranks 1, -2, 3: effect (1 + 3 - 2) / 6.
    # W+ = 4; of the 8 sign patterns 3 reach it (1 + 3, 2 + 3, 1 + 2 + 3), two-sided 6/8.
    first, second = [0.5, 0.5, 0.6, 0.2, NAN], [0.6, 0.8, 0.3, 0.7, 0.9]
    result = compared(first, second, ["a", "a", "b", "c", "d"])
    assert (result.cases, result.groups, result.undefined) == (4, 3, 1)
    assert result.mean_difference == pytest.approx(0.15)
    assert result.p_value == result.p_adjusted == pytest.approx(0.75)
    assert result.effect_size == pytest.approx(2 / 6)
    assert result.effect_name == "rank-biserial"
    assert result.method == "Wilcoxon signed-rank on group means, exact"
    assert result.correction == "none"
    assert (result.dataset, result.metric) == ("lesions", "dice")
    assert (result.first, result.second) == ("random", "imagenet")
    assert result.low < result.mean_difference < result.high


def all_sign_patterns(differences) -> float:
    """Two-sided p value of the signed rank sum over all sign patterns: the oracle."""
    ranks = stats.rankdata(np.abs(differences))
    ranks[differences == 0] = 0
    middle = ranks.sum() / 2
    away = abs(ranks[differences > 0].sum() - middle)
    sums = [np.dot(signs, ranks) for signs in product([0, 1], repeat=len(ranks))]
    return float(np.mean([abs(total - middle) >= away - 1e-9 for total in sums]))


@pytest.mark.parametrize(
    "differences",
    [
        [0.1, 0.2, -0.3, 0.4, 0.5, 0.6, 0.7],
        [0.1, 0.1, -0.1, 0.2, 0.2, 0.3],  # ties
        [0.0, 0.0, 0.1, 0.2, 0.3, -0.4],  # zeros keep their ranks
        [0.0, 0.5],
    ],
)
def test_small_samples_are_exact(differences):
    result = of_differences(differences)
    assert result.p_value == pytest.approx(all_sign_patterns(np.array(differences)))
    assert result.method == "Wilcoxon signed-rank on cases, exact"


@pytest.mark.parametrize(
    ("groups", "tied", "method"),
    [
        (51, True, "exact"),  # of 51, one is zero
        (50, False, "exact"),
        (51, False, "normal approximation"),
    ],
)
def test_large_samples_are_approximated(groups, tied, method):
    differences = np.random.default_rng(3).normal(0.3, 1, size=groups).round(6)
    if tied:
        differences[:3] = 0, 0.5, 0.5
    result = of_differences(differences)
    assert result.method == f"Wilcoxon signed-rank on cases, {method}"
    if method != "exact":
        oracle = stats.wilcoxon(differences, zero_method="pratt", method="asymptotic")
        assert result.p_value == oracle.pvalue


def test_level_and_draws_reach_the_interval():
    differences = np.random.default_rng(3).normal(size=200)
    wide, narrow = (of_differences(differences, level=level) for level in (0.95, 0.5))
    assert (wide.level, narrow.level) == (0.95, 0.5)
    assert wide.interval_method == "BCa"
    assert wide.low < narrow.low < narrow.high < wide.high
    only = of_differences(differences, draws=1)
    assert only.low == only.high


def test_few_groups_get_the_interval_of_student():
    # mean 2, standard deviation 1, so the error is 1 / sqrt(3); t(0.975; 2) = 4.3027
    result = of_differences([1.0, 2.0, 3.0])
    assert result.interval_method == "Student"
    assert [result.low, result.high] == pytest.approx([2 - 2.48414, 2 + 2.48414], abs=1e-5)


def test_no_difference_at_all():
    result = of_differences([0.0, 0.0, 0.0])
    assert (result.p_value, result.effect_size, result.low, result.high) == (1.0, 0.0, 0.0, 0.0)
    assert result.method == "Wilcoxon signed-rank on cases, all differences zero"


def test_rounding_makes_no_difference():
    # 0.1 + 0.2 - 0.3 is 5.6e-17 in binary, for each of eight groups
    result = of_differences([0.1, 0.2, -0.3] * 8, [*"aaabbbcccdddeeefffggghhh"])
    assert (result.p_value, result.effect_size) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("first", "second", "groups", "counts"),
    [
        ([], [], [], (0, 0, 0)),
        ([NAN, 0.1], [0.2, NAN], ["a", "b"], (0, 0, 2)),
        ([0.1, 0.1, NAN], [0.2, 0.4, 0.1], ["a", "a", "b"], (2, 1, 1)),
    ],
)
def test_fewer_than_two_groups_cannot_be_compared(first, second, groups, counts):
    result = compared(first, second, groups, metric="hausdorff95")
    assert (result.cases, result.groups, result.undefined) == counts
    numbers = [result.low, result.high, result.p_value, result.p_adjusted, result.effect_size]
    np.testing.assert_array_equal(numbers, [NAN] * 5)
    assert "not computable" in result.method


def test_effect_size_worked_out_on_paper():
    assert rank_biserial(np.array([1.0, 2.0, 3.0])) == 1
    assert rank_biserial(np.array([-1.0, -2.0])) == -1
    # ranks 1, 2, 3: 3 for, 1 + 2 against
    assert rank_biserial(np.array([-1.0, -2.0, 3.0])) == 0
    # the zero takes rank 1 and speaks for neither: (2 + 3 - 0) / 6
    assert rank_biserial(np.array([0.0, 2.0, 3.0])) == pytest.approx(5 / 6)


differences_of_groups = arrays(float, (6, 2), elements=st.integers(-20, 20).map(float))


@given(differences_of_groups)
def test_swapping_the_models_turns_the_signs(pair):
    groups = list("aabbcd")
    one = compared(pair[:, 0], pair[:, 1], groups, draws=200)
    other = compared(pair[:, 1], pair[:, 0], groups, draws=200)
    assert other.mean_difference == -one.mean_difference
    assert other.p_value == pytest.approx(one.p_value)
    assert other.effect_size == pytest.approx(-one.effect_size)
    np.testing.assert_allclose([other.low, other.high], [-one.high, -one.low], atol=1e-12)


@settings(max_examples=8)
@given(differences_of_groups, st.sampled_from([None, 0.5]))
def test_a_supplement_changes_nothing_else(pair, margin):
    groups = list("aabbcd")
    asked = AskedSupplement(rng=np.random.default_rng(1), margin=margin)
    plain = compared(pair[:, 0], pair[:, 1], groups, draws=50)
    more = compared(pair[:, 0], pair[:, 1], groups, draws=50, supplement=asked)
    assert replace(more, supplement=None) == plain
    assert more.supplement.rank_biserial.value == plain.effect_size
    assert more.supplement.mean.value == plain.mean_difference
    assert (more.supplement.equivalence is None) == (margin is None)


def test_the_test_sees_group_means_not_cases():
    differences = [0.1, 0.2, -0.3, 0.4]
    alone = of_differences(differences)
    repeated = of_differences(differences * 10, list("abcd") * 10)
    assert (repeated.p_value, repeated.effect_size) == (alone.p_value, alone.effect_size)
    assert (repeated.cases, repeated.groups) == (40, 4)


def test_bad_input_is_refused():
    with pytest.raises(ConfigError, match="level must lie between 0 and 1, got 2.0"):
        compared([1.0], [1.0], level=2.0)
    with pytest.raises(DataError, match="2 values need 2 groups, got 1"):
        compared([1.0, 2.0], [1.0, 2.0], ["a"])


@pytest.mark.usefixtures("as_users_run_it")
def test_models_with_other_numbers_of_cases_are_refused():
    with pytest.raises(DataError, match="random has 2 cases and imagenet has 1"):
        compared([1.0, 2.0], [1.0])
