"""Tables made from tables: numbers worked out on paper, and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinseg.findings.belief import CRITERIA, Judgement, belief_table, judge, verdict_of
from twinseg.findings.heat_maps import mean_curves, scale_top
from twinseg.findings.lesions import lesion_counts
from twinseg.findings.score_summaries import objects_missed, score_summaries
from twinseg.findings.splits import split_counts
from twinseg.metrics import METRICS


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 7))
def test_the_top_of_a_scale_is_numpys_percentile_whatever_the_blocks(
    seed: int, maps: int, at_once: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(rng.uniform(-2, 2), 1, (maps, 5, 9)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    blocks = [values[start : start + at_once] for start in range(0, maps, at_once)]
    above = values[values > 0]
    found = scale_top(blocks, values=values.size)
    if above.size:
        assert found == float(np.percentile(above, 99))
    else:
        assert np.isnan(found)


def test_a_verdict_survives_the_way_through_its_table() -> None:
    rng = np.random.default_rng(0)
    columns = ["deletion", "deletion_random", "deletion_edges", "insertion", "insertion_random"]
    table = pd.DataFrame(rng.random((40, 5)), columns=columns)
    table = table.assign(randomised=0.1, max_sensitivity=rng.random(40))
    table["group"] = [f"g{number % 20}" for number in range(40)]
    table["model"], table["map"] = "one", "kind"
    table["layer"], table["region"] = "decoder", "target"
    found = belief_table(table, seed=3)
    assert found["criterion"].tolist() == [one.name for one in CRITERIA]
    again = verdict_of(found, "one", "kind")
    assert [one.answer.value for one in again.judged] == found["answer"].tolist()
    from twinseg.core.seeds import stream

    first = judge(table, "kind", stream(3, "belief", "one", "kind"))
    assert again.believed is first.believed
    assert again.judged == first.judged
    assert again.judged[3].answer is Judgement.HOLDS  # a map unlike that of shuffled weights


def test_summaries_counted_on_paper() -> None:
    rows = []
    for model, dices in (("a", [0.5, np.nan, 0.7]), ("b", [0.1, 0.2, 0.0])):
        for number, dice in enumerate(dices):
            about = {"dataset": "d", "model": model, "case": f"c{number}", "group": f"c{number}"}
            rows.append(
                dict.fromkeys(METRICS, 0.25)
                | about
                | {"dice": dice, "distance_unit": "px", "reference_pixels": 9 * (number != 1)}
            )
    scores = pd.DataFrame(rows)
    found = score_summaries(scores, ["a", "b"], seed=0).set_index(["model", "metric", "cases_of"])
    assert found.loc[("a", "dice", "all"), "mean"] == pytest.approx(0.6)
    assert found.loc[("b", "dice", "all"), "mean"] == pytest.approx(0.1)
    # c1 has no Dice of the first twin: it is left out of both
    assert found.loc[("b", "dice", "both twins"), "mean"] == pytest.approx(0.05)
    assert found.loc[("b", "dice", "both twins"), "cases"] == 2
    assert np.isnan(found.loc[("b", "dice", "all"), "low"])  # three groups: no interval
    mixed = scores.assign(distance_unit=["px", "mm"] * 3)
    units = score_summaries(mixed, ["a", "b"], seed=0)
    assert units.loc[units["metric"] == "hausdorff95", "mean"].isna().all()
    missed = objects_missed(scores).set_index("model")
    assert missed.loc["b"].tolist() == [2, 1]
    assert missed.loc["a"].tolist() == [2, 0]


def test_counts_of_lesions_and_parts() -> None:
    lesions = pd.DataFrame(
        {
            "model": ["a"] * 4,
            "side": ["reference", "reference", "predicted", "reference"],
            "found": [True, False, False, True],
        }
    )
    row = lesion_counts(lesions).iloc[0]
    assert row.tolist() == ["a", 3, 2, 1, 1]
    cases = pd.DataFrame(
        {
            "split": ["train", "train", "test", "unused"],
            "group": ["p", "p", "q", "r"],
            "foreground_px": [0, 5, 3, 1],
            "foreground_share": [0.0, 0.5, 0.3, 0.1],
        }
    )
    found = split_counts(cases)
    assert found["split"].tolist() == ["train", "test", "unused"]
    assert found.iloc[0].tolist() == ["train", 2, 1, 1, 0.25]


def test_a_curve_is_the_mean_over_its_cases() -> None:
    about = {"model": "a", "map": "m", "curve": "deletion"}
    points = [("c1", 0.0, 1.0), ("c1", 1.0, 0.0), ("c2", 0.0, 0.5), ("c2", 1.0, 0.5)]
    curves = pd.DataFrame([about | {"case": c, "at": at, "value": v} for c, at, v in points])
    assert mean_curves(curves)["value"].tolist() == [0.75, 0.25]


def test_the_top_is_the_percentile_of_what_is_above_zero_in_all_stacks():
    first = np.arange(1, 51, dtype=np.float32).reshape(2, 5, 5)
    second = np.arange(51, 102, dtype=np.float32).reshape(1, 3, 17)
    negative = np.full((1, 20, 20), -7, np.float32)
    undefined = np.full((1, 2, 2), np.nan, np.float32)
    # 1, 2, ..., 101: the 99th of 100 steps from 1 is 100
    blocks = [first, negative, second, undefined]
    assert scale_top(blocks, values=sum(block.size for block in blocks)) == 100.0


def test_without_a_value_above_zero_there_is_no_scale():
    assert np.isnan(scale_top([np.full((2, 2, 2), -1, np.float32)], values=8))
