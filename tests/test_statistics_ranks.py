"""Signed ranks: every pattern of signs, and n log n gives the numbers of the definition."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from twinseg.comparison import rank_biserial, rank_biserial_effect, signed_rank_test
from twinseg.comparison.effect import _Ranked
from twinseg.comparison.median import medians_without_each_group

# Few values, so that ties and zeros are common.
differences = st.lists(st.integers(-3, 3), min_size=2, max_size=9).map(
    lambda values: np.array(values, dtype=float)
)


def by_all_patterns(values: np.ndarray) -> float:
    ranks = stats.rankdata(np.abs(values))
    signed = ranks[values != 0]
    sums = [abs(np.dot(signs, signed)) for signs in product((-1, 1), repeat=len(signed))]
    return float(np.mean(np.array(sums) >= abs(float((np.sign(values) * ranks).sum()))))


@given(differences)
def test_the_signed_rank_test_counts_every_pattern_of_signs(values):
    assert signed_rank_test(values)[0] == pytest.approx(by_all_patterns(values))
    assert signed_rank_test(-values[::-1])[0] == pytest.approx(signed_rank_test(values)[0])


@pytest.mark.parametrize(("groups", "differing"), [(40, 4), (45, 5), (20, 3), (100_000, 4)])
def test_zeros_have_no_sign_to_flip(groups, differing):
    # All of one sign: only that pattern and its mirror are as far out, 2 / 2**k.
    values = np.zeros(groups)
    values[:differing] = np.linspace(0.01, 0.05, differing)
    assert signed_rank_test(values) == (pytest.approx(2 / 2**differing), "exact")


@pytest.mark.parametrize("groups", [5, 20, 50])
def test_without_ties_it_is_scipys_exact_test(groups):
    values = np.random.default_rng(groups).normal(0.2, 1, groups)
    assert signed_rank_test(values)[0] == pytest.approx(
        stats.wilcoxon(values, method="exact").pvalue
    )


def test_at_fifty_signs_the_normal_curve_is_close():
    values = np.random.default_rng(0).normal(0.2, 1, 50).round(1)  # ties and zeros
    normal = stats.wilcoxon(values, zero_method="pratt", method="asymptotic").pvalue
    assert signed_rank_test(values)[1] == "exact"
    assert signed_rank_test(values)[0] == pytest.approx(normal, abs=0.003)


@given(differences)
def test_leaving_each_out_in_one_sorting_equals_ranking_anew(values):
    expected = [rank_biserial(np.delete(values, place)) for place in range(len(values))]
    ranked = _Ranked.of(values)
    found = np.empty(len(values))
    found[ranked.order] = ranked.without_each()
    if len(values) > 2:
        np.testing.assert_allclose(found, expected, atol=1e-12)


@given(differences, st.integers(0, 99))
def test_resamples_ranked_by_counting_equal_resamples_ranked_anew(values, seed):
    places = np.random.default_rng(seed).integers(len(values), size=(20, len(values)))
    taken = np.stack([np.bincount(row, minlength=len(values)) for row in places])
    expected = [rank_biserial(values[row]) for row in places]
    ranked = _Ranked.of(values)
    found = ranked.rank_biserials(taken[:, ranked.order])
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_medians_without_each_group_equal_numpy(cases):
    values = np.array([float(value) for value, _ in cases])
    numbers = np.unique([group for _, group in cases], return_inverse=True)[1]
    expected = [
        np.median(values[numbers != group]) if (numbers != group).any() else np.nan
        for group in range(int(numbers.max()) + 1)
    ]
    np.testing.assert_array_equal(medians_without_each_group(values, numbers), expected)


def test_ten_thousand_groups_need_no_table_of_pairs():
    # 10,000 x 10,000 numbers would be 800 MB; the jackknife is one sorting.
    values = np.random.default_rng(0).normal(0.1, 1, 10_000)
    found = rank_biserial_effect(values, rng=np.random.default_rng(0), draws=199)
    assert found.interval.low < found.value < found.interval.high
    assert found.interval.high - found.interval.low == pytest.approx(
        2 * stats.norm.ppf(0.975) / np.sqrt(0.75 * 10_000), rel=0.2
    )  # the spread of signed ranks without a difference: 1 / sqrt(3/4 n)
    medians = medians_without_each_group(values, np.arange(10_000))
    assert len(np.unique(medians)) == 2  # of an even number: one of the middle two is gone
