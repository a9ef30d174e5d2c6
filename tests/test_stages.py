"""Stages as data: what another setting does anew, what is set aside, what a job weighs."""

import pickle
import shutil
from pathlib import Path

import pytest

import twinseg
from tests.commands import twinseg_here
from tests.stages import without_report
from tests.toy_metric import TOY as TOY_METRIC
from tests.toy_study import RUNS, TOY, Heard, results, run_toy
from twinseg.comparison import compare_all
from twinseg.core.errors import StoreError
from twinseg.core.tables import read_table, write_table
from twinseg.ensemble.combine import ALL_RULES
from twinseg.metrics import METRICS
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import make_settings
from twinseg.report.score_table import read_score_table
from twinseg.report.study_contents import read_contents
from twinseg.study.all_tables import all_tables, as_markdown
from twinseg.study.files import read_files
from twinseg.study.first_weights import Start
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import Over, Stage
from twinseg.study.stages import STAGES
from twinseg.study.step_engine import job_of
from twinseg.training.normalisation import IMAGENET
from twinseg.training.weights import FirstWeights


@pytest.fixture
def out(calm: twinseg.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a finished study."""
    without_report(monkeypatch)
    for ending in ("", "-originals"):
        shutil.copytree(f"{calm.folder}{ending}", tmp_path / f"study{ending}")
    return tmp_path / "study"


def made(out: Path, folder: str) -> dict[str, bytes]:
    """Bytes of all files below a folder of a study, but for what the report has drawn."""
    return {
        name: content
        for name, content in results(out).items()
        if name.startswith(folder) and not (folder == "explanations" and name.endswith(".png"))
    }


def test_another_ring_weighs_the_maps_again_and_touches_nothing_before(
    calm: twinseg.Study, source: Path, out: Path
) -> None:
    heard = Heard()
    run_toy(source, out, heard, ring=9.0)
    assert heard.tasks == [f"weighing maps of {run}" for run in RUNS]
    assert (
        "note: ring was 5.0, now 9.0: done anew: evidence of heat maps, and what follows from it: "
        "table of evidence, findings of heat maps"
    ) in heard.lines
    for folder in ("runs", "predictions", "tables/scores", "tables/comparisons"):
        assert made(out, folder) == made(calm.folder, folder)
    assert made(out, "tables/explanations") != made(calm.folder, "tables/explanations")
    heard = Heard()
    run_toy(source, out, heard, ring=5.0)
    assert made(out, "tables/explanations") == made(calm.folder, "tables/explanations")
    assert twinseg.Study(out).settings == calm.settings


def test_other_epochs_train_again_and_the_models_before_are_set_aside(
    calm: twinseg.Study, source: Path, out: Path
) -> None:
    heard = Heard()
    run_toy(source, out, heard, epochs=2)
    assert [task for task in heard.tasks if "training" in task] == [f"training {r}" for r in RUNS]
    for run in RUNS:
        kept = out / "replaced" / "1" / run
        assert f"note: the model trained before is kept in {kept}" in heard.lines
        before = (calm.folder / "runs" / run / "model.safetensors").read_bytes()
        assert (kept / "model.safetensors").read_bytes() == before
        assert (out / "runs" / run / "model.safetensors").read_bytes() != before
    run_toy(source, out, epochs=1)
    assert sorted(path.name for path in (out / "replaced").iterdir()) == ["1", "2"]
    for folder in ("runs", "predictions", "explanations", "tables"):
        assert made(out, folder) == made(calm.folder, folder)


@pytest.mark.slow
def test_a_study_stopped_while_it_changes_ends_as_if_it_had_not_been(
    source: Path, out: Path, tmp_path: Path
) -> None:
    class Stopped(BaseException):
        pass

    class StopsAt(Heard):
        def task(self, title: str, total: int, *, done: int = 0, unit: str = ""):
            if title.startswith("explaining"):
                raise Stopped
            return super().task(title, total, done=done, unit=unit)

    with pytest.raises(Stopped):
        run_toy(source, out, StopsAt(), learning_rate=0.01)
    run_toy(source, out, learning_rate=0.01)
    run_toy(source, tmp_path / "calm", learning_rate=0.01)
    for folder in ("runs", "predictions", "explanations", "tables"):
        assert made(out, folder) == made(tmp_path / "calm", folder)


def test_a_study_without_its_notes_of_steps_is_not_done_again(
    calm: twinseg.Study, source: Path, out: Path
) -> None:
    shutil.rmtree(out / ".steps")
    heard = Heard()
    run_toy(source, out, heard)
    assert heard.tasks == []
    shutil.rmtree(out / ".steps")
    run_toy(source, out, heard, surface_tolerance=3.0)
    assert "scoring" in heard.tasks  # what was there is known to be of the settings before
    assert not any(task.startswith(("training", "predicting")) for task in heard.tasks)


@pytest.mark.parametrize("place", ["predictions/test", "runs"])
def test_files_of_others_are_never_removed_with_what_is_done_anew(
    source: Path, out: Path, place: str
) -> None:
    mine = out / place / RUNS[0] / "thesis.txt"
    mine.write_text("precious")
    with pytest.raises(StoreError, match=r"not of twinseg, such as thesis\.txt; move them"):
        run_toy(source, out, epochs=2)
    assert mine.read_text() == "precious"
    if place == "runs":
        mine.rename(out.parent / "thesis.txt")
        run_toy(source, out, epochs=2)  # as it was told
        assert len((out / "runs" / RUNS[0] / "history.csv").read_text().splitlines()) == 1 + 2


def test_other_runs_are_another_study(source: Path, out: Path) -> None:
    before = results(out)
    with pytest.raises(StoreError, match="fraction was 1.0, now 0.5; .* choose another OUT"):
        run_toy(source, out, fraction=0.5)
    assert results(out) == before


def test_a_job_is_some_hundred_bytes_whatever_the_dataset(tmp_path: Path) -> None:
    settings, folder = make_settings(), StudyFolder(tmp_path / "study")
    weights = FirstWeights("imagenet", file=tmp_path / "vgg16.imagenet.safetensors")
    start = Start(weights, IMAGENET)
    starts = dict.fromkeys(settings.contrast.runs, start)
    study = OpenStudy(folder, settings, tmp_path / "dataset", starts=starts)
    for run in settings.contrast.runs:
        assert len(pickle.dumps(job_of(study, run))) < 1500


def test_every_stage_stands_on_stages_before_it_and_depends_on_settings_there_are() -> None:
    known: set[str] = set()
    for stage in STAGES:
        assert {*stage.needs} <= known
        assert stage.name not in known
        assert {*stage.settings} <= {*make_settings().flat()}
        known.add(stage.name)
    asked = {name for stage in STAGES for name in stage.settings}
    # The first is in the names of the twins, the second is read when the page is drawn.
    assert {*make_settings().flat()} - asked == {"init", "remark"}


def test_status_and_dry_run_read_the_same_list(
    calm: twinseg.Study, source: Path, out: Path, tmp_path: Path
) -> None:
    said = twinseg_here("status", out)
    assert said.returncode == 0
    lines = said.stdout.splitlines()
    assert lines[-1] == "all steps are done"
    assert all(line.endswith("  done") for line in lines[:-1])
    asked = [f"--{name.replace('_', '-')}={value}" for name, value in TOY.items() if name != "init"]
    asked += [f"--init={','.join(TOY['init'])}", "--dry-run"]
    before = results(out)
    planned = twinseg_here("run", source, out, *asked, "--ring=7").stdout
    anew = [line.split("  ")[0] for line in planned.splitlines() if "to be done anew" in line]
    assert anew == [
        *(f"evidence of heat maps of {run}" for run in RUNS),
        *("table of evidence", "findings of heat maps"),
    ]
    assert results(out) == before
    planned = twinseg_here("run", source, tmp_path / "new", *asked).stdout.splitlines()
    steps = [line for line in planned if line.endswith("  to do")]
    assert planned[-1 - len(steps) : -1] == steps
    assert planned[-1] == f"{len(steps)} steps of {len(steps)} left"
    assert not (tmp_path / "new").exists()
    assert twinseg_here("status", tmp_path).returncode == 2


def test_a_toy_stage_is_its_work_and_a_row(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(study: OpenStudy, _target: None, _progress: object) -> None:
        means = study.table("scores").groupby("model")["dice"].mean().reset_index()
        write_table(study.folder.table("toy"), means, sealed=True)

    toy = Stage("toy", Over.STUDY, ("scores",), lambda study, _: [study.folder.table("toy")], work)
    from twinseg.study import step_engine

    stages = (*step_engine.STAGES[:-1], toy, step_engine.STAGES[-1])
    for module in ("step_engine", "status"):
        monkeypatch.setattr(f"twinseg.study.{module}.STAGES", stages)
    heard = Heard()
    run_toy(source, out, heard)
    assert heard.tasks == []  # nothing else is done again
    assert {"tables/toy.parquet", "tables/toy.csv"} <= {*read_files(out)}
    assert "toy  " in twinseg_here("status", out).stdout
    (out / "tables" / "toy.parquet").unlink()
    run_toy(source, out)
    assert (out / "tables" / "toy.parquet").exists()


def test_a_toy_rule_is_a_function_and_a_row(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ALL_RULES, "toy", lambda masks: masks[0] & ~masks[1])
    heard = Heard()
    run_toy(source, out, heard)
    assert not any(task.startswith(("training", "predicting", "expl")) for task in heard.tasks)
    study = twinseg.Study(out)
    for case in study.scores["case"].unique():
        one, other = (study.predictions(run).mask(case) for run in RUNS)
        assert (study.predictions("toy").mask(case) == (one & ~other)).all()
    assert "toy" in set(study.scores["model"])
    assert [one.second for one in study.comparisons].count("toy") == 1
    assert "toy" in set(read_table(study.files.table("score_summaries"))["model"])


def test_a_toy_metric_is_a_file_and_a_row(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS, "toy", TOY_METRIC)
    heard = Heard()
    run_toy(source, out, heard)
    assert not any(task.startswith(("training", "predicting", "expl")) for task in heard.tasks)
    said = "note: of another version of twinseg: done anew: validation scores, and what follows"
    assert any(line.startswith(said) for line in heard.lines)
    scores = twinseg.Study(out).scores
    pixels = scores[["tp", "fp", "fn", "tn"]].sum(axis=1)
    assert (scores["toy"] == (scores["fp"] + scores["fn"]) / pixels).all()
    assert list(scores.columns) == list(all_tables()["scores"].names)
    assert "| `toy` | number |  | (FP + FN) / all pixels |" in as_markdown()
    summaries = read_table(StudyFolder(out).table("score_summaries"))
    (first,) = summaries.loc[
        (summaries["metric"] == "toy") & (summaries["model"] == RUNS[0]), "mean"
    ]
    assert first == pytest.approx(scores.loc[scores["model"] == RUNS[0], "toy"].mean())
    cells = read_score_table(read_contents(out)).cells["toy"]
    assert {model.id: cell.summary.mean for model, cell in cells.items()}[RUNS[0]] == first
    (found,) = compare_all(scores, [RUNS], ["toy"], seed=0, draws=99)
    assert found.higher_is_better is False
