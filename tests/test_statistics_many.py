"""Many models, mixed models, variance components and power, against published examples."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.drawn_scores import runs
from twinseg.comparison import (
    compare_many,
    difference_spread,
    needed,
    power_of,
    replicate_agreement,
    variance_components,
)
from twinseg.comparison.mean_squares import (
    crossed_components,
    resampled_components,
    split_by_group,
)
from twinseg.comparison.mixed_model import fit_mixed_model
from twinseg.comparison.power import DifferenceSpread
from twinseg.core.errors import ConfigError, DataError

NAMES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
# Area under the curve of four classifiers on 14 datasets: Demšar 2006, table 6
DEMSAR = np.array([
    [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.975, 0.975], [0.957, 0.978, 0.946, 0.970],
])  # fmt: skip
# Six targets, four judges: Shrout & Fleiss 1979, table 2
SHROUT = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)


def test_critical_differences_of_demsar():
    # Section 3.2.2: 2.569 * sqrt(4 * 5 / (6 * 14)) = 1.25, and 1.12 at 10 %.
    for alpha, expected in ((0.05, 1.25), (0.10, 1.12)):
        found = compare_many(DEMSAR, NAMES, higher_is_better=True, alpha=alpha)
        assert found.critical_difference == pytest.approx(expected, abs=0.005)


def test_ranks_of_demsar():
    # His mean ranks are 3.143, 2.000, 2.893, 1.964, from scores before they were rounded.
    found = compare_many(DEMSAR, NAMES, higher_is_better=True)
    assert found.models == ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")
    assert found.mean_ranks == pytest.approx([1.964, 2.0, 2.893, 3.143], abs=0.04)
    oracle = stats.friedmanchisquare(*DEMSAR.T)
    assert (found.chi_square, found.p_value) == pytest.approx(tuple(oracle))
    f = 13 * oracle.statistic / (14 * 3 - oracle.statistic)
    assert found.f_p_value == pytest.approx(stats.f.sf(f, 3, 39))
    assert found.cliques == ((0, 3),)  # 3.14 - 1.93 < 1.25
    assert "Friedman over 14 groups (0 undefined)" in str(found)


def test_nemenyi_and_cliques_worked_out_on_paper():
    # 12 groups order a, b, c alike: ranks 1, 2, 3. CD = 2.343 * sqrt(12 / 72) = 0.957.
    values = np.tile([3.0, 2.0, 1.0], (13, 1))
    values[-1] = np.nan
    found = compare_many(values, ("a", "b", "c"), higher_is_better=True)
    assert (found.groups, found.undefined, found.chi_square) == (12, 1, 24)
    assert found.critical_difference == pytest.approx(0.957, abs=5e-4)
    assert found.cliques == ()
    expected = stats.studentized_range.sf(np.sqrt(2) / np.sqrt(12 / 72), 3, np.inf)
    assert found.p_of_pairs[0][1] == pytest.approx(expected)
    lower = compare_many(values, ("a", "b", "c"), higher_is_better=False)
    assert lower.models == ("c", "b", "a")
    alike = compare_many(np.ones((5, 3)), ("a", "b", "c"), higher_is_better=True)
    assert (alike.p_value, alike.cliques) == (1, ((0, 2),))


def test_two_models_are_a_pair():
    with pytest.raises(DataError, match="takes three models or more"):
        compare_many(np.ones((5, 2)), ("a", "b"), higher_is_better=True)


def test_agreement_of_shrout_and_fleiss():
    # Their table 4: ICC(2,1) = 0.29, interval 0.02 to 0.76.
    found = replicate_agreement(SHROUT.astype(float))
    assert found.value == pytest.approx(0.29, abs=0.005)
    assert [found.interval.low, found.interval.high] == pytest.approx([0.02, 0.76], abs=0.005)
    assert "ICC of 4 replicates over 6 cases: 0.290" in str(found)
    perfect = replicate_agreement(np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert perfect.value == 1
    assert np.isnan(replicate_agreement(np.ones((5, 1))).value)


def test_components_of_balanced_runs_equal_reml():
    # With all combinations present, moments and REML agree where no component is negative.
    table = runs(inits=("random",))
    found = variance_components(table, "logit")
    assert found.levels == {"case": 30, "seed": 3}
    fitted = fit_mixed_model(table, edge=1e-9)
    by_reml = dict(fitted.variances)
    for name, other in (("case", "case"), ("seed", "seed"), ("case x seed", "rest")):
        assert found.components[name] == pytest.approx(by_reml[other], rel=2e-3)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.sentence.startswith("Spread of logit: case ")


def test_components_worked_out_on_paper():
    # Cells 0, 2 / 4, 10: means of rows 1, 7 and of columns 2, 6, of all 4.
    # Mean squares: rows 2 * (9 + 9) = 36, columns 2 * (4 + 4) = 16, rest 4 * 1 = 4.
    table = pd.DataFrame({
        "case": ["a", "a", "b", "b"], "init": "random", "seed": [0, 1, 0, 1],
        "dice": [0.0, 2.0, 4.0, 10.0],
    })  # fmt: skip
    found = variance_components(table).components
    assert found == pytest.approx({"case": 16, "seed": 6, "case x seed": 4})


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(2, 3), st.integers(2, 4))
def test_taking_a_case_twice_is_having_it_twice(seed: int, cases: int, inits: int, seeds: int):
    rng = np.random.default_rng(seed)
    values = rng.normal(3, 1, (cases, inits, seeds))
    taken = rng.integers(0, 3, (1, cases))
    if taken.sum() < 2:
        return
    factors = ["case", "init", "seed"]
    found = resampled_components(values, factors, taken)
    repeated = crossed_components(np.repeat(values, taken[0], axis=0), factors)
    assert list(found) == list(repeated)
    for name, value in repeated.items():
        assert found[name][0] == pytest.approx(value, abs=1e-9)


def test_groups_and_cases_within_them_worked_out_on_paper():
    # Means of cases 1, 3 | 5, 11: groups 2 and 8, of all 5. Within: (1 + 1 + 9 + 9) / 2 = 10.
    # Between: 2 * (9 + 9) / 1 = 36, so groups (36 - 10) / 2 = 13. Sample variance of the means:
    # (16 + 4 + 0 + 36) / 3 = 56 / 3; with a component of cases of 17 the noise is 5 / 3.
    group, case = split_by_group(
        np.array([1.0, 3, 5, 11]), np.array([0, 0, 1, 1]), np.ones((1, 4)), np.array([17.0])
    )
    assert (group[0], case[0]) == (pytest.approx(13), pytest.approx(10 - 5 / 3))


def test_components_count_undefined_cases_and_refuse_gaps():
    table = runs(cases=5)
    holed = table.assign(dice=table["dice"].where((table["case"] != "c1") | (table["seed"] != 2)))
    found = variance_components(holed)
    assert (found.undefined, found.levels["case"]) == (1, 4)
    with pytest.raises(DataError, match="every case with every init and seed: 30 scores, got 29"):
        variance_components(table.iloc[1:])
    with pytest.raises(DataError, match="some stand there twice"):
        variance_components(pd.concat([table, table.iloc[:1]]))


def test_power_of_one_seed_is_that_of_the_t_test():
    # Cohen 1988, table 2.4.1: d = 0.5 takes 34 pairs for power 0.8.
    spread = DifferenceSpread(case=1.0, seed=0.0, rest=0.0)
    powers = [power_of(spread, difference=0.5, cases=cases, seeds=1) for cases in (33, 34)]
    assert powers[0] < 0.8 < powers[1]
    limit = stats.t.ppf(0.975, 33)
    expected = stats.nct.sf(limit, 33, 0.5 * np.sqrt(34))
    assert powers[1] == pytest.approx(expected, abs=1e-3)
    assert power_of(spread, difference=50.0, cases=100_000, seeds=1) == 1


def test_power_over_cases_and_seeds_is_what_simulation_gives():
    cases, seeds, trials = 20, 5, 4000
    rng = np.random.default_rng(0)
    values = (
        0.05 + rng.normal(0, 0.06, (trials, cases, 1)) + rng.normal(0, 0.02, (trials, 1, seeds))
    )
    values += rng.normal(0, 0.05, (trials, cases, seeds))
    mean = values.mean(axis=(1, 2), keepdims=True)
    rows, columns = values.mean(axis=2, keepdims=True), values.mean(axis=1, keepdims=True)
    squares = np.stack([
        seeds * ((rows - mean) ** 2).sum(axis=(1, 2)) / (cases - 1),
        cases * ((columns - mean) ** 2).sum(axis=(1, 2)) / (seeds - 1),
        ((values - rows - columns + mean) ** 2).sum(axis=(1, 2)) / ((cases - 1) * (seeds - 1)),
    ])  # fmt: skip
    parts = squares / (cases * seeds)
    variance = np.maximum(parts[0] + parts[1] - parts[2], parts[0])
    freedoms = np.array([cases - 1, seeds - 1, (cases - 1) * (seeds - 1)])
    freedom = variance**2 / (parts**2 / freedoms[:, None]).sum(axis=0)
    beyond = np.abs(mean.ravel()) / np.sqrt(variance) > stats.t.ppf(0.975, freedom)
    spread = DifferenceSpread(case=0.06**2, seed=0.02**2, rest=0.05**2)
    expected = power_of(spread, difference=0.05, cases=cases, seeds=seeds)
    assert beyond.mean() == pytest.approx(expected, abs=0.03)


def test_cases_needed_for_each_number_of_seeds():
    rng = np.random.default_rng(0)
    differences = (
        rng.normal(0, 0.1, (60, 1)) + rng.normal(0, 0.01, (1, 6)) + rng.normal(0, 0.1, (60, 6))
    )
    found = needed(differences, difference=0.03)
    cases = dict(found.cases_of_seeds)
    assert cases[1] is None  # one seed cannot tell the model from the luck of its seed
    assert cases[20] < cases[10] < cases[5]
    spread = difference_spread(differences)
    at, below = (
        power_of(spread, difference=0.03, cases=cases[5] - less, seeds=5) for less in (0, 1)
    )
    assert below < 0.8 <= at
    assert "1 seed: no number of cases suffices" in found.sentence
    alone = needed(differences[:, :1], difference=0.03)
    assert [seeds for seeds, _ in alone.cases_of_seeds] == [1]
    assert "true only of these two trained models" in alone.sentence


def test_power_of_nonsense_is_refused():
    with pytest.raises(ConfigError, match="difference must be above 0"):
        needed(np.ones((3, 2)), difference=0.0)
    with pytest.raises(DataError, match="got 1 cases and 0 missing values"):
        needed(np.ones((1, 2)), difference=0.1)
