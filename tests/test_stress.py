"""Stress in a study: what is drawn, what its table says, and what another setting redoes."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from tests.stages import without_report
from tests.test_tables import fits
from tests.toy_study import RUNS, Heard, run_toy
from twinseg.core.errors import ConfigError
from twinseg.data.corruptions import SlicesNear
from twinseg.findings.stress import (
    PerCase,
    dice_lost,
    rows_of_level,
    rule_to_show,
    stress_sentence,
    stress_table,
)
from twinseg.metrics.counts import Counts
from twinseg.records.stress import STRENGTHS
from twinseg.records.tables import TABLES
from twinseg.study.open_study import OpenStudy
from twinseg.study.stress_stages import Judged, Level, Shown, drawn_cases

STRESSED = {"stress_cases": 2, "stress": ("blur", "brightness"), "flips": True}


@pytest.fixture(scope="module")
def study(source: Path, tmp_path_factory: pytest.TempPathFactory) -> twinseg.Study:
    return run_toy(source, tmp_path_factory.mktemp("stress") / "study", **STRESSED)


def test_the_table_has_every_level_of_every_model(study: twinseg.Study) -> None:
    table = pd.read_parquet(study.files.table("stress"))
    assert tuple(table.columns) == TABLES["stress"].names
    for column in TABLES["stress"].columns:
        assert fits(table[column.name].dropna(), column.kind), column.name
    models = [model for model in study.scores["model"].unique() if model != "chosen"]
    assert list(table["model"].unique()) == models
    levels = [("none", 0)] + [(name, s) for name in ("blur", "brightness") for s in STRENGTHS]
    for _, own in table.groupby("model"):
        assert list(zip(own["corruption"], own["strength"], strict=True)) == levels


def test_at_strength_0_the_masks_are_those_of_the_study(study: twinseg.Study) -> None:
    at_work = OpenStudy(study.files, study.settings, study.files.dataset)
    positions, data = drawn_cases(at_work), at_work.data
    assert set(positions) <= set(at_work.positions("test").tolist())
    cases = [data.dataset.cases[position] for position in positions]
    twins = tuple(at_work.trained(run) for run in study.settings.contrast.runs)
    pictures = Shown(data, SlicesNear(data), None, 0).at(Level(), positions)
    grids = [(case.height_px, case.width_px) for case in cases]
    for case, masks in zip(cases, Judged(at_work, twins).masks(pictures, grids), strict=True):
        assert {"union", "majority", "mean", "weighted", *RUNS} <= masks.keys()
        for model, mask in masks.items():
            assert (mask == study.predictions(model).mask(case.id)).all(), model
    ids = [case.id for case in cases]
    scores = study.scores[study.scores["case"].isin(ids)].groupby("model")
    table = pd.read_parquet(study.files.table("stress")).query("strength == 0").set_index("model")
    for metric in ("dice", "type1_rate", "type2_rate"):
        expected = scores[metric].mean()[table.index]
        np.testing.assert_allclose(table[metric], expected, rtol=1e-12)


def test_the_page_shows_it(study: twinseg.Study, calm: twinseg.Study) -> None:
    page = study.report.read_text()
    assert 'id="stress"' in page
    assert "costs most Dice" in page
    assert "--stress-cases 2 --stress blur,brightness" in page
    assert 'id="stress"' not in calm.report.read_text()
    assert not calm.files.table("stress").exists()


def test_another_stress_redoes_it_alone_and_none_removes_it(
    study: twinseg.Study, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_report(monkeypatch)
    for ending in ("", "-originals"):
        if (study.folder.parent / f"study{ending}").exists():
            shutil.copytree(f"{study.folder}{ending}", tmp_path / f"study{ending}")
    heard, table = Heard(), tmp_path / "study" / "tables" / "stress.parquet"
    run_toy(source, tmp_path / "study", heard, **STRESSED | {"stress": ("noise",)})
    assert heard.tasks == ["stress"]
    assert set(pd.read_parquet(table)["corruption"]) == {"none", "noise"}
    heard = Heard()
    run_toy(source, tmp_path / "study", heard, flips=True)
    assert heard.tasks == []
    assert not table.exists()


def test_what_is_impossible_is_refused_before_training(source: Path, tmp_path: Path) -> None:
    heard = Heard()
    with pytest.raises(ConfigError, match="--stress hu-shift needs slices of CT"):
        run_toy(source, tmp_path / "out", heard, stress_cases=2, stress="hu-shift")
    assert not any("training" in task for task in heard.tasks)


def of(model: str, corruption: str, strength: int, *counts: tuple[int, int, int, int]) -> list:
    return [
        PerCase(model, "run", corruption, strength, f"g{number}", Counts(*one))
        for number, one in enumerate(counts)
    ]


def test_a_row_counted_on_paper() -> None:
    # Dice 0.5 of 2 of 4 and 4 pixels; nothing found; both empty: no Dice, and no object to miss.
    cases = of("a", "blur", 1, (2, 2, 2, 4), (0, 1, 1, 8), (0, 0, 0, 10))
    (row,) = rows_of_level(cases, seed=0)
    assert (row["cases"], row["groups"]) == (2, 2)
    assert row["dice"] == pytest.approx(0.25)
    assert np.isnan(row["low"])  # of two groups
    assert row["type1_rate"] == pytest.approx((2 / 6 + 1 / 9 + 0) / 3)
    assert row["type2_rate"] == pytest.approx((0.5 + 1) / 2)
    assert row["missed_share"] == 0.5


def test_the_sentence_names_the_worst_and_the_losses() -> None:
    right, half, wrong = (4, 0, 0, 6), (2, 2, 2, 4), (0, 0, 4, 6)
    rows = []
    for model, blurred, noisy in (("a", half, right), ("b", wrong, right), ("mean", half, half)):
        rows += rows_of_level(of(model, "none", 0, right), seed=0)
        for strength in STRENGTHS:
            rows += rows_of_level(of(model, "blur", strength, blurred), seed=0)
            rows += rows_of_level(of(model, "noise", strength, noisy), seed=0)
    table = stress_table(rows)
    assert dice_lost(table, "a").to_dict() == {"blur": 0.5, "noise": 0.0}
    assert stress_sentence(table, ["a", "b"], "mean") == (
        "On 1 test case blur costs most Dice and noise least: at strength 5 of blur a mean Dice of "
        "0.500 of `a` and 0 of `b` is left; over all corruptions and strengths the mean loss is: "
        "`a` 0.250, `b` 0.500, `mean` 0.500."
    )
    scores = pd.DataFrame({"model": ["a", "union", "mean"], "dice": [0.9, 0.5, 0.6]})
    assert rule_to_show(scores, ["union", "mean"]) == "mean"
