"""The whole grid, in the order the data flow: every run, then every contrast, then the answers."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.core.errors import RunsFailedError, StoreError
from twinseg.core.executor import Executor
from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import Grid, is_grid_file, write_grid
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import read_settings, write_settings
from twinseg.records.source_settings import SourceSettings
from twinseg.study.data import open_or_prepare
from twinseg.study.files import mend
from twinseg.study.first_weights import Search
from twinseg.study.folder import (
    Asked,
    opened,
    refuse_other_folder,
    require_same_data,
    require_same_runs,
)
from twinseg.study.grid.answers import write_answers
from twinseg.study.grid.executors import executor_here, say_how_busy
from twinseg.study.grid.jobs import ContrastJob, GridWorker
from twinseg.study.grid.tries import Failed, work_off_jobs
from twinseg.study.means import Means
from twinseg.study.open_study import OpenStudy
from twinseg.study.prepare import say_dataset
from twinseg.study.stage import Step
from twinseg.study.starts import starts_of_new_runs, with_starts
from twinseg.study.step_engine import all_steps, job_of, say_what_changed, work_off
from twinseg.study.study import BEFORE_TRAINING, require_sound, require_trainable


def run_grid(
    source: Path,
    out: Path,
    grid: Grid,
    source_settings: SourceSettings,
    means: Means,
) -> Path:
    """Train every run of ``grid`` on ``source`` and leave everything computed from them in ``out``.

    What was stopped goes on; a grid that was made larger does what is new and what follows of it.
    A run that fails is tried again; then the others go on without it.

    Returns:
        The page, ``out/report/index.html``.

    Raises:
        TwinsegError: If the input is wrong; says what to do.
        RunsFailedError: If runs failed; everything that does not need them is there.
    """
    folder, progress = StudyFolder(out), means.progress
    search = Search(grid.shared.model, grid.runs, means.weights_dir, progress)
    asked = _asked_of(folder, grid)
    refuse_other_folder(folder, source, asked)
    require_sound(grid.shared, source)
    starts = starts_of_new_runs(search, folder)
    with opened(folder, asked) as accept:
        data = open_or_prepare(source, out, source_settings, progress)
        require_same_data(folder, data.dataset)
        known = mend(folder, [run.id for run in grid.runs], progress)
        contrasts = [
            OpenStudy(folder.contrast(one.contrast.id), one, data.folder, means.hardware, starts)
            for one in grid.contrasts
        ]
        contrasts = with_starts(search, contrasts)
        for study in contrasts:
            _begin(study, progress)
        say_dataset(data, progress)
        for study in contrasts:
            require_trainable(study)
        accept()
        _say_what_stays(folder, grid, progress)
        executor = means.executor or executor_here(len(grid.runs), means.hardware)
        say_how_busy(progress)
        failed = _work_off(folder, contrasts, executor, progress)
        write_answers(folder, grid, data, known)
    if failed:
        for one in failed:
            progress.say(f"failed: {one.id}: {one.why}; see {one.log}")
        raise RunsFailedError(
            f"{amount(len(failed), 'job')} of {out} failed, the others are done; the same command "
            "tries again what failed"
        )
    return folder.report


def _asked_of(folder: StudyFolder, grid: Grid) -> Asked:
    def require() -> None:
        if not is_grid_file(folder.settings):
            raise StoreError(
                f"{folder.path} is a study of one pair, and a grid was asked for; choose another "
                "OUT"
            )

    return Asked(lambda path: write_grid(path, grid), require)


def _begin(study: OpenStudy, progress: Progress) -> None:
    """Write the settings of a contrast, make way for what is done anew, and split its cases."""
    folder = study.folder
    before = study.settings
    if folder.settings.exists():
        require_same_runs(folder, study.settings)
        before = read_settings(folder.settings)
    steps = all_steps(study)
    say_what_changed(steps, before, progress)
    write_settings(folder.settings, study.settings)
    work_off([step for step in steps if step.stage.name in BEFORE_TRAINING], progress)


def _say_what_stays(folder: StudyFolder, grid: Grid, progress: Progress) -> None:
    asked = {one.contrast.id for one in grid.contrasts}
    there = {path.name for path in folder.contrasts.glob("[!.]*")}
    if others := sorted(there - asked):
        progress.say(
            f"note: {amount(len(others), 'contrast')} of an earlier grid, such as {others[0]}, "
            "stay in the folder and are no part of the answers"
        )


def _work_off(
    folder: StudyFolder, contrasts: Sequence[OpenStudy], executor: Executor, progress: Progress
) -> list[Failed]:
    """Work off every run, then every contrast whose runs are there."""
    worker = GridWorker(folder.logs)
    runs = {
        step.target: job_of(study, step.target)
        for study in contrasts
        for step in _open_steps(study)
        if isinstance(step.target, RunSpec)
    }
    if runs:
        progress.say(f"{amount(len(runs), 'run')} to do: {executor.said}")
    failed = work_off_jobs("runs", worker, [*runs.values()], executor, progress, logs=worker.logs)
    lost = {one.id for one in failed}
    waiting = [
        ContrastJob(study.folder.path, study.dataset, study.hardware)
        for study in contrasts
        if not lost & {run.id for run in study.settings.contrast.runs}
        and (not study.folder.manifest.exists() or _open_steps(study))
    ]
    return failed + work_off_jobs(
        "contrasts", worker, waiting, executor, progress, logs=worker.logs
    )


def _open_steps(study: OpenStudy) -> list[Step]:
    """Return the steps that are not done, but for those that are done at every start."""
    every = all_steps(study)
    return [step for step in every if not step.stage.is_repeated and not step.is_done]
