"""A grid of runs end to end on small pictures: what is shared, what is refused, what goes on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import twinseg
from tests.conftest import write_discs
from tests.stages import replace_work, without_report
from tests.toy_study import TOY, Heard, results
from twinseg.core.errors import ConfigError, DataError, RunsFailedError, StoreError
from twinseg.core.executor import InProcess
from twinseg.core.progress import Silent
from twinseg.core.tables import read_table
from twinseg.data.prepared import open_prepared
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import grid_from, make_grid
from twinseg.records.run_spec import RunSpec
from twinseg.report.grid_page import write_grid_page
from twinseg.report.write_report import write_report
from twinseg.study.friendly_status import say_how_far
from twinseg.study.report import build_report
from twinseg.study.results import GridStudy
from twinseg.study.run_stages import train

SMALL = TOY | {"fraction": (1, 0.5), "seed": (0, 1)}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("source"), cases=20)


def run_small(source: Path, out: Path, progress: Heard | None = None, **other) -> GridStudy:
    study = twinseg.run(source, out, progress=progress, executor=InProcess(), **SMALL | other)
    assert isinstance(study, GridStudy)
    return study


@pytest.fixture(autouse=True, scope="module")
def pageless() -> Iterator[None]:
    """Let no contrast draw its page, which takes longest."""
    with pytest.MonkeyPatch.context() as patched:
        without_report(patched)
        yield


@pytest.fixture(scope="module")
def grid(source: Path, tmp_path_factory: pytest.TempPathFactory, pageless: None) -> GridStudy:
    return run_small(source, tmp_path_factory.mktemp("out") / "grid")


def draw_page(contrast: twinseg.Study) -> Path:
    data = open_prepared(contrast.files.dataset)
    return write_report(contrast.folder, data, progress=Silent())


def test_every_pair_of_inits_at_every_point_is_a_contrast() -> None:
    asked = make_grid(init="imagenet,random,random:2", fraction="1,0.5", seed=[3, 4], folds=2)
    assert len(asked.contrasts) == 3 * 2 * 2 * 2
    assert len(asked.runs) == 3 * 2 * 2 * 2
    assert len({run.id for run in asked.runs}) == len(asked.runs)
    assert {one.split.split_seed for one in asked.contrasts} == {3}
    assert grid_from(asked.as_tables()) == asked


def test_one_of_each_is_a_pair() -> None:
    asked = make_grid(seed=7)
    assert not asked.is_grid
    (pair,) = asked.contrasts
    assert pair.split.split_seed is None
    assert pair.contrast.first == RunSpec("imagenet", seed=7)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"fraction": "1,2"}, "expected a number above 0 and at most 1"),
        ({"design": "sprase,random"}, "did you mean sparse"),
        ({"init": "imagenet"}, "two starts at least"),
        ({"seed": "1,1"}, "1 is given twice"),
        ({"seed": ""}, "at least one value"),
        ({"folds": 1}, "one fold would test on every case"),
        ({"fold": 1}, "did you mean folds"),
        ({"init": "a/w.safetensors,b/w.safetensors"}, "would be called w-f100-s0"),
    ],
)
def test_what_is_no_grid_is_refused_in_one_line(asked: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        make_grid(**asked)
    assert "\n" not in str(error.value)


def test_all_runs_are_tested_on_the_same_cases(grid: GridStudy) -> None:
    scores = grid.scores
    tested = scores.groupby("model")["case"].apply(frozenset)
    assert len(set(tested)) == 1
    runs = scores[scores["kind"] == "run"]
    assert set(runs["contrast"]) == {""}
    assert not runs.duplicated(["model", "case"]).any()
    assert set(scores.loc[scores["kind"] == "rule", "contrast"]) == {*grid.contrasts}
    parts = [read_table(one.files.table("cases")) for one in grid.contrasts.values()]
    for seed in (0, 1):
        whole, half = (
            set(part.loc[part["split"] == "train", "case"])
            for part, name in zip(parts, grid.contrasts, strict=True)
            if name.endswith(f"s{seed}")
        )
        assert half < whole


def test_a_contrast_is_the_study_of_its_pair(grid: GridStudy, source: Path, tmp_path: Path) -> None:
    alone = twinseg.run(
        source, tmp_path / "pair", **TOY, fraction=0.5, seed=1, split_seed=0, executor=InProcess()
    )
    inside = grid.contrasts["random1-random2-f50-s1"]
    pd.testing.assert_frame_equal(alone.scores, inside.scores)
    for name in ("comparisons", "strata", "explanations", "cases"):
        pd.testing.assert_frame_equal(
            read_table(alone.files.table(name)), read_table(inside.files.table(name))
        )


def test_the_page_of_a_grid_shows_cases_and_leads_to_every_contrast(grid: GridStudy) -> None:
    for name in ("random1-random2-f100-s0", "random1-random2-f50-s0"):
        contrast = grid.contrasts[name]
        assert draw_page(contrast).exists()
    write_grid_page(grid.files, grid.grid, [])
    named = re.findall(r'(src|href)="([^"#]+)"', grid.report.read_text())
    pictures = [address for of, address in named if of == "src"]
    assert len(pictures) == 2
    assert all((grid.report.parent / address).is_file() for address in pictures)
    led_to = {(grid.report.parent / address).resolve() for _, address in named}
    assert led_to >= {one.report.resolve() for one in grid.contrasts.values()}


def test_a_finished_grid_is_left_as_it_is(grid: GridStudy, source: Path) -> None:
    before, heard = results(grid.folder), Heard()
    run_small(source, grid.folder, heard)
    assert heard.tasks == []
    assert results(grid.folder) == before


def test_a_grid_grows_by_what_is_new(source: Path, tmp_path: Path) -> None:
    def logs() -> set[str]:
        return {file.stem for file in (tmp_path / "g" / "logs").glob("*.log")}

    run_small(source, tmp_path / "g", fraction=0.5)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "g" / "runs").rglob("*.*")}
    for log in (tmp_path / "g" / "logs").glob("*"):
        log.unlink()
    grown = run_small(source, tmp_path / "g", fraction=0.5, seed=(0, 1, 2))
    new = {"random1-f50-s2", "random2-f50-s2", "random1-random2-f50-s2"}
    assert logs() == new
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert set(grown.scores["seed"]) == {0, 1, 2}
    heard = Heard()
    smaller = run_small(source, tmp_path / "g", heard, fraction=0.5, seed=(0, 1))
    assert set(smaller.scores["seed"]) == {0, 1}
    assert any("1 contrast of an earlier grid" in line for line in heard.lines)


def test_three_inits_share_their_runs(source: Path, tmp_path: Path) -> None:
    inits = ("random:1", "random:2", "random:3")
    study = run_small(source, tmp_path / "g", init=inits, fraction=1, seed=0)
    assert len(study.contrasts) == 3
    assert len([*(tmp_path / "g" / "runs").iterdir()]) == 3
    assert len([*(tmp_path / "g" / "logs").glob("*.log")]) == 3 + 3


def test_folds_test_each_case_once(source: Path, tmp_path: Path) -> None:
    study = run_small(source, tmp_path / "g", fraction=1, seed=0, folds=2)
    rows = study.scores.query("kind == 'run' and init == 'random:1'")
    assert len(rows) == rows["case"].nunique() == 20
    assert set(rows["fold"]) == {0, 1}
    assert set(rows["model"]) == {"random1-f100-s0-k0", "random1-f100-s0-k1"}


def test_a_run_that_fails_stops_no_other(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, tried = "random2-f50-s0", []

    def train_or_fail(study, run, progress) -> None:
        if run.id == lost:
            tried.append(run.id)
            raise RuntimeError("the power went")
        train(study, run, progress)

    heard, out = Heard(), tmp_path / "g"
    with monkeypatch.context() as patched:
        replace_work(patched, "training", train_or_fail)
        with pytest.raises(RunsFailedError, match="1 job of .* failed, the others are done"):
            run_small(source, out, heard, seed=0)
    assert tried == [lost] * 2
    assert any(line.startswith(f"failed: {lost}: RuntimeError: the power") for line in heard.lines)
    assert set(read_table(out / "tables" / "scores.parquet")["contrast"]) == {
        "",
        "random1-random2-f100-s0",
    }
    heard = Heard()
    assert not say_how_far(out, heard)
    assert any(lost in line and "failed" in line and "power" in line for line in heard.lines)
    assert "4 runs: 3 done, 1 failed" in heard.lines
    study = run_small(source, out, seed=0)
    assert set(study.contrasts) <= set(study.scores["contrast"])
    heard = Heard()
    assert say_how_far(out, heard)
    assert heard.lines[-2:] == ["4 runs: 4 done", "2 contrasts: 2 done"]


def test_another_setting_does_anew_what_follows(source: Path, tmp_path: Path) -> None:
    run_small(source, tmp_path / "g", seed=0)
    models = {path: path.read_bytes() for path in tmp_path.rglob("model.safetensors")}
    heard = Heard()
    run_small(source, tmp_path / "g", heard, seed=0, ring=9.0)
    assert any(line.startswith("note: ring was 5.0, now 9.0: done anew") for line in heard.lines)
    assert all(path.read_bytes() == before for path, before in models.items())


def test_killed_once_it_said_what_is_done_anew_it_goes_on(source: Path, tmp_path: Path) -> None:
    class Killed:
        said = "nowhere"

        def outcomes(self, _work, _jobs):
            raise KeyboardInterrupt

    fewer = {"seed": 0, "fraction": 1, "folds": 2}
    run_small(source, tmp_path / "g", **fewer)
    with pytest.raises(KeyboardInterrupt):
        twinseg.run(source, tmp_path / "g", executor=Killed(), **SMALL | fewer, weight_decay=0.1)
    run_small(source, tmp_path / "g", **fewer, weight_decay=0.1)
    kept = [*(tmp_path / "g" / "replaced").glob("*/random1-f100-s0-k0")]
    assert len(kept) == 1


def test_pairs_and_grids_do_not_share_a_folder(
    grid: GridStudy, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="is a grid of runs, and one pair was asked for"):
        twinseg.run(source, grid.folder, **TOY)
    twinseg.run(source, tmp_path / "pair", **TOY)
    with pytest.raises(StoreError, match="is a study of one pair, and a grid was asked for"):
        run_small(source, tmp_path / "pair")


def test_a_grid_is_no_model_and_says_which_folders_are(grid: GridStudy) -> None:
    for asked in (lambda: twinseg.load_model(grid.folder), lambda: build_report(grid.folder)):
        with pytest.raises(StoreError, match="is a grid of runs; name one of its contrasts: "):
            asked()


def test_what_is_refused_leaves_nothing(source: Path, tmp_path: Path) -> None:
    with pytest.raises((ConfigError, DataError)):
        run_small(source, tmp_path / "g", folds=25, seed=0, fraction=1)
    assert not (tmp_path / "g").exists()


def test_equal_steps_train_a_fraction_as_long(
    grid: GridStudy, source: Path, tmp_path: Path
) -> None:
    by_steps = twinseg.run(source, tmp_path / "s", **TOY, fraction=0.5, equal="steps")

    def epochs(files: StudyFolder, run: str) -> int:
        return len(files.run(run).history.read_text().splitlines()) - 1

    assert epochs(grid.files, "random1-f100-s0") == 1
    assert epochs(grid.files, "random1-f50-s0") == 1
    assert epochs(by_steps.files, "random1-f50-s0") == 2
    page = draw_page(by_steps).read_text()
    assert "for 2 epochs (as many steps as 1 of all training cases) in batches" in page
