"""Learning curves, what they promise, and strata."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from twinseg.comparison import (
    cases_needed,
    compare_strata,
    fit_learning_curve,
    halves,
    interaction_test,
    with_more_data,
)
from twinseg.comparison.learning_curve import fit_laws
from twinseg.core.errors import ConfigError, DataError

SIZES = np.array([25.0, 50.0, 100.0, 200.0, 400.0])


def scores(law=(0.9, 1.2, 0.6), *, sizes=SIZES, seeds=3, noise=0.02, groups=30) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    a, b, c = law
    cases = np.arange(2 * groups)
    of_case = rng.normal(0, noise, len(cases))
    parts = [
        pd.DataFrame({
            "train_cases": size, "seed": seed, "case": cases, "group": cases // 2,
            "dice": a - b * size**-c + of_case + rng.normal(0, noise / 5),
        })
        for size in sizes
        for seed in range(seeds)
    ]  # fmt: skip
    return pd.concat(parts)


def curve(table=None, **settings):
    table = scores() if table is None else table
    return fit_learning_curve(table, rng=np.random.default_rng(0), draws=300, **settings)


def test_an_exact_law_is_found_again():
    laws = np.array([[0.9, 1.2, 0.6], [0.8, 0.5, 1.0], [1.0, 0.7, 0.3]])
    means = laws[:, :1] - laws[:, 1:2] * SIZES ** -laws[:, 2:]
    found = fit_laws(SIZES, means, highest=1.0)
    np.testing.assert_allclose(found, laws, rtol=0.02)


def test_the_law_is_the_least_squares_fit_of_scipy():
    found = curve()
    expected, _ = curve_fit(
        lambda n, a, b, c: a - b * n**-c,
        found.sizes,
        found.means,
        p0=(0.9, 1.0, 0.5),
        bounds=([-1, 0, 0.05], [1, np.inf, 2]),
    )
    theirs = expected[0] - expected[1] * SIZES ** -expected[2]
    np.testing.assert_allclose(found.at(SIZES), theirs, atol=1e-4)
    at_most = fit_laws(SIZES, 0.2 * np.log(SIZES)[None], highest=1.0)[0]
    assert at_most[0] == 1.0  # a logarithm would go on for ever


def test_falling_scores_give_a_flat_curve():
    a, b, _ = fit_laws(SIZES, np.array([[0.9, 0.8, 0.7, 0.6, 0.5]]), highest=1.0)[0]
    assert (a, b) == (pytest.approx(0.7), 0.0)


def test_the_band_holds_the_means_and_widens_outwards():
    found = curve()
    low, high = found.band(SIZES)
    assert (low < found.means).all()
    assert (found.means < high).all()
    far_low, far_high = found.band(np.array([1600.0]))
    assert far_high[0] - far_low[0] > high[-1] - low[-1]
    assert (found.groups, found.seeds, found.undefined) == (30, 3, 0)
    clustered = curve(scores().assign(group=0))
    assert clustered.groups == 1


def test_twice_the_data_and_cases_for_a_wish_worked_out_on_paper():
    found = curve(scores(law=(0.9, 1.0, 0.5), noise=1e-6))
    # 0.9 - 1 / sqrt(800) = 0.8646; 0.9 - 1 / sqrt(n) = 0.86 at n = 1 / 0.04^2 = 625
    more = with_more_data(found)
    assert (more.train_cases, more.warnings) == (800, ())
    assert more.expected == pytest.approx(0.8646, abs=2e-4)
    assert more.gain == pytest.approx(0.8646 - 0.85, abs=2e-4)
    need = cases_needed(found, wished=0.86)
    assert need.train_cases == pytest.approx(625, rel=0.02)
    assert (need.unreachable, need.warnings) == (0, ())
    assert "takes about 62" in need.sentence
    assert "With 2 times the data (800 training cases) dice is expected at 0.865" in more.sentence


def said(warnings, text) -> bool:
    return any(text in warning for warning in warnings)


def test_what_the_curve_cannot_say_is_said():
    found = curve()
    assert said(
        with_more_data(found, times=4.0).warnings, "more than 2 times the 400 cases at hand"
    )
    beyond = cases_needed(found, wished=0.95)
    assert beyond.train_cases is None
    assert beyond.unreachable > 0.9
    assert "out of reach" in beyond.sentence
    assert said(beyond.warnings, "The curve levels off at 0.9")
    far = cases_needed(curve(scores(noise=1e-6)), wished=0.89)
    assert said(far.warnings, "more than 2 times")
    few = with_more_data(curve(scores(sizes=SIZES[2:], seeds=1)))
    assert said(few.warnings, "Only 3 numbers of training cases")
    assert said(few.warnings, "One seed for each number")
    close = with_more_data(curve(scores(sizes=np.array([50.0, 60, 70, 80]))))
    assert said(close.warnings, "less than 4 times apart")
    flat = with_more_data(curve(scores(law=(0.8, 0.0, 1.0))))
    assert said(flat.warnings, "flat within its uncertainty")
    assert said(with_more_data(curve(scores(groups=4))).warnings, "Only 4 test groups")
    bent = scores(noise=1e-6)
    bent = bent.assign(dice=bent["dice"] - 0.2 * (bent["train_cases"] == 100))
    assert said(with_more_data(curve(bent)).warnings, "The law misses a measured mean by 0.")


def test_undefined_cases_are_left_out_of_every_run_and_counted():
    table = scores()
    holed = table.assign(dice=table["dice"].where((table["case"] != 5) | (table["seed"] != 1)))
    assert curve(holed).undefined == 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda table: table[table["train_cases"] < 100], "got 2 numbers, 3 seeds and 6 runs"),
        (
            lambda table: table[(table["train_cases"] != 50) | (table["seed"] != 1)],
            "got 5 numbers, 3 seeds and 14 runs",
        ),
        (lambda table: pd.concat([table, table.iloc[:1]]), "one score per run and case"),
        (lambda table: table.assign(dice=np.nan), "no test case has a dice in every run"),
    ],
)
def test_tables_without_a_curve_are_refused(spoil, message):
    with pytest.raises(DataError, match=message):
        curve(spoil(scores()))
    with pytest.raises(ConfigError, match="times must be above 0"):
        with_more_data(curve(), times=0.0)


def stratified(by_group: bool, effect: float, seed: int = 0):
    rng = np.random.default_rng(seed)
    groups = np.arange(120) // 3
    labels = groups % 3 == 0 if by_group else np.arange(120) % 3 == 0
    strata = pd.Series(np.where(labels, "rare", "frequent"), name="kind")
    first = rng.uniform(0.5, 0.7, 120)
    second = first + rng.normal(0, 0.05, 40)[groups] + effect * labels + rng.normal(0, 0.02, 120)
    return first, second, strata, groups


def of_strata(first, second, strata, groups):
    return compare_strata(
        first, second, strata, groups=groups, metric="dice", names=("A", "B"),
        rng=np.random.default_rng(0), draws=999,
    )  # fmt: skip


@pytest.mark.parametrize("by_group", [True, False])
def test_an_interaction_is_found_and_said(by_group):
    result = of_strata(*stratified(by_group, 0.1))
    assert [one.name for one in result.strata] == ["frequent", "rare"]
    assert [one.cases for one in result.strata] == ([78, 42] if by_group else [80, 40])
    assert result.interaction.p_value < 0.01
    assert result.interaction.interval.holds(0.1)
    assert "The strata differ, +0." in result.sentence
    how = (
        "strata shuffled over groups, 999"
        if by_group
        else "F test with errors over groups, 1 and 38"
    )
    assert how in result.sentence
    none = of_strata(*stratified(by_group, 0.0))
    assert none.interaction.p_value > 0.05
    assert "do not clearly differ" in none.sentence


def test_one_clear_stratum_and_one_unclear_are_no_interaction():
    # Same effect in both; the small stratum is just too small to show it.
    rng = np.random.default_rng(1)
    first = np.zeros(60)
    second = 0.05 + rng.normal(0, 0.08, 60)
    strata = pd.Series(["many"] * 54 + ["few"] * 6, name="site")
    result = of_strata(first, second, strata, np.arange(60))
    few, many = result.strata
    assert many.p_adjusted < 0.05 < few.p_adjusted
    assert many.p_adjusted == 2 * many.p_value  # Holm
    assert result.interaction.p_value > 0.05


def test_paired_images_within_patients_worked_out_on_paper():
    # Each of 3 groups has one case in a and one in b: b - a is 1, 2, 3 in the groups.
    values = np.array([0.0, 1.0, 0.0, 2.0, 0.0, 3.0])
    found = interaction_test(
        values, np.array([0, 0, 1, 1, 2, 2]), np.array(["a", "b"] * 3), rng=np.random.default_rng(0)
    )
    assert found.difference == pytest.approx(2)
    # the error over groups is that of the mean of 1, 2, 3: 1 / sqrt(3); t = 2 * sqrt(3), 1 degree
    assert found.p_value == pytest.approx(2 * (0.5 - math.atan(2 * math.sqrt(3)) / math.pi))


def test_three_strata_have_one_test():
    first, second, _, groups = stratified(True, 0.0)
    strata = pd.Series([f"site {group % 3}" for group in groups], name="site")
    result = of_strata(first, second + 0.1 * (groups % 3 == 2), strata, groups)
    assert result.interaction.p_value < 0.01
    assert math.isnan(result.interaction.difference)


def test_strata_are_counted_and_checked():
    first, second, strata, groups = stratified(True, 0.0)
    first[1], strata[4] = np.nan, None
    result = of_strata(first, second, strata, groups)
    assert result.without_stratum == 1
    assert sum(one.undefined for one in result.strata) == 1
    with pytest.raises(DataError, match="kind has 1 values; strata are 2 to 12"):
        of_strata(first, second, strata.where(strata == "rare"), groups)
    lonely = pd.Series(["a"] * 119 + ["b"], name="x")
    unknown = of_strata(first, second, lonely, groups)
    assert "cannot be computed: a stratum has fewer than two groups" in unknown.sentence


def test_halves_cut_at_the_median():
    cut = halves(pd.Series([1.0, 2.0, 3.0, 4.0, np.nan], name="area"))
    assert list(cut[:4]) == ["small", "small", "large", "large"]
    assert cut.isna().tolist() == [False] * 4 + [True]


def test_shuffled_strata_equal_all_splits_by_welchs_statistic():
    # Three groups of one case against five, widely spread: all 56 splits, by hand.
    values = np.array([1.7, 1.7, 1.4, -2.6, 5.4, -1.9, -1.1, -0.1])

    def welch(chosen) -> float:
        a, b = values[list(chosen)], np.delete(values, list(chosen))
        return (a.mean() - b.mean()) ** 2 / (a.var(ddof=1) / 3 + b.var(ddof=1) / 5)

    seen = welch((0, 1, 2))
    expected = np.mean([welch(chosen) >= seen - 1e-9 for chosen in combinations(range(8), 3)])
    found = interaction_test(
        values,
        np.arange(8),
        np.array(["a"] * 3 + ["b"] * 5),
        rng=np.random.default_rng(0),
        draws=20_000,
    )
    assert found.p_value == pytest.approx(expected, abs=0.01)
