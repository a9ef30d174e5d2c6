"""Moments on paper, tests against statsmodels, and what the words say at which n."""

from math import isnan, nan

import numpy as np
import pytest
from scipy.stats import norm

from twinseg.data.labels.distribution import moments, normality_test, normality_tests
from twinseg.data.labels.sentences import normality_in_words, p_in_words, shape_in_words


def test_moments_on_paper() -> None:
    found = moments(np.array([1.0, 2.0, 3.0, 4.0, nan, 10.0]))
    assert (found.n, found.mean, found.median) == (5, 4, 3)
    assert (found.minimum, found.p25, found.p75, found.maximum) == (1, 2, 4, 10)
    assert found.sd == pytest.approx(np.sqrt((9 + 4 + 1 + 0 + 36) / 4))
    # Third moment (-27 - 8 - 1 + 216) / 5 = 36, second 50 / 5 = 10; corrected by sqrt(20) / 3.
    assert found.skewness == pytest.approx(36 / 10**1.5 * np.sqrt(20) / 3)
    # Fourth moment (81 + 16 + 1 + 1296) / 5 = 278.8: 2.788 - 3 = -0.212 -> G2 = 4/6 (6 g2 + 6).
    assert found.excess_kurtosis == pytest.approx(4 / 6 * (6 * -0.212 + 6))


def test_moments_of_little_are_undefined_not_wrong() -> None:
    assert moments(np.array([nan])).n == 0
    assert isnan(moments(np.array([])).mean)
    assert isnan(moments(np.array([1.0])).sd)
    even = moments(np.full(30, 0.1))
    assert isnan(even.skewness)
    assert even.mean == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["normal", "exponential"])
def test_anderson_darling_agrees_with_statsmodels(name: str) -> None:
    diagnostic = pytest.importorskip("statsmodels.stats.diagnostic")
    values = getattr(np.random.default_rng(3), name)(size=120)
    statistic, p_value = diagnostic.normal_ad(values)
    found = normality_test("Anderson-Darling", "x", values)
    assert found.statistic == pytest.approx(statistic)
    assert (found.p_value < 0.05) == (p_value < 0.05)


@pytest.mark.parametrize(
    ("n", "run"),
    [
        (2, set()),
        (7, {"Shapiro-Wilk"}),
        (8, {"Shapiro-Wilk", "Anderson-Darling"}),
        (20, {"Shapiro-Wilk", "Anderson-Darling", "D'Agostino K2"}),
        (5001, {"Anderson-Darling", "D'Agostino K2"}),
    ],
)
def test_each_test_runs_only_where_it_is_valid(n: int, run: set[str]) -> None:
    found = normality_tests("x", np.random.default_rng(0).normal(size=n))
    assert {test.test for test in found if not isnan(test.p_value)} == run
    said = normality_in_words(found)
    assert all(
        (f"{test.test} not run (it takes at" in said) != (test.test in run) for test in found
    )


def test_what_the_tests_cannot_say_is_said() -> None:
    rng = np.random.default_rng(1)
    few = normality_in_words(normality_tests("x", rng.normal(size=30)))
    assert "with only 30 values a departure is easily missed" in few.lower()
    many = normality_in_words(normality_tests("x", rng.exponential(size=900)))
    assert "even a departure of no weight is found" in many
    assert many.count("of no weight") == 1  # once for three tests
    alike = normality_test("Shapiro-Wilk", "x", np.full(50, 2.0))
    assert isnan(alike.statistic)
    assert alike.caution == "it takes three different values; there are 1"


def test_p_values_at_the_ends_of_the_table_are_bounds() -> None:
    normal = norm.ppf((np.arange(200) + 0.5) / 200)
    skewed = np.exp(normal)

    def p_of(test: str, values: np.ndarray) -> str:
        return p_in_words(normality_test(test, "x", values))

    assert p_of("Anderson-Darling", skewed) == "< 0.01"
    assert p_of("Anderson-Darling", normal) == "> 0.15"
    assert p_of("Shapiro-Wilk", skewed) == "< 0.001"


def test_shapes_in_words() -> None:
    rng = np.random.default_rng(0)
    assert "skewed to the right (few very large) with heavy tails" in shape_in_words(
        moments(rng.exponential(size=500))
    )
    assert "skewed to the left" in shape_in_words(moments(-rng.exponential(size=500)))
    assert shape_in_words(moments(rng.normal(size=500))).startswith("near symmetric")
    assert shape_in_words(moments(rng.uniform(size=500))).startswith("symmetric, with light tails")
    assert "too few different values" in shape_in_words(moments(np.full(5, 1.0)))
