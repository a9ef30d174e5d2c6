"""Many models, mixed models, variance components and power, against published examples."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import mixedlm

from twinseg.comparison import (
    compare_many,
    difference_spread,
    needed,
    power_of,
    replicate_agreement,
    variance_components,
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


def runs(*, cases=30, seeds=3, inits=("random", "imagenet"), fractions=(1.0,)) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    of_case, of_seed = rng.normal(0, 1, cases), rng.normal(0, 0.4, seeds)
    rows = [
        {
            "case": f"c{case}",
            "seed": seed,
            "init": init,
            "fraction": fraction,
            "design": "random",
            "logit": 1.2
            + of_case[case]
            + of_seed[seed]
            + 0.6 * (init == "imagenet")
            + 0.3 * np.log(fraction)
            + rng.normal(0, 0.3),
        }
        for case in range(cases)
        for seed in range(seeds)
        for init in inits
        for fraction in fractions
    ]
    table = pd.DataFrame(rows)
    return table.assign(dice=1 / (1 + np.exp(-table["logit"])))


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


def test_components_count_undefined_cases_and_refuse_gaps():
    table = runs(cases=5)
    holed = table.assign(dice=table["dice"].where((table["case"] != "c1") | (table["seed"] != 2)))
    found = variance_components(holed)
    assert (found.undefined, found.levels["case"]) == (1, 4)
    with pytest.raises(DataError, match="every case with every init and seed: 30 scores, got 29"):
        variance_components(table.iloc[1:])
    with pytest.raises(DataError, match="some stand there twice"):
        variance_components(pd.concat([table, table.iloc[:1]]))


def test_mixed_model_equals_the_formula_of_statsmodels():
    table = runs(fractions=(0.25, 0.5, 1.0))
    found = fit_mixed_model(table, edge=1e-9)
    assert found.formula == "init * log(fraction) + (1|case) + (1|seed)"
    table["imagenet"], table["amount"] = (
        (table["init"] == "imagenet") * 1.0,
        np.log(table["fraction"]),
    )
    components = {"case": "0 + C(case)", "seed": "0 + C(seed)"}
    oracle = mixedlm(
        "logit ~ imagenet * amount", table, groups=np.ones(len(table)), vc_formula=components
    )
    fitted = oracle.fit(reml=True)
    names = ["intercept", "init imagenet", "log(fraction)", "init imagenet x log(fraction)"]
    assert sorted(term.name for term in found.terms) == sorted(names)
    for name, theirs in zip(
        names, ("Intercept", "imagenet", "amount", "imagenet:amount"), strict=True
    ):
        (term,) = (term for term in found.terms if term.name == name)
        assert term.estimate == pytest.approx(fitted.params[theirs], abs=1e-4)
        assert term.standard_error == pytest.approx(fitted.bse[theirs], rel=0.02)
    assert "With 3 levels, the spread of seed is a guess." in found.problems
    assert "init imagenet +0." in found.sentence
    assert sum(found.shares.values()) == pytest.approx(1)


def test_mixed_model_counts_and_warns():
    table = runs(seeds=1, fractions=(0.5, 1.0))
    table.loc[[0, 21, 42], "dice"], table.loc[1, "dice"] = 0.0, np.nan
    found = fit_mixed_model(table.assign(group=table["case"].str[2:]))
    assert (found.rows, found.undefined, found.clipped) == (119, 1, 3)
    assert found.formula == "init * log(fraction) + (1|group) + (1|case)"
    assert any("There is one seed" in problem for problem in found.problems)
    assert any("not normal" in problem for problem in found.problems)


def test_a_mixed_model_that_cannot_be_fitted_says_so():
    table = runs(cases=3, seeds=2).assign(dice=0.5)
    found = fit_mixed_model(table)
    assert not found.converged
    assert found.terms == ()
    assert "could not be fitted" in found.sentence
    assert "Use none of its numbers" in found.sentence


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns=["seed", "dice"]), "needs the columns seed, dice"),
        (lambda table: table.assign(dice=2.0), "dice leaves"),
        (lambda table: table.iloc[:1], "takes 2 to 20000 scores, got 1"),
    ],
)
def test_tables_a_mixed_model_cannot_take(change, message):
    with pytest.raises(DataError, match=message):
        fit_mixed_model(change(runs(cases=3)))


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
