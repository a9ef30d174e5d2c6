import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.multitest import multipletests

from twinseg.comparison import Interval, bootstrap_mean, holm, resampling
from twinseg.comparison.resampling import uniform_below
from twinseg.core.errors import ConfigError, DataError


def interval(values, groups, *, seed=0, **options) -> Interval:
    rng = np.random.default_rng(seed)
    found = bootstrap_mean(np.array(values, dtype=float), groups, rng=rng, **options)
    return found.percentile


def test_two_groups_worked_out_on_paper():
    # Group a: 0, 0, 3. Group b: 5. Draws: aa (1/4) mean 1, ab or ba (1/2) mean 8/4 = 2,
    # bb (1/4) mean 5. Weighing groups alike would give 3 for ab.
    values, groups = [0, 0, 5, 3], ["a", "a", "b", "a"]
    assert interval(values, groups) == Interval(1.0, 5.0, 0.95)
    assert interval(values, groups, level=0.4) == Interval(2.0, 2.0, 0.4)  # inner 40 %: all 2


def slow_means(values, groups, chosen):
    """The mean of each draw, case by case: the oracle."""
    names = sorted(set(groups))
    cases = {name: [v for v, g in zip(values, groups, strict=True) if g == name] for name in names}
    return [np.mean([v for place in row for v in cases[names[place]]]) for row in chosen]


@pytest.mark.parametrize("length", [2, 3])
def test_equal_to_a_slow_loop(length: int, monkeypatch):
    monkeypatch.setattr(resampling, "_LARGEST_TABLE", 8**length)
    rng = np.random.default_rng(7)
    values = rng.normal(size=30)
    groups = [f"patient {number % 8}" for number in range(30)]
    draws = np.random.default_rng(0)
    tuples = draws.integers(8**length, size=500 * (8 // length), dtype=np.uint16)
    single = draws.integers(8, size=(500, 8 % length))
    members = np.unravel_index(tuples.reshape(500, -1), (8,) * length)
    means = slow_means(values, groups, np.hstack([*members, single]))
    found = interval(values, groups, draws=500, level=0.9)
    np.testing.assert_allclose([found.low, found.high], np.quantile(means, [0.05, 0.95]))


def test_many_groups_are_drawn_one_by_one():
    values = np.random.default_rng(7).normal(size=600)
    chosen = uniform_below(600, np.random.default_rng(0), 50 * 600)
    means = values[chosen.reshape(50, 600)].mean(axis=1)
    found = interval(values, range(600), draws=50, level=0.9)
    np.testing.assert_allclose([found.low, found.high], np.quantile(means, [0.05, 0.95]))


def test_bounded_memory_changes_no_distribution(monkeypatch):
    values, groups = np.arange(12.0), list("abcdefabcdef")
    expected = interval(values, groups, draws=20_000)
    monkeypatch.setattr(resampling, "_DRAWS_AT_ONCE", 2000)
    found = interval(values, groups, draws=20_000)
    assert [found.low, found.high] == pytest.approx([expected.low, expected.high], abs=0.1)


def test_cases_of_one_group_are_no_independent_evidence():
    # 4 groups, 25 equal cases each: as wide as for 4 cases, not as for 100.
    alone = interval([0, 1, 2, 3], list("abcd"))
    repeated = interval([0, 1, 2, 3] * 25, list("abcd") * 25)
    assert repeated == alone
    as_if_independent = interval([0, 1, 2, 3] * 25, range(100))
    width = as_if_independent.high - as_if_independent.low
    assert width < (repeated.high - repeated.low) / 3


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 3)
    trials = 300
    held = 0
    for _ in range(trials):
        values = rng.normal(size=40)[groups] + rng.normal(size=120)
        found = bootstrap_mean(values, groups, rng=rng, draws=400, level=0.9).percentile
        held += found.low <= 0 <= found.high
    # 90 % of 300 is 270, with a standard deviation of 5; percentile intervals are a bit narrow
    assert 250 <= held <= 285


@given(arrays(float, 8, elements=st.floats(-10, 10)), st.floats(-5, 5), st.floats(0.1, 5))
def test_shift_and_scale(values, shift, scale):
    before = interval(values, list("aabbccdd"), draws=50)
    after = interval(scale * values + shift, list("aabbccdd"), draws=50)
    expected = [scale * before.low + shift, scale * before.high + shift]
    np.testing.assert_allclose([after.low, after.high], expected, atol=1e-9)


def test_row_order_and_undefined_cases_change_nothing():
    values, groups = [1.0, 2.0, 4.0, 8.0], ["a", "b", "b", "c"]
    expected = interval(values, groups)
    assert interval(values[::-1], groups[::-1]) == expected
    assert interval([*values, math.nan, math.inf], [*groups, "a", "d"]) == expected


@pytest.mark.parametrize(
    ("values", "groups"),
    [([], []), ([1.0, 2.0], ["a", "a"]), ([math.nan] * 2, ["a", "b"]), ([1, math.nan], ["a", "b"])],
)
def test_fewer_than_two_groups_have_no_interval(values, groups):
    found = interval(values, groups)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.level == 0.95


@pytest.mark.parametrize(
    ("options", "message"),
    [({"draws": 0}, "draws must be at least 1, got 0"), ({"level": 1.0}, "between 0 and 1, got 1")],
)
def test_bad_settings_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        interval([1, 2], ["a", "b"], **options)


def test_one_group_is_needed_for_each_value():
    with pytest.raises(DataError, match="3 values need 3 groups, got 2"):
        interval([1, 2, 3], ["a", "b"])


def test_holm_worked_out_on_paper():
    # ascending 0.01, 0.02, 0.03, 0.5 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.5
    adjusted = holm(np.array([0.03, 0.01, math.nan, 0.5, 0.02]))
    np.testing.assert_allclose(adjusted, [0.06, 0.04, math.nan, 0.5, 0.06])
    # 0.02 * 2 = 0.04 holds up 0.03 * 1; 0.7 * 2 is cut to 1
    np.testing.assert_allclose(holm(np.array([0.03, 0.02])), [0.04, 0.04])
    np.testing.assert_allclose(holm(np.array([0.9, 0.7])), [1, 1])


@pytest.mark.parametrize("p_values", [[], [math.nan], [0.2]])
def test_nothing_to_correct(p_values):
    np.testing.assert_array_equal(holm(np.array(p_values, dtype=float)), p_values)


@settings(max_examples=8)  # statsmodels takes 50 ms a call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_equals_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(holm(np.array(p_values)), expected)


def test_random_bits_are_shared_out_evenly_and_what_is_left_over_drawn_again():
    class Bits(np.random.Generator):
        """Hands out these 16 bits, then a 7."""

        def integers(self, *args, size, **kwargs):
            if kwargs:
                return np.array([0, 64, 65, 64_999, 65_000, 65_535, 1, 2], np.uint16).view("u8")
            return np.full(size, 7)

    # 65 patterns of 65 536 for each of 1 000 numbers; 536 patterns are left over.
    assert uniform_below(1000, Bits(np.random.PCG64()), 7).tolist() == [0, 0, 1, 999, 7, 7, 0]


@pytest.mark.parametrize("limit", [2, 257, 1000, 40_000, 64_000, 65_536, 70_000, 262_144])
def test_drawn_numbers_are_all_equally_likely(limit):
    drawn = uniform_below(limit, np.random.default_rng(0), 400_001).astype(np.int64)
    assert drawn.size == 400_001
    assert drawn.min() >= 0
    assert drawn.max() < limit
    cells = min(limit, 100)
    observed = np.bincount(drawn * cells // limit, minlength=cells)
    expected = np.bincount(np.arange(limit) * cells // limit, minlength=cells) / limit
    assert stats.chisquare(observed, expected * drawn.size).pvalue > 1e-3
