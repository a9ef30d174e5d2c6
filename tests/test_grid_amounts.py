"""Dice over amounts of training data, inits, designs and rules: numbers worked out on paper."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.grid_scores import grid_scores
from twinseg.findings.grid.amounts import (
    contrasts_by_amount,
    designs_against_random,
    learning_points,
)
from twinseg.findings.grid.rules import rules_by_amount
from twinseg.records.run_spec import RunSpec


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def dice(run: RunSpec, case: int) -> float:
    start = 0.6 if run.init == "imagenet" else 0.5
    return start + 0.01 * case + 0.1 * run.fraction + 0.02 * run.seed


def test_seeds_are_averaged_within_a_case_first() -> None:
    table = grid_scores(dice, fractions=(0.5, 1.0), seeds=(0, 1, 2))
    # Case 7 of imagenet at 1.0 has no value with seed 1: it is left out of that mean.
    gone = (table["case"] == "c007") & (table["model"] == "imagenet-f100-s1")
    found = learning_points(table.assign(dice=table["dice"].mask(gone)), rng=rng())
    assert found[["init", "fraction"]].to_numpy().tolist() == [
        ["imagenet", 1.0], ["random", 1.0], ["imagenet", 0.5], ["random", 0.5],
    ]  # fmt: skip
    # 0.6 + 0.01 * mean of 0..6 + 0.1 + 0.02 * mean of seeds 0, 1, 2
    assert found["mean"].tolist() == pytest.approx([0.75, 0.655, 0.705, 0.605])
    assert found["train_cases"].tolist() == [100, 100, 50, 50]
    assert found["cases"].tolist() == [7, 8, 8, 8]
    assert found["undefined"].tolist() == [1, 0, 0, 0]
    assert found["seeds"].tolist() == [3, 3, 3, 3]
    assert found["sentence"][1] == (
        "`random` has a mean Dice of 0.655 with 100 training cases (95 % interval "
        f"{found['low'][1]:.3f} to {found['high'][1]:.3f}; 8 groups, 3 seeds)."
    )


def test_few_groups_have_no_interval_and_that_is_said() -> None:
    found = learning_points(grid_scores(dice, cases=5), rng=rng())
    assert found[["low", "high"]].isna().all(axis=None)
    assert "no interval: fewer than 6 groups; 5 groups, 1 seed" in found["sentence"][0]


def test_inits_are_compared_case_by_case() -> None:
    table = grid_scores(dice, fractions=(1.0, 0.25), seeds=(0, 1))
    table = table[table["model"] != "random-f25-s1"]  # a missing run: seed 0 is paired alone
    found = contrasts_by_amount(table, rng=rng())
    assert found[["first", "second"]].to_numpy().tolist() == [["random", "imagenet"]] * 2
    assert found["mean_difference"].tolist() == pytest.approx([0.1, 0.1])
    assert found["seeds"].tolist() == [2, 1]
    assert found["low"].tolist() == pytest.approx([0.1, 0.1])
    assert found["sentence"][1].startswith(
        "`imagenet` minus `random` in Dice with 25 training cases: +0.100 on average"
    )


def test_three_inits_make_three_pairs() -> None:
    table = grid_scores(dice, inits=("imagenet", "random", "random:2"))
    found = contrasts_by_amount(table, rng=rng())
    pairs = [["random", "imagenet"], ["random:2", "imagenet"], ["random:2", "random"]]
    assert found[["first", "second"]].to_numpy().tolist() == pairs


def test_a_design_is_compared_with_random_at_the_same_fraction() -> None:
    def sparse_is_worse(run: RunSpec, case: int) -> float:
        return dice(run, case) - (0.05 if run.design == "sparse" else 0.0)

    table = grid_scores(sparse_is_worse, designs=("random", "sparse"), fractions=(1.0, 0.5))
    sparse = table["design"] == "sparse"
    table = table.assign(
        train_cases=table["train_cases"].mask(sparse, table["train_cases"] - 10),
        type2_rate=table["type2_rate"].mask(sparse, 0.5),
    )
    found = designs_against_random(table, rng=rng()).set_index(["metric", "init", "fraction"])
    assert len(found) == 3 * 2 * 2
    assert found.loc[("dice", "random", 0.5), "mean_difference"] == pytest.approx(-0.05)
    assert found.loc[("type2_rate", "random", 0.5), "mean_difference"] == pytest.approx(0.3)
    assert found.loc[("type1_rate", "random", 0.5), "mean_difference"] == 0
    same = found.loc[("type1_rate", "random", 0.5), "sentence"]
    assert " against 50: the same in every case (" in same
    assert found["all_same"].tolist() == [metric == "type1_rate" for metric, _, _ in found.index]
    numbers = found.loc[("dice", "random", 0.5), ["train_cases", "train_cases_random"]]
    assert numbers.tolist() == [40, 50]
    assert found.loc[("dice", "random", 0.5), "sentence"].startswith(
        "`random`, design sparse minus random in Dice with 40 training cases against 50: -0.050"
    )


def test_a_rule_is_compared_with_the_better_twin_of_its_contrast() -> None:
    table = grid_scores(dice, fractions=(1.0, 0.5), rules={"union": 0.04, "mean": 0.06})
    better = {
        "imagenet-random-f100-s0": "imagenet-f100-s0",
        "imagenet-random-f50-s0": "random-f50-s0",
    }
    found = rules_by_amount(table, better, rng=rng())
    # Rules stand that much above `random`; `imagenet` stands 0.1 above it.
    assert found["mean_difference"].tolist() == pytest.approx([-0.06, -0.04, 0.04, 0.06])
    assert found["rule"].tolist() == ["union", "mean", "union", "mean"]
    assert found["best"].tolist() == [False, True, False, True]
    assert found["inits"].unique().tolist() == ["imagenet, random"]
    only_one = rules_by_amount(table, dict([*better.items()][:1]), rng=rng())
    pd.testing.assert_frame_equal(only_one, found[:2])  # nor does one more change an interval


def test_cases_of_all_folds_are_taken_together() -> None:
    table = grid_scores(dice, cases=8)
    fold = (table["case"] >= "c004").astype("Int64")
    folds = table.assign(fold=fold, model=table["model"] + "-k" + fold.astype(str))
    folds["train_cases"] = 80 + fold  # 80.5 on average: the even neighbour
    found = learning_points(folds, rng=rng())
    assert found["mean"].tolist() == learning_points(table, rng=rng())["mean"].tolist()
    assert found["train_cases"].tolist() == [80, 80]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_a_contrast_is_the_difference_of_its_points(seed: int, seeds: int) -> None:
    draw = np.random.default_rng(seed)
    values = draw.random((2, 3, 9))
    table = grid_scores(
        lambda run, case: values[int(run.init == "random"), run.seed, case],
        seeds=range(seeds),
        cases=9,
    )
    shuffled = table.sample(frac=1, random_state=seed % 1000)
    means = learning_points(shuffled, rng=draw).set_index("init")["mean"]
    found = contrasts_by_amount(table, rng=draw)
    assert found["mean_difference"][0] == pytest.approx(means["imagenet"] - means["random"])


def test_what_is_undefined_in_both_is_the_same_and_in_one_alone_is_not() -> None:
    table = grid_scores(lambda _run, _case: 0.8, seeds=(0,))
    first = table["case"] == table["case"].iloc[0]
    for of, is_same in (((1, 1), True), ((1, 0), False), ((0, 0), True)):
        dropped = [
            first & (table["init"] == init) & bool(drop)
            for init, drop in zip(("random", "imagenet"), of, strict=True)
        ]
        scores = table.assign(dice=table["dice"].mask(dropped[0] | dropped[1]))
        (row,) = contrasts_by_amount(scores, rng=rng()).query("fraction == 1").to_dict("records")
        assert row["all_same"] is is_same
        assert row["mean_difference"] == 0
    (row,) = (
        contrasts_by_amount(table.assign(dice=np.nan), rng=rng())
        .query("fraction == 1")
        .to_dict("records")
    )
    assert row["all_same"] is False  # nothing is known of any
