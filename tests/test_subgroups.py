"""Worst subgroups: planted ones are found, chance ones are not, and groups count once."""

from math import nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from twinseg.core.errors import ConfigError, DataError
from twinseg.findings.condition_search import Searched, search_conditions
from twinseg.findings.conditions import conditions_of
from twinseg.findings.subgroups import Subgroups, worst_subgroups


def random_facts(rng: np.random.Generator, cases: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "size": rng.normal(size=cases),
            "contrast": rng.normal(size=cases),
            "site": rng.choice(["north", "south", "west"], cases),
            "touches_border": rng.random(cases) < 0.3,
        }
    )


def found(facts: pd.DataFrame, scores: np.ndarray, **others: object) -> Subgroups:
    settings = {"groups": np.arange(len(facts)), "higher_is_better": True}
    settings |= {"rng": np.random.default_rng(0), "draws": 199}
    return worst_subgroups(facts, scores, **(settings | others))  # type: ignore[arg-type]


def searched(mask: list[int], values: list[float], groups: list[int], draws: int = 999) -> Searched:
    return search_conditions(
        np.array(mask, dtype=bool)[:, None],
        ["x"],
        np.array(values, dtype=float),
        np.array(groups),
        smallest=1,
        fewest_groups=1,
        rng=np.random.default_rng(0),
        draws=draws,
    )


def test_numbers_on_paper_of_cases_that_are_groups() -> None:
    one = searched([1] * 6 + [0] * 6, [1.0] * 6 + [0.0] * 6, list(range(12)))
    assert one.higher == pytest.approx([1.0])
    # A sum of 6 of 12 drawn without replacement has variance 6 * 1/2 * 1/4 * 12/11; divided by 3.
    assert one.error == pytest.approx([np.sqrt(9 / 11) / 3], rel=0.06)
    assert one.p_adjusted[0] <= 0.005  # one of 924 ways


@pytest.mark.parametrize(("columns", "looked_at"), [(["x", "y"], 3), (["x", "x"], 2), (None, 2)])
def test_pairs_are_of_two_columns_if_any(columns: list[str] | None, looked_at: int) -> None:
    masks = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=bool)
    one = search_conditions(
        masks,
        columns,
        np.array([1.0, 2.0, 3.0, 5.0]),
        np.arange(4),
        smallest=1,
        fewest_groups=1,
        rng=np.random.default_rng(0),
    )
    assert len(one) == looked_at


def test_a_group_weighs_once() -> None:
    # Group 0 has four cases of 1, one of them outside; inside the weighted mean is
    # (3/4 * 1 + 1 * 0) / (7/4) = 3/7, outside (1/4 * 1 + 2 * 0) / (9/4) = 1/9.
    one = searched([1, 1, 1, 0, 1, 0, 0], [1, 1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 2, 3])
    assert one.higher == pytest.approx([3 / 7 - 1 / 9])


def test_the_order_of_cases_and_the_size_of_groups_do_not_mix_up_values() -> None:
    mask, values, groups = [1, 0, 1, 0, 0, 1, 0], [0.1, 3, 5, 7, 2, 9, 4], [2, 0, 1, 0, 1, 2, 3]
    order = [3, 6, 0, 5, 1, 4, 2]
    mixed = [[part[at] for at in order] for part in (mask, values, groups)]
    assert searched(mask, values, groups).higher == pytest.approx(searched(*mixed).higher)


def test_a_planted_pair_is_found_first() -> None:
    rng = np.random.default_rng(1)
    facts = random_facts(rng, 400)
    scores = rng.beta(8, 2, 400)
    planted = (facts["size"] < facts["size"].quantile(0.25)) & (facts["site"] == "west")
    scores[planted] -= 0.4
    answer = found(facts, scores)
    first = answer.rows[0]
    cut = first.where.split()[-1]
    assert first.where == f'site == "west" and size < {cut}'
    assert first.label == f"site is west and size below {cut}"
    assert float(cut) == pytest.approx(facts["size"].quantile(0.25), abs=0.01)
    assert first.p_adjusted == pytest.approx(1 / 200)
    assert first.difference == pytest.approx(first.mean.value - first.rest)
    assert first.difference == pytest.approx(-0.4, abs=0.06)
    assert first.interval.holds(first.mean.value)
    assert first.cases == first.groups == planted.sum()
    assert "the lowest = 0.005" in answer.sentence


def test_a_flag_and_an_error_rate() -> None:
    rng = np.random.default_rng(2)
    facts = random_facts(rng, 200)
    errors = rng.random(200) + 2 * ~facts["touches_border"]
    first = found(facts, errors.to_numpy(), higher_is_better=False).rows[0]
    assert (first.label, first.where) == ("not touches_border", "not touches_border")
    assert first.difference == pytest.approx(2, abs=0.2)


def test_shuffled_scores_seldom_alarm() -> None:
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        facts = random_facts(rng, 80)
        failed = np.where(rng.random(80) < 0.05, 0.0, rng.beta(8, 2, 80))
        rows = found(facts, failed, rng=rng, smallest=8).rows
        alarms += any(row.p_adjusted < 0.05 for row in rows)
    assert alarms <= 10  # of 5 expected


def test_groups_of_cases_that_are_alike_seldom_alarm() -> None:
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(16), rng.geometric(0.15, 16) + 1)
        facts = random_facts(rng, 16).iloc[groups].reset_index(drop=True)
        scores = rng.normal(size=16)[groups] + 0.2 * rng.normal(size=len(groups))
        rows = found(facts, scores, groups=groups, rng=rng).rows
        alarms += any(row.p_adjusted < 0.05 for row in rows)
    assert alarms <= 10


def test_one_big_group_makes_no_subgroup() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(40), [200] + [3] * 39)
    facts = random_facts(rng, 40).iloc[groups].reset_index(drop=True)
    facts["scanner"] = np.where(groups < 8, "old", "new")
    scores = 0.9 + 0.03 * rng.normal(size=len(groups)) - 0.6 * (groups == 0)
    heeded = found(facts, scores, groups=groups)
    assert all(row.p_adjusted > 0.05 for row in heeded.rows)
    unheeded = found(facts, scores)
    assert any(row.p_adjusted < 0.05 and "scanner is old" in row.label for row in unheeded.rows)


def test_too_few_groups_are_not_searched() -> None:
    facts = pd.DataFrame({"site": ["a"] * 30 + ["b"] * 30})
    scores = np.r_[np.zeros(30), np.ones(30)] + np.arange(60) / 1000
    groups = np.r_[np.repeat(np.arange(5), 6), np.arange(10, 40)]  # "a" is of five groups
    answer = found(facts, scores, groups=groups)
    assert answer.searched == 1
    assert answer.rows == ()


@settings(max_examples=25)
@given(seed=some.integers(0, 10**6), scale=some.sampled_from([1e-3, 1.0, 50.0]))
def test_laws(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    facts = random_facts(rng, 90)
    facts.loc[rng.random(90) < 0.2, "size"] = nan
    facts['age"s.of the scan'] = rng.normal(size=90)  # nobody can type it
    facts["dice.random-f100"] = rng.normal(size=90)
    scores = rng.normal(size=90) - 2 * (facts["contrast"] > 0.7).to_numpy()
    scores[rng.random(90) < 0.1] = nan
    groups = rng.integers(0, 45, 90)
    answer = found(facts, scores, groups=groups, draws=49)
    larger = found(facts, 7 + scale * scores, groups=groups, draws=49)
    assert [row.label for row in larger.rows] == [row.label for row in answer.rows]
    assert answer.undefined == np.isnan(scores).sum()
    chosen_before: list[set[int]] = []
    for row, other in zip(answer.rows, larger.rows, strict=True):
        assert other.difference == pytest.approx(scale * row.difference)
        assert other.p_adjusted == row.p_adjusted
        assert 1 / 50 <= row.p_adjusted <= 1
        assert row.difference < 0
        assert row.cases >= 10
        assert row.groups >= 6
        if row.where:
            chosen = {at for at in range(90) if typed(row.where, facts.iloc[at])} & {
                *np.flatnonzero(np.isfinite(scores))
            }
            assert len(chosen) == row.cases
            assert np.mean(scores[[*chosen]]) == pytest.approx(row.mean.value)
            assert all(len(chosen & one) <= 0.8 * len(chosen) for one in chosen_before)
            chosen_before.append(chosen)
        else:
            assert "age" in row.label


def typed(where: str, case: pd.Series) -> bool:
    """Read an expression as Python does."""
    names = {name: case[name] for name in ("size", "contrast", "site", "touches_border")}
    return bool(eval(where, names | {"dice": {"random-f100": case["dice.random-f100"]}}))


def test_conditions_of_each_kind() -> None:
    facts = pd.DataFrame(
        {
            "parts": [1, 1, 1, 2, 3, np.inf],
            "text": ["a", 'b"c', None, "a", 'b"c', "d"],
            "flag": [True, None, False, True, True, False],
            "empty": [None] * 6,
        }
    )
    listed = {one.where: one.chosen.tolist() for one in conditions_of(facts, smallest=2)}
    assert listed == {
        "parts > 1": [False, False, False, True, True, True],
        "parts > 2": [False, False, False, False, True, True],
        'text == "a"': [True, False, False, True, False, False],
        'text == "b\\"c"': [False, True, False, False, True, False],
        "flag": [True, False, False, True, True, False],
        "not flag": [False, False, True, False, False, True],
    }


def test_a_cut_has_as_many_digits_as_it_needs() -> None:
    facts = pd.DataFrame({"x": 1000 + np.arange(100) / 1000})
    cuts = [one.where for one in conditions_of(facts, smallest=5)]
    assert cuts[0] == "x < 1000.01"


@pytest.mark.parametrize("cases", [0, 5, 19])
def test_nothing_to_search(cases: int) -> None:
    answer = found(random_facts(np.random.default_rng(0), cases), np.arange(float(cases)))
    assert answer.rows == ()
    assert answer.searched == 0
    assert answer.sentence == (
        f"No condition parts {cases} cases into two parts of at least 10 cases and 6 groups, so "
        "that there is nothing to search."
    )


def test_equal_scores_and_infinite_ones() -> None:
    facts = random_facts(np.random.default_rng(0), 60)
    scores = np.full(60, 0.7)
    scores[:5] = np.inf
    answer = found(facts, scores)
    assert answer.rows == ()
    assert answer.searched > 0
    assert answer.sentence.endswith(
        "no subgroup is worse than the rest by two standard errors. 5 cases without a finite "
        "score left out."
    )


def test_wrong_arguments_are_refused(as_users_run_it: None) -> None:
    facts = random_facts(np.random.default_rng(0), 30)
    with pytest.raises(ConfigError, match="smallest must be at least 1, got 0"):
        found(facts, np.zeros(30), smallest=0)
    with pytest.raises(DataError, match="30 rows of facts need as many scores and groups, got 29"):
        found(facts, np.zeros(29))
