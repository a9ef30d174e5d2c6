"""Spread of Dice in a grid: numbers worked out on paper, and variances that are known."""

import numpy as np
import pandas as pd
import pytest

from tests.grid_scores import grid_scores
from twinseg.comparison import replicate_agreement
from twinseg.comparison.nested import nested_components
from twinseg.comparison.replicates import replicate_agreement_by_groups
from twinseg.findings.grid.spread import components_of_dice, replicates


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def simulated(draw: np.random.Generator, cases: int, seeds: int = 3) -> pd.DataFrame:
    """Scores with standard deviations 0.06 of groups, 0.05 of cases, 0.02 of runs, 0.03 of rest."""
    groups, singles = draw.normal(0, 0.06, cases // 4), draw.normal(0, 0.05, cases)
    runs, rest = draw.normal(0, 0.02, (2, seeds)), draw.normal(0, 0.03, (2, seeds, cases))
    return grid_scores(
        lambda run, case: (
            0.7
            + groups[case // 4]
            + singles[case]
            + runs[int(run.init == "random"), run.seed]
            + rest[int(run.init == "random"), run.seed, case]
        ),
        seeds=range(seeds),
        cases=cases,
        cases_per_group=4,
    )


def test_nested_components_worked_out_on_paper() -> None:
    # Groups {0, 2}, {4, 6, 8}: means 1, 6, mean of all 4. Between: 2 * 9 + 3 * 4 = 30 with 1
    # degree of freedom; within: 2 + 8 = 10 with 3. Typical size: (5 - 13 / 5) / 1 = 2.4.
    found = nested_components(np.array([0.0, 2, 4, 6, 8]), ["a", "a", "b", "b", "b"])
    assert found == pytest.approx(((30 - 10 / 3) / 2.4, 10 / 3))
    for groups in (["a", "b"], ["a", "a"]):
        assert np.isnan(nested_components(np.array([0.0, 1.0]), groups)).all()


def test_known_variances_are_found() -> None:
    draw, seen = rng(), []
    for _ in range(12):
        table = components_of_dice(simulated(draw, 120)).set_index("component")
        seen.append(table["variance"])
    found = pd.concat(seen, axis=1).mean(axis=1)
    assert found["group"] == pytest.approx(0.06**2, rel=0.25)
    assert found["case"] == pytest.approx(0.05**2, rel=0.1)
    assert found["rest"] == pytest.approx(0.03**2, rel=0.1)
    assert found["seed"] == pytest.approx(0.02**2, rel=0.5)
    assert abs(found["init"]) < 0.02**2
    assert table["share"].sum() == pytest.approx(1)
    assert table["groups"].tolist() == [30] * 5


def test_components_worked_out_on_paper() -> None:
    # As in the test of `variance_components`: rows of cells 0, 2 and 4, 10.
    cells = {("c000", 0): 0.0, ("c000", 1): 0.2, ("c001", 0): 0.4, ("c001", 1): 1.0}
    table = grid_scores(
        lambda run, case: cells[f"c{case:03}", run.seed], inits=["random"], seeds=(0, 1), cases=2
    )
    found = components_of_dice(table).set_index("component")
    assert found.loc[["group", "seed", "rest"], "variance"].tolist() == pytest.approx(
        [0.16, 0.06, 0.04]
    )
    assert found["share"].dropna().tolist() == pytest.approx([16 / 26, 6 / 26, 4 / 26])
    assert found["variance"].isna().tolist() == [False, True, True, False, False]  # case, init
    assert found["sentence"]["seed"] == (
        "23.1 % of the spread of Dice is the seed, with 100 training cases."
    )


def test_one_seed_says_nothing_of_seeds() -> None:
    table = simulated(rng(), 24, seeds=1)
    found = components_of_dice(table).set_index("component")
    assert np.isnan(found["variance"]["seed"])
    assert found["share"].sum() == pytest.approx(1)
    assert found["sentence"]["seed"] == (
        "There is one seed with 100 training cases: how much another would change is not known."
    )
    assert replicates(table, rng=rng()).empty


def test_only_seeds_of_every_init_are_taken() -> None:
    table = simulated(rng(), 24)
    whole = components_of_dice(table[table["seed"] < 2])
    found = components_of_dice(table[table["model"] != "random-f100-s2"])
    pd.testing.assert_frame_equal(found, whole)
    one = components_of_dice(table[table["model"] == "random-f100-s2"])
    assert one.empty
    assert one.columns.tolist() == found.columns.tolist()


def test_replicates_agree_as_shrout_and_fleiss_say() -> None:
    values = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9],
                       [6, 2, 4, 7]]) / 10  # fmt: skip
    table = grid_scores(
        lambda run, case: values[case, run.seed], inits=["random"], seeds=range(4), cases=6
    )
    (found,) = replicates(table, rng=rng()).to_dict("records")
    assert found["value"] == pytest.approx(0.29, abs=0.005)  # their table 4
    assert found["low"] < 0.29 < found["high"]
    assert (found["seeds"], found["groups"], found["undefined"]) == (4, 6, 0)
    assert found["sentence"].startswith(
        "Dice of `random` in single cases agrees between seeds with 100 training cases: ICC 0.290"
    )
    few = replicates(table[table["case"] < "c005"], rng=rng())
    assert few["low"].isna().all()
    assert "no interval: fewer than 6 groups" in few["sentence"][0]


def test_resampled_agreement_is_that_of_the_resampled_cases() -> None:
    draw = rng()
    values = draw.normal(0.7, 0.1, (6, 1)) + draw.normal(0, 0.05, (6, 3))
    found = replicate_agreement_by_groups(values, [0, 0, 1, 1, 2, 2], rng=rng(), draws=1)
    chosen = rng().integers(3, size=(1, 3))[0]
    resampled = np.concatenate([values[2 * group : 2 * group + 2] for group in chosen])
    expected = replicate_agreement(resampled).value
    assert (found.interval.low, found.interval.high) == pytest.approx((expected, expected))
    assert np.isnan(replicate_agreement_by_groups(values * 0, [*"aabbcc"], rng=rng()).value)
