"""The rules in a study: what they learn from, what they may not see, flipped members."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import twinseg
from tests.conftest import write_discs
from twinseg.core.planes import open_planes
from twinseg.core.progress import Silent
from twinseg.core.tables import write_table
from twinseg.data.prepared import open_prepared
from twinseg.prediction.predict import FLIPS
from twinseg.records.folders import StudyFolder
from twinseg.study.open_study import OpenStudy
from twinseg.study.rule_stages import RULE_STAGES, better_twin, features_of
from twinseg.study.rule_worth_stages import RULE_WORTH_STAGES
from twinseg.study.score_stages import models_of
from twinseg.study.stage import Stage

RUNS = ("random1-f100-s0", "random2-f100-s0")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> twinseg.Study:
    """Two twins on 26 small discs, with their answers to flipped pictures."""
    folder = tmp_path_factory.mktemp("rules")
    return twinseg.run(
        write_discs(folder, cases=26),
        folder / "study",
        encoder="tu-test_efficientnet",
        evidence_cases=1,
        size=32,
        epochs=2,
        batch_size=4,
        init=("random:1", "random:2"),
        flips=True,
    )


def opened(study: twinseg.Study, out: Path | None = None) -> OpenStudy:
    """The study at work, or a copy of it."""
    files = StudyFolder(out or study.folder)
    return OpenStudy(files, study.settings, files.dataset)


def again(at_work: OpenStudy, stages: tuple[Stage, ...], *, first: str = "") -> None:
    """Do the work of some stages of the contrast, from the first one asked for on."""
    names = [stage.name for stage in stages]
    for stage in stages[names.index(first) if first else 0 :]:
        stage.work(at_work, at_work.settings.contrast, Silent())


def test_flipped_members_join_the_rules(study: twinseg.Study) -> None:
    case = study.scores["case"].iloc[0]
    names = [f"{run}-{flip}" for run in RUNS for flip in FLIPS]
    flipped = study.folder / "predictions" / "test"
    assert {*names} < {path.name for path in flipped.iterdir()}
    planes = [study.predictions(run).probabilities([case])[0] for run in RUNS]
    planes += [np.load(flipped / name / "probabilities" / "values.npy")[0] for name in names]
    mean = study.predictions("mean").probabilities([case])[0]
    np.testing.assert_allclose(mean, np.mean(planes, axis=0), rtol=1e-5)
    assert "majority" in set(study.scores["model"])  # of eight members it is a rule of its own
    learnt = json.loads((study.folder / "tables" / "rules.json").read_text())
    assert len(learnt["weights"]["values"]) == 8
    assert sum(learnt["weights"]["values"]) == pytest.approx(1)


def test_a_flipped_answer_lies_on_the_grid_of_the_picture(study: twinseg.Study) -> None:
    from twinseg.prediction.predict import probabilities

    data = open_prepared(study.folder / "dataset")
    case = study.scores["case"].iloc[0]
    position = next(i for i, one in enumerate(data.dataset.cases) if one.id == case)
    turned = np.ascontiguousarray(data.pictures[[position]][:, :, ::-1])
    expected = next(iter(probabilities(study.model("random:1"), turned)))[:, ::-1]
    stored = study.folder / "predictions" / "test" / f"{RUNS[0]}-left-right" / "probabilities"
    ids = json.loads((stored / "cases.json").read_text())
    plane = np.load(stored / "values.npy")[ids.index(case)]
    np.testing.assert_allclose(plane, expected, atol=1e-6)


def test_no_rule_sees_the_references_of_the_test(study: twinseg.Study, tmp_path: Path) -> None:
    """Other references of the test cases change no mask of any rule and nothing learnt."""
    out = tmp_path / "study"
    shutil.copytree(study.folder, out)
    for folder in (out / "predictions").glob("*/*"):
        if not folder.name.startswith(RUNS):
            shutil.rmtree(folder)
    for name in ("weights.json", "rules.json", "choices.parquet", "validation_scores.parquet"):
        (out / "tables" / name).unlink()
    at_work = opened(study, out)
    tested, data = at_work.positions("test"), at_work.data
    masks = np.array(data.masks)
    masks[tested] = ~masks[tested]
    blind = replace(data, masks=masks)
    object.__setattr__(blind, "reference", refuse_test(data, set(tested.tolist())))
    vars(at_work)["data"] = blind
    again(at_work, RULE_STAGES)
    for rule in models_of(at_work)[2:]:
        for position in tested:
            case = data.dataset.cases[position].id
            assert (rule.mask(case) == study.predictions(rule.model).mask(case)).all()
    for name in ("rules.json", "choices.csv"):
        before = (study.folder / "tables" / name).read_bytes()
        assert (out / "tables" / name).read_bytes() == before


def test_the_best_fixed_candidate_is_that_of_the_validation_dice(
    study: twinseg.Study, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    shutil.copytree(study.folder, out)
    scores = pd.read_parquet(out / "tables" / "validation_scores.parquet")
    is_intersection = scores["model"] == "intersection"
    scores.loc[is_intersection, ["dice", "iou"]] = (1.0, 0.0)
    write_table(out / "tables" / "validation_scores.parquet", scores, sealed=True)
    shutil.rmtree(out / "predictions" / "test" / "chosen")
    again(opened(study, out), RULE_STAGES, first="choice for each case")
    choices = pd.read_parquet(out / "tables" / "choices.parquet")
    assert set(choices["chosen"]) == {"intersection"}
    for case in choices["case"]:
        chosen, expected = (
            out / "predictions" / "test" / rule for rule in ("chosen", "intersection")
        )
        assert (chosen / f"{case}.png").read_bytes() == (expected / f"{case}.png").read_bytes()


def test_features_tell_how_alike_the_heat_maps_of_the_twins_are(study: twinseg.Study) -> None:
    at_work = opened(study)
    for split in ("validation", "test"):
        cases = at_work.twin_cases(study.settings.contrast, split)
        features, ids = features_of(at_work, cases), cases.case_ids
        assert np.isfinite(features.to_numpy()).all()
        for kind in ("grad_cam-decoder-target", "grad_cam-bottleneck-non-target"):
            maps = study.folder / "explanations" / split
            one, other = (open_planes(maps / run / kind).read(ids) for run in RUNS)
            expected = [
                stats.spearmanr(first.ravel(), second.ravel()).statistic if first.any() else 0
                for first, second in zip(one, other, strict=True)
            ]
            assert features[f"agreement {kind}"].to_numpy() == pytest.approx(
                np.nan_to_num(expected), abs=1e-5
            )


def test_the_tables_of_the_rules_agree_with_the_scores(study: twinseg.Study) -> None:
    tables = study.folder / "tables"
    dice = study.scores.pivot(index="case", columns="model", values="dice")
    ceiling = pd.read_parquet(tables / "ceiling.parquet").set_index("model")
    better = ceiling["better_twin"].iloc[0]
    best = dice[[*RUNS, "union", "intersection", "mean"]].max(axis=1).mean()
    assert ceiling["ceiling"].to_numpy() == pytest.approx(best)
    assert ceiling.loc[better, "share_of_gap"] == 0
    for one in study.comparisons:
        if one.metric == "dice" and one.second in ceiling.index and one.first == better:
            gain = ceiling.loc[one.second, "share_of_gap"] * ceiling.loc[one.second, "gap"]
            assert gain == pytest.approx(one.mean_difference, abs=1e-9)
    coverage = pd.read_parquet(tables / "risk_coverage.parquet")
    assert set(coverage["model"]) == {better, "mean", "chosen"}
    for row in coverage.itertuples():
        assert row.area_random == pytest.approx(1 - dice[row.model].mean())
        assert row.area_oracle <= row.area + 1e-12
    control = pd.read_parquet(tables / "risk_control.parquet")
    assert len(control) == 9
    # four validation groups promise nothing below 1 / 5, and 0.2 only without any error
    assert (control["smallest_alpha"] == 0.2).all()
    assert not control.loc[control["alpha"] < 0.2, "is_reachable"].any()
    everything = control[(control["risk"] == "type2_rate") & (control["alpha"] == 0.2)].iloc[0]
    assert (everything["is_reachable"], everything["validation_risk"]) == (True, 0)


def test_the_page_tells_of_the_rules(study: twinseg.Study) -> None:
    page = study.report.read_text()
    assert 'id="rules"' in page
    assert "4 validation groups are too few to learn from" in page
    assert "cannot be promised: with 4 validation groups nothing below 20 % can" in page
    assert page.count("where the twins differ</") >= 1
    before = {path: path.read_bytes() for path in (study.folder / "tables").iterdir()}
    for name in ("ceiling", "doubt", "risk_coverage", "risk_control"):
        (study.folder / "tables" / f"{name}.parquet").unlink()
    again(opened(study), RULE_WORTH_STAGES)
    assert {path: path.read_bytes() for path in (study.folder / "tables").iterdir()} == before


def refuse_test(data, test: set[int]):
    """Answer with the reference of a case unless it is a test case."""

    def reference(position: int) -> np.ndarray:
        assert position not in test
        return data.reference(position)

    return reference


def test_the_better_twin_is_the_one_of_validation() -> None:
    scores = pd.DataFrame({"model": ["a", "a", "b", "b"], "dice": [0.5, np.nan, 0.6, 0.2]})
    assert better_twin(scores, ["a", "b"]) == "a"
    assert better_twin(scores.assign(dice=0.5), ["b", "a"]) == "b"
    assert better_twin(scores.assign(dice=[np.nan, np.nan, 0.1, 0.1]), ["a", "b"]) == "b"
