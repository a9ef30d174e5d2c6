"""All answers of a grid: the declared columns whatever is missing, and the sentences on top."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.grid_scores import grid_scores, noise
from twinseg.findings.grid.answers import answers, takeaways
from twinseg.records.grid_tables import GRID_TABLES
from twinseg.records.run_spec import RunSpec

BETTER = {
    f"imagenet-random-{point}-s{seed}": f"imagenet-{point}-s{seed}"
    for point in ("f100", "f50", "f25", "sparse-f100", "sparse-f50", "sparse-f25")
    for seed in (0, 1)
}


def dice(run: RunSpec, case: int) -> float:
    level = 0.75 + 0.03 * (run.init == "imagenet") - 0.02 / run.fraction
    return level - 0.02 * (run.design == "sparse") + 0.02 * noise(case) + 0.01 * noise(run.id, case)


def whole() -> pd.DataFrame:
    return grid_scores(
        dice,
        designs=("random", "sparse"),
        fractions=(1.0, 0.5, 0.25),
        seeds=(0, 1),
        rules={"mean": 0.04, "union": 0.02},
    )


def found_in(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return answers(scores, BETTER, rng=np.random.default_rng(0))


def test_a_whole_grid_answers_everything() -> None:
    scores = whole()
    found = found_in(scores)
    assert found.keys() == GRID_TABLES.keys()
    for name, table in found.items():
        assert [*table.columns] == [*GRID_TABLES[name].names]
        assert len(table), name
    again = answers(scores, BETTER, rng=np.random.default_rng(0))
    for name, table in found.items():
        pd.testing.assert_frame_equal(table, again[name])


def test_the_sentences_on_top() -> None:
    said = takeaways(found_in(whole()))
    assert [sentence.split(" (")[0].rsplit(":", 1)[0] for sentence in said] == [
        "`imagenet` minus `random` in Dice with 100 training cases",
        "`imagenet` minus `random` in Dice with 25 training cases",
        "`imagenet` with 200 training cases, twice as many",
        "`mean` minus the better twin of `imagenet, random` in Dice with 100 training cases",
        "`random`, design sparse minus random in Dice with 25 training cases against 25",
        "Dice of `imagenet` in single cases agrees between seeds with 100 training cases",
    ]
    assert all("95 % interval" in sentence for sentence in said)


WITHOUT: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a run": lambda table: table[table["model"] != "random-f50-s1"],
    "a second seed": lambda table: table[table["seed"] == 0],
    "a second fraction": lambda table: table[table["fraction"] == 1],
    "a second init": lambda table: table[table["init"] == "imagenet"],
    "rules": lambda table: table[table["kind"] == "run"],
    "runs": lambda table: table[table["kind"] == "rule"],
    "any Dice": lambda table: table.assign(dice=np.nan),
    "a Dice of a run": lambda table: table.assign(
        dice=table["dice"].mask(table["model"] == "random-f100-s1")
    ),
    "groups enough": lambda table: table[table["case"] < "c003"],
    "a second case": lambda table: table[table["case"] == "c000"],
    "anything": lambda table: table[:0],
}


@pytest.mark.parametrize("missing", WITHOUT)
def test_what_is_missing_leaves_tables_empty_and_nothing_fails(missing: str) -> None:
    found = found_in(WITHOUT[missing](whole()))
    for name, table in found.items():
        assert [*table.columns] == [*GRID_TABLES[name].names]
        assert table["sentence"].str.len().gt(20).all()
        if missing in ("groups enough", "a second case") and name != "grid_model":
            assert table.filter(["low", "high"]).isna().all(axis=None), name
    assert len(takeaways(found)) <= 6
