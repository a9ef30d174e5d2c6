"""What more would bring, by a grid: laws, seeds and cases, and the model of all runs."""

from math import log2

import numpy as np
import pandas as pd
import pytest

from tests.grid_scores import grid_scores
from twinseg.comparison import needed
from twinseg.findings.grid.mixed_model import grid_model
from twinseg.findings.grid.needs import learning_laws, seeds_and_cases
from twinseg.records.run_spec import RunSpec

FRACTIONS = (1.0, 0.5, 0.25, 0.1)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def by_a_law(run: RunSpec, case: int) -> float:
    """Return 0.9 - 2 / n for imagenet and 0.8 - 2 / n for random, on average over eight cases."""
    limit = 0.9 if run.init == "imagenet" else 0.8
    return limit - 2 / (100 * run.fraction) + 0.01 * (case - 3.5)


def test_a_law_is_found_again() -> None:
    table = grid_scores(by_a_law, fractions=FRACTIONS, seeds=(0, 1))
    found = learning_laws(table, rng=rng()).set_index("init")
    imagenet = found.loc["imagenet"]
    assert imagenet[["law_a", "law_b", "law_c"]].tolist() == pytest.approx([0.9, 2, 1], rel=0.02)
    assert imagenet["expected"] == pytest.approx(0.89, abs=5e-4)
    assert imagenet["train_cases"] == 100
    # Wished: 0.88 measured at 100 cases, and 0.01 more: 2 / n = 0.01 at 200 cases.
    assert found["wished"].tolist() == pytest.approx([0.89, 0.89])
    assert imagenet["train_cases_needed"] == pytest.approx(200, abs=6)
    assert pd.isna(found.loc["random", "train_cases_needed"])
    assert imagenet["low"] < 0.89 < imagenet["high"]
    assert imagenet["sentence"].startswith(
        "`imagenet` with 200 training cases, twice as many: a mean Dice of 0.890 is expected (95 %"
    )
    assert "A Dice of 0.890 is out of reach by this curve" in found.loc["random", "sentence"]


def test_a_law_takes_three_amounts_that_one_seed_has() -> None:
    table = grid_scores(
        by_a_law, inits=["imagenet"], fractions=FRACTIONS[:3], seeds=(0, 1), cases=5
    )
    found = learning_laws(table[table["model"] != "imagenet-f25-s1"], rng=rng())
    assert found["seeds"].tolist() == [1]
    assert found[["low", "high", "needed_low", "needed_high"]].isna().all(axis=None)
    assert "(no interval: fewer than 6 groups; 5 groups, 1 seed)" in found["sentence"][0]
    assert learning_laws(table[table["fraction"] > 0.25], rng=rng()).empty
    assert learning_laws(table.assign(dice=np.nan), rng=rng()).empty


def test_seeds_and_groups_that_would_show_a_difference() -> None:
    draw = rng()
    values = draw.normal(0.7, 0.05, (2, 3, 12))
    table = grid_scores(
        lambda run, case: values[int(run.init == "random"), run.seed, case],
        seeds=range(3),
        cases=12,
        cases_per_group=2,
    )
    found = seeds_and_cases(table)
    of_groups = (values[0] - values[1]).reshape(3, 6, 2).mean(axis=2).T
    for difference, rows in found.groupby("difference"):
        expected = needed(of_groups, difference=float(difference)).cases_of_seeds
        told = rows["groups_needed"].astype(object).where(rows["groups_needed"].notna(), None)
        assert tuple(zip(rows["seeds"], told, strict=True)) == expected
    assert (
        "a difference of 0.020 in Dice between `random` and `imagenet` with 100 training cases "
        "with power 80 % and 20 seeds of each, it takes " in found["sentence"].iloc[-1]
    )
    alone = seeds_and_cases(table[table["seed"] == 0])
    assert alone["seeds"].tolist() == [1, 1]
    assert "the luck of one seed is left out" in alone["sentence"][0]


def test_the_model_tells_what_twice_the_training_cases_bring() -> None:
    draw = rng()
    of_cases, rest = draw.normal(0, 0.5, 12), draw.normal(0, 0.1, (2, 3, 12))

    def dice(run: RunSpec, case: int) -> float:
        is_imagenet = run.init == "imagenet"
        at = FRACTIONS.index(run.fraction)
        doublings = log2(run.fraction)
        logit = 1 + 0.3 * is_imagenet + (0.2 - 0.1 * is_imagenet) * doublings
        logit += of_cases[case] + rest[int(is_imagenet), at, case]
        return float(1 / (1 + np.exp(-logit)))

    table = grid_scores(dice, fractions=FRACTIONS[:3], cases=12)
    found = grid_model(table).set_index("term")
    doublings = f"log2(train_cases / {table['train_cases'].max()})"
    expected = {"init imagenet": 0.3, doublings: 0.2, f"init imagenet x {doublings}": -0.1}
    for term, estimate in expected.items():
        assert found.loc[term, "estimate"] == pytest.approx(estimate, abs=0.1)
    assert found["formula"].unique().tolist() == [f"init * {doublings} + (1|case) + (1|run)"]
    assert "There is one seed" in found["problems"].iloc[0]
    one_point = table[(table["init"] == "random") & (table["fraction"] == 1)]
    assert grid_model(one_point).empty
    (failed,) = grid_model(table.assign(dice=0.5)).to_dict("records")
    assert failed["term"] == ""
    assert "could not be fitted" in failed["sentence"]
