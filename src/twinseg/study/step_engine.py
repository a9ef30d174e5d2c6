"""Works off the steps of a study: what is done is left alone, what is of other settings goes."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from twinseg.core.errors import RunsFailedError, StoreError
from twinseg.core.executor import Executor, InProcess, Outcome, ProcessEndedError
from twinseg.core.job_log import JobFiles, logged
from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import Hardware, StudySettings, differences, read_settings
from twinseg.study.files import first_foreign
from twinseg.study.first_weights import Start
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import Over, Step, steps_of
from twinseg.study.stages import STAGES


@dataclass(frozen=True)
class Job:
    """All steps of a run as they are sent to another process: some hundred bytes.

    Attributes:
        out: The study, or the contrast of a grid.
        dataset: Its prepared dataset.
        run: What they are done for.
        hardware: What they are computed on.
        start: What the run starts from, where it is to be trained.
    """

    out: Path
    dataset: Path
    run: RunSpec
    hardware: Hardware
    start: Start | None

    @property
    def id(self) -> str:
        """Name of the job."""
        return self.run.id


def all_steps(study: OpenStudy) -> tuple[Step, ...]:
    """Return every step of a study, in an order in which they can be done."""
    return steps_of(STAGES, study, study.data.dataset.fingerprint)


def job_of(study: OpenStudy, run: RunSpec) -> Job:
    """Pack the steps of a run."""
    return Job(study.folder.path, study.dataset, run, study.hardware, study.starts.get(run))


@dataclass(frozen=True)
class Worker:
    """Works off the steps of runs wherever it is sent."""

    progress: Progress

    def __call__(self, job: Job) -> None:
        """Do every step of the run that is not done."""
        folder = StudyFolder(job.out)
        starts = {job.run: job.start} if job.start else {}
        settings = read_settings(folder.settings)
        study = OpenStudy(folder, settings, job.dataset, job.hardware, starts)
        work_off([step for step in all_steps(study) if step.target == job.run], self.progress)


@dataclass(frozen=True)
class LoggedWorker:
    """Works off the steps of runs in another process, and writes what it says into ``logs``."""

    logs: Path

    def __call__(self, job: Job) -> None:
        """Do every step of the run that is not done."""
        with logged(JobFiles(self.logs, job.id)) as progress:
            Worker(progress)(job)


def work_off_runs(study: OpenStudy, executor: Executor, progress: Progress) -> None:
    """Do every step of every run of a contrast that is not done, where ``executor`` likes.

    Raises:
        Exception: What stopped a run; the other is worked off first where both are at once.
    """
    waiting = {
        step.target for step in all_steps(study) if step.stage.over is Over.RUN and not step.is_done
    }
    jobs = [job_of(study, run) for run in study.settings.contrast.runs if run in waiting]
    if isinstance(executor, InProcess):
        _raise_first(executor.outcomes(Worker(progress), jobs))
    elif jobs:
        logs = study.folder.logs
        progress.say(f"{amount(len(jobs), 'run')} to do: {executor.said}; their logs are in {logs}")
        _raise_first(executor.outcomes(LoggedWorker(logs), jobs))


def _raise_first(outcomes: Iterator[Outcome[Job]]) -> None:
    """Raise what stopped a job."""
    for outcome in outcomes:
        if isinstance(outcome.error, ProcessEndedError):
            raise RunsFailedError(f"{outcome.job.id}: {outcome.error}; the same command goes on")
        if outcome.error:
            raise outcome.error


def work_off(steps: Sequence[Step], progress: Progress) -> None:
    """Do every step that is not done, in their order.

    Raises:
        StoreError: If files of others lie where something is to be replaced.
    """
    for step in steps:
        if not step.is_done:
            _make_way(step, progress)
            step.begin()
            step.stage.work(step.study, step.target, progress)


def say_what_changed(steps: Sequence[Step], before: StudySettings, progress: Progress) -> None:
    """Say which settings are others than ``before``, and what is done anew for that."""
    folder = steps[0].study.folder
    _adopt(steps, before)
    stale = [step for step in steps if not step.is_current and not step.stage.is_repeated]
    if not stale:
        return
    folder.manifest.unlink(missing_ok=True)  # which says that all is there
    changed = differences(before, steps[0].study.settings)
    names = list(dict.fromkeys(step.stage.name for step in stale))
    why = f"{'; '.join(changed) or 'of another version of twinseg'}: "
    more = f", and what follows from it: {', '.join(names[1:])}" if names[1:] else ""
    progress.say(f"note: {why}done anew: {names[0]}{more}")


def _adopt(steps: Sequence[Step], before: StudySettings) -> None:
    """Note the earlier settings for what lies there without a note of its own."""
    study = replace(steps[0].study, settings=before)
    fingerprint = steps[0].before[0]
    for step in steps_of(STAGES, study, fingerprint):
        if not step.record.exists() and any(path.exists() for path in step.made):
            step.begin()


def _make_way(step: Step, progress: Progress) -> None:
    """Remove what the step made before; a model that was trained is set aside."""
    study = step.study
    there = [path for path in step.made if path.exists()]
    for path in there:
        if path.is_dir() and (mine := first_foreign(path, study.case_ids)):
            raise StoreError(
                f"{path} holds files that are not of twinseg, such as {mine.name}; move them "
                "elsewhere and give the same command again to make the rest anew"
            )
    for path in there:
        if step.stage.is_set_aside:
            place = _set_aside(study.folder.home, path)
            progress.say(f"note: the model trained before is kept in {place}")
        remove(path)
    if not step.is_current:
        for path in step.stage.leaves(study, step.target):
            remove(path)


def _set_aside(folder: StudyFolder, path: Path) -> Path:
    taken = [int(one.name) for one in folder.replaced.glob("[0-9]*") if one.name.isdecimal()]
    number = max(taken, default=0)
    if not taken or (folder.replaced / str(number) / path.name).exists():
        number += 1
    place = folder.replaced / str(number) / path.name
    place.parent.mkdir(parents=True, exist_ok=True)
    path.rename(place)
    return place


def remove(path: Path) -> None:
    """Remove a file or a folder, and the ``.csv`` beside a table; what is absent is no matter."""
    if path.is_dir():
        shutil.rmtree(path)
        return
    path.unlink(missing_ok=True)
    if path.suffix == ".parquet":
        path.with_suffix(".csv").unlink(missing_ok=True)
