"""What is whole is not repeated, and what is repeated ends in the same bits."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest

import twinseg
from tests.stages import without_report
from tests.toy_study import RUNS, Heard, results, run_toy

PAGE = ["drawing the gallery"]  # the page alone is drawn at every start


class Stopped(BaseException):
    """As sudden as a kill: nobody catches it."""


class StopsAtTask(Heard):
    """Ends the program when the second task of a start is opened: the first one is whole then."""

    def task(self, title: str, total: int, *, done: int = 0, unit: str = ""):
        if self.tasks:
            raise Stopped
        return super().task(title, total, done=done, unit=unit)


def test_a_finished_study_repeats_nothing(source: Path, calm: twinseg.Study) -> None:
    heard = Heard()
    run_toy(source, calm.folder, heard)
    assert heard.tasks == PAGE


def test_maps_of_a_twin_that_were_weighed_are_not_weighed_again(
    source: Path, calm: twinseg.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    shutil.copytree(calm.folder, out)
    shutil.copytree(f"{calm.folder}-originals", f"{out}-originals")  # else they are made anew
    for run in RUNS:
        twinseg.Study(out).files.evidence(run).unlink()
    without_report(monkeypatch)
    first, second = StopsAtTask(), Heard()
    with pytest.raises(Stopped):
        run_toy(source, out, first)
    run_toy(source, out, second)
    weighing = [f"weighing maps of {run}" for run in RUNS]
    assert [first.tasks, second.tasks] == [weighing[:1], weighing[1:]]
    assert results(out) == results(calm.folder)


@pytest.mark.slow
def test_each_start_goes_on_where_the_last_one_was_cut(source: Path, tmp_path: Path) -> None:
    undisturbed, out = Heard(), tmp_path / "study"
    study, tasks = run_toy(source, tmp_path / "calm", undisturbed), undisturbed.tasks
    worked_off = []
    while not (out / "manifest.json").exists():
        start = StopsAtTask()
        with suppress(Stopped):
            run_toy(source, out, start)
        worked_off += start.tasks
        assert len(worked_off) <= len(tasks)
    assert worked_off == tasks
    assert results(out) == results(study.folder)
