"""The twins among small and large, frequent and rare cases."""

import numpy as np
import pandas as pd
import pytest

from twinseg.findings.strata import strata_of_twins

ENDS = ("small", "large")
RUNS = ["random1-f100-s0", "random2-f100-s0"]


def test_halves_by_size_and_none_where_they_cannot_be_cut() -> None:
    cases = [f"case {number}" for number in range(12)]
    labels = {"case": cases, "foreground_share": np.linspace(0.1, 0.9, 12), "rarity": [0.5] * 12}
    dice = np.where(np.arange(12) < 6, 0.2, 0.8)  # the first twin is worse on small objects
    scores = pd.DataFrame(
        [
            {"model": run, "case": case, "group": case, "dice": value}
            for run, values in zip(RUNS, (dice, np.full(12, 0.8)), strict=True)
            for case, value in zip(cases, values, strict=True)
        ]
    )
    found = strata_of_twins(scores, pd.DataFrame(labels), RUNS, seed=0)
    assert set(found["column"]) == {"foreground_share"}  # rarity is the same for all: no halves
    assert found[["second", "first"]].drop_duplicates().to_numpy().tolist() == [RUNS]
    means = dict(zip(found["stratum"], found["mean_difference"], strict=True))
    assert means == pytest.approx({"small objects": -0.6, "large objects": 0.0})
    assert found["sentence"].nunique() == 1
    small, large = (found[found["stratum"] == f"{which} objects"].iloc[0] for which in ENDS)
    assert (small["smallest"], large["largest"]) == (0.1, 0.9)
    assert small["largest"] < 0.5 < large["smallest"]
    assert (small["second_dice"], small["first_dice"]) == pytest.approx((0.2, 0.8))
    assert (large["second_dice"], large["first_dice"]) == pytest.approx((0.8, 0.8))
    labels["foreground_share"] = np.append(np.zeros(6), np.linspace(0.1, 0.6, 6))
    found = strata_of_twins(scores, pd.DataFrame(labels), RUNS, seed=0)
    assert found["cases"].tolist() == [3, 3]  # no object is no small object
