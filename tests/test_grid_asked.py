"""How a grid is asked for: lists, where it runs, what it would do, several datasets at once."""

from pathlib import Path

import pytest

import twinseg
from tests.commands import twinseg_here
from tests.conftest import write_discs
from tests.stages import without_report
from tests.toy_study import TOY, Heard, results, run_toy
from twinseg.core.errors import RunsFailedError
from twinseg.core.executor import Executor
from twinseg.core.on_ray import OnRay
from twinseg.core.processes import InProcesses
from twinseg.records.grid import make_grid
from twinseg.records.settings import Hardware, make_settings
from twinseg.study.grid.executors import executor_asked
from twinseg.study.plan.cost import cost_of
from twinseg.study.plan.counts import Counts
from twinseg.study.requests import requests_of
from twinseg.study.results import GridStudy, Studies
from twinseg.training.trial import Pace, measure_pace

SMALL = [f"--{name.replace('_', '-')}={value}" for name, value in TOY.items() if name != "init"]
SMALL += ["--init=random:1,random:2"]


def test_help_shows_lists_as_lists() -> None:
    said = twinseg_here("run", "--help", columns=120).stdout
    for option, kind in (("init", "str"), ("fraction", "float"), ("seed", "int"), ("roi", "str")):
        assert f"<{kind},...>" in next(line for line in said.splitlines() if f"--{option} " in line)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cpus-per-run", "2"], "--cpus-per-run goes with --ray"),
        (["--gpus-per-run", "0.5", "--at-once", "2"], "--gpus-per-run goes with --ray"),
        (["--ray", "auto", "--at-once", "2"], "--at-once is of this machine alone"),
        (["--ray", ""], "--ray is empty"),
        (["--at-once", "0"], "setting at_once = 0: expected a whole number above 0"),
        (["--gpus-per-run", "-1", "--ray", "auto"], "setting gpus_per_run = -1.0: expected a num"),
        (["--preset", "papr"], "unknown preset 'papr'; choose one of: paper, quick, standard"),
        (["--fractions", "1"], "no such option --fractions; did you mean --fraction?"),
        (
            ["--fraction", "1,x"],
            "setting fraction = '1,x': expected a number above 0 and at most 1",
        ),
        (["--seed", "0,0"], "setting seed = '0,0': 0 is given twice"),
    ],
)
def test_wrong_options_are_one_line(options: list[str], said: str, tmp_path: Path) -> None:
    done = twinseg_here("run", "a", tmp_path / "b", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "executor"),
    [
        ({}, None),
        ({"at_once": 100}, InProcesses(100, threads=1)),
        ({"ray": "auto"}, OnRay("auto", 1, 0.0)),
        ({"ray": "local", "cpus_per_run": 2}, OnRay("", 2, 0.0)),
        ({"ray": "head:6379", "cpus_per_run": 4, "gpus_per_run": 0.25},
         OnRay("head:6379", 4, 0.25)),
    ],
)  # fmt: skip
def test_options_say_where_runs_are_worked_off(options: dict, executor: Executor | None) -> None:
    assert executor_asked(**options) == executor


def test_failed_runs_are_status_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RunsFailedError("2 jobs of b failed")

    monkeypatch.setattr("twinseg.study.friendly_run.run", fails)
    (tmp_path / "a").mkdir()
    done = twinseg_here("run", tmp_path / "a", tmp_path / "b")
    assert (done.returncode, done.stderr) == (1, "twinseg: 2 jobs of b failed\n")


def test_a_pair_may_be_worked_off_in_two_processes(
    calm: twinseg.Study, source: Path, tmp_path: Path
) -> None:
    heard = Heard()
    study = run_toy(source, tmp_path / "out", heard, executor=InProcesses(2))
    assert any("2 runs to do: 2 at once on this machine" in line for line in heard.lines)
    scores = calm.files.table("scores").with_suffix(".csv").read_text()
    assert study.files.table("scores").with_suffix(".csv").read_text() == scores


def test_a_dry_run_of_a_grid_is_a_line_for_each_fraction(
    calm: twinseg.Study, tmp_path: Path
) -> None:
    before = results(calm.folder)
    asked = ["--fraction=1,0.5", "--seed=0,1,2", "--folds=3", "--dry-run", *SMALL]
    done = twinseg_here("run", calm.folder / "dataset", tmp_path / "new", *asked)
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if not line.startswith("note: this machine")]
    assert "36 runs, 18 contrasts; " in lines[0]
    assert lines[1] == (
        "random, fraction 1: 18 runs; 5 cases to train, 1 to 2 to validate, 3 to 4 to test"
    )
    assert lines[2].startswith("random, fraction 0.5: 18 runs; 3 cases to train, ")
    assert lines[3].startswith("time: about ")
    assert lines[4].startswith("disk: about ")
    assert lines[5].startswith("not counted: reading the source, heat maps")
    assert lines[6:] == ["36 runs: 36 waiting", "18 contrasts: 18 waiting"]
    assert not (tmp_path / "new").exists()
    assert results(calm.folder) == before


def test_a_prepared_dataset_keeps_its_size_whatever_a_preset_says(calm: twinseg.Study) -> None:
    (one,) = requests_of(calm.folder / "dataset", "quick", {})
    assert (one.grid.shared.model.size, one.grid.shared.training.epochs) == (32, 8)


def test_a_dry_run_of_what_is_not_prepared_says_so(source: Path, tmp_path: Path) -> None:
    done = twinseg_here("run", source, tmp_path / "new", "--dry-run", *SMALL)
    assert "the source is not prepared yet" in done.stdout
    assert "time for every 100 cases: about " in done.stdout
    assert not (tmp_path / "new").exists()
    done = twinseg_here("run", source, tmp_path / "new", "--dry-run", *SMALL, "--size=33")
    assert (done.returncode, "take 32 or 64" in done.stderr) == (2, True)


def test_what_runs_cost_on_paper() -> None:
    grid = make_grid(fraction="1,0.5", size=64, epochs=10)
    pace = Pace(training_s=0.2, answer_s=0.1, batch_size=16, weights_bytes=1000)
    whole, half = Counts(100, 100, 20, 30), Counts(50, 100, 20, 30)
    counts = {run: whole if run.fraction == 1 else half for run in grid.runs}
    cost = cost_of(grid, counts, pace, at_once=2)
    # A run of all: 10 epochs of 100 cases and 20 validations, then 50 answers.
    of_all, of_half = 10 * (100 * 0.2 + 20 * 0.1) + 50 * 0.1, 10 * (50 * 0.2 + 20 * 0.1) + 5
    assert cost.seconds == pytest.approx((2 * of_all + 2 * of_half) / 2)
    # Of each run probabilities and two heat maps, of each contrast two rules: float32 of 64 x 64.
    assert cost.bytes == 4 * 1000 + (4 * 3 + 2 * 2) * 50 * 4 * 64 * 64
    assert cost.passing_bytes == 2 * 4 * 1000
    equal = make_grid(fraction="1,0.5", size=64, epochs=10, equal="steps", batch_size=10)
    twice = cost_of(equal, {equal.runs[-1]: half}, pace, at_once=1).seconds
    assert twice == pytest.approx(20 * (50 * 0.2 + 20 * 0.1) + 5)


def test_a_pace_is_measured_without_a_trace(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    settings = make_settings(encoder="tu-test_efficientnet", size=32, batch_size=4)
    pace = measure_pace(settings, Hardware(), threads=1)
    assert 0 < pace.answer_s < pace.training_s
    assert pace.weights_bytes == pytest.approx(6.3e6, rel=0.1)
    torchs = "torchinductor"  # a folder of PyTorch's own, made when a process first trains
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(torchs)] == []


def test_several_datasets_are_several_studies_and_one_that_fails_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_report(monkeypatch)
    write_discs(tmp_path, "discs")
    write_discs(tmp_path, "more")
    write_discs(tmp_path, "few", cases=4)
    head = "".join(f'[[dataset]]\nsource = "{name}"\n' for name in ("few", "discs", "more"))
    text = f"""{head}
[grid]
init = ["random:1", "random:2"]
[model]
encoder = "tu-test_efficientnet"
size = 32
[training]
epochs = 1
batch_size = 4
[evaluation]
evidence_cases = 1
"""
    file, out = tmp_path / "study.toml", tmp_path / "out"
    file.write_text(text)
    with pytest.raises(RunsFailedError, match="1 dataset of 3 failed: few; the others are done"):
        twinseg.run(file, out)
    page = (out / "index.html").read_text()
    assert 'href="discs/report/index.html"' in page
    assert "<strong>few</strong> failed: " in page
    file.write_text(text.replace('[[dataset]]\nsource = "few"\n', ""))
    studies = twinseg.run(file, out)
    assert isinstance(studies, Studies)
    assert [*studies.studies] == ["discs", "more"]
    assert not any(isinstance(one, GridStudy) for one in studies.studies.values())
    assert studies.report.exists()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>my own</h1>")
    with pytest.raises(twinseg.TwinsegError, match="holds something else"):
        twinseg.run(file, tmp_path / "site")
    with pytest.raises(twinseg.TwinsegError, match="is a study of one dataset"):
        twinseg.run(file, out / "discs")
    with pytest.raises(twinseg.TwinsegError, match="exists and is not a study"):
        run_toy(tmp_path / "discs", out)
