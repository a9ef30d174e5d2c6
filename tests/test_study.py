"""The main job end to end on small pictures: what lies where, what is refused, what is repeated."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import twinseg
from tests.conftest import WritePairs
from twinseg.core.errors import ConfigError, StoreError, WeightsError
from twinseg.core.store import locked
from twinseg.explanation.evidence import MEASURES
from twinseg.records.settings import read_settings

SMALL = {
    "encoder": "tu-test_efficientnet",
    "size": 32,
    "epochs": 2,
    "batch_size": 4,
    "evidence_cases": 1,
}
TWINS = {"init": ("random:1", "random:2")}
RUNS = ("random1-f100-s0", "random2-f100-s0")
RULES = [
    "union",
    "intersection",
    "staple",
    "lesion-union",
    "lesion-intersection",
    "mean",
    "weighted",
    "chosen",
]
SCORE_COLUMNS = (
    "dataset model kind init design fraction seed rule case group split tp fp fn tn dice iou "
    "sensitivity specificity precision type1_rate type2_rate hausdorff95 surface_dice "
    "distance_unit reference_pixels predicted_pixels"
)
COMPARISON_COLUMNS = (
    "dataset metric first second cases groups undefined mean_difference low high level p_value "
    "p_adjusted effect_size effect_name method correction interval_method undefined_first "
    "undefined_second same_as"
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pairs of different sizes; one mask is empty, one image has no mask."""
    folder = tmp_path_factory.mktemp("source") / "discs"
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for case in range(13):
        height, width = 40 + case, 60 - case
        mask = np.zeros((height, width), bool)
        if case != 3:
            mask[8 : 20 + case, 10 : 22 + case] = True
        picture = rng.integers(0, 70, (height, width, 3)) + 150 * mask[..., None]
        Image.fromarray(picture.astype(np.uint8)).save(folder / "images" / f"c {case}&.png")
        if case < 12:
            Image.fromarray(mask).save(folder / "masks" / f"c {case}&.png")
    return folder


@pytest.fixture(scope="module")
def study(source: Path, tmp_path_factory: pytest.TempPathFactory) -> twinseg.Study:
    return twinseg.run(source, tmp_path_factory.mktemp("out") / "study", **SMALL, **TWINS)


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the study that must be the same when it is made again."""
    timed = {"manifest.json"}  # tells how long it took
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in timed
    }


def test_everything_promised_is_there(study: twinseg.Study) -> None:
    found = set(files(study.folder))
    case_ids = set(study.scores["case"])
    assert len(case_ids) == 2
    for run in RUNS:
        for name in ("model.safetensors", "model.json", "history.csv"):
            assert f"runs/{run}/{name}" in found
        for kind in ("bottleneck-target", "bottleneck-non-target", "decoder-target"):
            folder = f"explanations/test/{run}/grad_cam-{kind}"
            assert {f"{folder}/values.npy", f"{folder}/{min(case_ids)}.png"} <= found
    for model in (*RUNS, *RULES):
        assert {f"predictions/test/{model}/{case}.png" for case in case_ids} <= found
    assert {"study.toml", "dataset.json", "report/index.html"} <= found
    assert (study.folder / "manifest.json").exists()
    assert not [name for name in found if ".part" in name or ".training" in name]


def test_tables_have_the_promised_columns(study: twinseg.Study) -> None:
    comparisons = pd.read_parquet(study.folder / "tables" / "comparisons.parquet")
    assert " ".join(study.scores.columns).startswith(SCORE_COLUMNS)
    assert " ".join(comparisons.columns) == COMPARISON_COLUMNS
    validation = pd.read_parquet(study.folder / "tables" / "validation_scores.parquet")
    held_out = study.scores["case"].nunique() + validation["case"].nunique()
    assert study.scores["train_cases"].unique().tolist() == [12 - held_out]
    assert list(study.scores["model"].unique()) == [*RUNS, *RULES]
    assert str(study.comparisons[0]).startswith(f"{RUNS[0]} - {RUNS[1]}, dice: ")
    assert len(study.comparisons) == 3 + len(RULES)  # the twins in three metrics, each rule in Dice


def test_scores_are_of_the_masks_on_the_source_grid(study: twinseg.Study, source: Path) -> None:
    for row in study.scores.itertuples():
        with Image.open(source / "masks" / f"{row.case}.png") as image:
            reference = np.asarray(image) > 0
        predicted = study.predictions(row.model).mask(row.case)
        assert predicted.shape == reference.shape
        assert row.tp == (predicted & reference).sum()
        assert row.tp + row.fp + row.fn + row.tn == reference.size
        assert row.distance_unit == "px"


def test_every_map_is_weighed(study: twinseg.Study) -> None:
    tables, folder = study.folder / "tables", study.folder / "explanations" / "test"
    weighed = pd.read_parquet(tables / "explanations.parquet")
    kinds = [
        f"grad_cam-{x}-{y}" for x in ("bottleneck", "decoder") for y in ("target", "non-target")
    ]
    assert len(weighed) == len(RUNS) * len(kinds) * study.scores["case"].nunique()
    assert list(weighed.columns[:8]) == (
        ["model", "map", "group", "case", "layer", "region", "distance_unit", "in_reference"]
    )
    assert set(weighed.columns[7:]) == set(MEASURES)
    assert weighed["deletion_random"].notna().any()
    twins = pd.read_parquet(tables / "twin_maps.parquet")
    assert len(twins) == len(kinds) * study.scores["case"].nunique()
    first, second, apart = (
        np.load(folder / name / kinds[1] / "values.npy")
        for name in (*RUNS, "random1-random2-f100-s0")
    )
    assert np.array_equal(apart, first - second, equal_nan=True)
    assert "May these heat maps be believed?" in study.report.read_text()


def test_lesions_groups_and_probabilities_have_tables(study: twinseg.Study) -> None:
    tables = study.folder / "tables"
    lesions, groups, calibration, thresholds = (
        pd.read_parquet(tables / f"{name}.parquet")
        for name in ("lesions", "groups", "calibration", "thresholds")
    )
    reference = lesions[lesions["side"] == "reference"]
    assert len(reference) == study.scores["lesions"].sum()
    assert reference["found"].sum() == study.scores["lesions_found"].sum()
    assert len(lesions) - len(reference) == study.scores["lesions_false"].sum()
    assert groups["tp"].sum() == study.scores["tp"].sum()
    for run in RUNS:
        own = study.scores[study.scores["model"] == run]
        pixels = calibration.loc[calibration["model"] == run, "pixels"].sum()
        assert pixels == own[["tp", "fp", "fn", "tn"]].to_numpy().sum()
        assert thresholds.loc[thresholds["model"] == run, "best"].sum() == 1
        assert own[["ece", "brier"]].notna().all(axis=None)
    assert study.scores.loc[study.scores["model"] == "union", "ece"].isna().all()
    assert "Lesions and probabilities" in study.report.read_text()


def test_probabilities_of_test_and_validation_cases_are_kept(study: twinseg.Study) -> None:
    cases = pd.read_parquet(study.folder / "tables" / "cases.parquet")
    for part in ("test", "validation"):
        for case in cases.loc[cases["split"] == part, "case"]:
            predictions = study.predictions(RUNS[0], part)
            plane = predictions.probability(case)
            assert ((plane > 0.5) == predictions.mask(case)).all()
            assert predictions.probabilities([case]).shape == (1, SMALL["size"], SMALL["size"])
    with pytest.raises(ConfigError, match="unknown part 'train'; choose one of: test, validation"):
        study.predictions(RUNS[0], "train")


def test_rules_are_made_from_the_twins(study: twinseg.Study) -> None:
    for case in study.scores["case"].unique():
        one, other = (study.predictions(run).mask(case) for run in RUNS)
        assert (study.predictions("union").mask(case) == (one | other)).all()
        assert (study.predictions("intersection").mask(case) == (one & other)).all()


def test_no_group_is_in_two_parts_and_what_was_left_out_is_said(study: twinseg.Study) -> None:
    cases = pd.read_parquet(study.folder / "tables" / "cases.parquet")
    assert cases["split"].value_counts().to_dict() == {"train": 8, "validation": 2, "test": 2}
    assert set(cases.loc[cases["split"] == "test", "case"]) == set(study.scores["case"])
    described = json.loads((study.folder / "dataset.json").read_text())
    assert described["left_out"] == [{"file": "images/c 12&.png", "reason": "no mask"}]
    assert described["empty_masks"] == 1


def test_twins_share_the_decoder_and_differ_in_the_encoder(study: twinseg.Study) -> None:
    firsts = [
        json.loads((study.folder / "runs" / run / "manifest.json").read_text())["first_weights"]
        for run in RUNS
    ]
    assert firsts[0]["decoder"] == firsts[1]["decoder"]
    assert firsts[0]["encoder"] != firsts[1]["encoder"]
    assert list(json.loads((study.folder / "manifest.json").read_text())["runs"]) == list(
        TWINS["init"]
    )


def test_a_finished_study_is_left_as_it_is(study: twinseg.Study, source: Path) -> None:
    before = files(study.folder)
    twinseg.run(source, study.folder, **SMALL, **TWINS)
    assert files(study.folder) == before


def test_the_same_seed_gives_the_same_bytes_also_on_the_way_through_a_stop(
    study: twinseg.Study, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    monkeypatch.setattr("twinseg.study.score_stages.score_predictions", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        twinseg.run(source, out, **SMALL, **TWINS)
    assert not (out / "manifest.json").exists()
    shutil.rmtree(out / "runs" / RUNS[1])
    shutil.rmtree(out / "predictions")
    monkeypatch.undo()
    twinseg.run(source, out, **SMALL, **TWINS)
    assert files(out) == files(study.folder)


def test_other_runs_are_refused_with_the_difference(study: twinseg.Study, source: Path) -> None:
    before = files(study.folder)
    with pytest.raises(StoreError, match="seed was 0, now 1; .* choose another OUT"):
        twinseg.run(source, study.folder, **SMALL, **TWINS, seed=1)
    assert files(study.folder) == before


def test_other_data_are_refused(
    study: twinseg.Study, write_pairs: WritePairs, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="was prepared from other files"):
        twinseg.run(write_pairs(), study.folder, **SMALL, **TWINS)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("precious")
    with pytest.raises(StoreError, match="exists and is not a study"):
        twinseg.run(write_pairs("more"), mine, **SMALL, **TWINS)
    with pytest.raises(StoreError, match="lies inside"):
        twinseg.run(tmp_path / "more", tmp_path / "more" / "images" / "out", **SMALL, **TWINS)
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_two_at_once_do_not_share_a_folder(study: twinseg.Study, source: Path) -> None:
    held = locked(study.folder / ".lock")
    with held, pytest.raises(StoreError, match="another twinseg is at work in"):
        twinseg.run(source, study.folder, **SMALL, **TWINS)


def test_a_refused_fraction_leaves_nothing_behind(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leaves 1 training case"):
        twinseg.run(source, tmp_path / "out", **SMALL, **TWINS, fraction=0.01)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"size": 40}, ConfigError, "take 32 or 64"),
        ({"encoder": "vgg61"}, ConfigError, "unknown encoder 'vgg61'"),
        ({"device": "abacus"}, ConfigError, "choose one of: auto, cpu, cuda"),
        ({"init": ("random:1", "./none.safetensors")}, WeightsError, "no file none.safetensors"),
    ],
)
def test_wrong_settings_stop_before_any_work(
    source: Path, tmp_path: Path, settings: dict, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        twinseg.run(source, tmp_path / "out", **SMALL | TWINS | settings)
    assert not (tmp_path / "out").exists()


def test_settings_are_written_in_full(study: twinseg.Study) -> None:
    settings = read_settings(study.folder / "study.toml")
    assert settings.model.encoder == SMALL["encoder"]
    assert settings.split.test_fraction == 0.2
    assert study.model("random:1").network.training is False
