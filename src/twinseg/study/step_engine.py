"""Works off the steps of a study: what is done is left alone, what is of other settings goes."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import cast

from twinseg.core.errors import StoreError
from twinseg.core.executor import Executor
from twinseg.core.progress import Progress
from twinseg.core.registry import choose
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
    """A step of a run as it is sent to another process: some hundred bytes.

    Attributes:
        out: The study.
        dataset: Its prepared dataset.
        stage: Name of the stage.
        run: What it is done for.
        hardware: What it is computed on.
        start: What the run starts from, where it is to be trained.
    """

    out: Path
    dataset: Path
    stage: str
    run: RunSpec
    hardware: Hardware
    start: Start | None


def job_of(step: Step) -> Job:
    """Pack a step of a run."""
    study, run = step.study, cast(RunSpec, step.target)
    out, start = study.folder.path, study.starts.get(run)
    return Job(out, study.dataset, step.stage.name, run, study.hardware, start)


@dataclass(frozen=True)
class Worker:
    """Works off jobs wherever it is sent."""

    progress: Progress

    def __call__(self, job: Job) -> None:
        """Do the step."""
        folder = StudyFolder(job.out)
        starts = {job.run: job.start} if job.start else {}
        settings = read_settings(folder.settings)
        study = OpenStudy(folder, settings, job.dataset, job.hardware, starts)
        stage = choose({stage.name: stage for stage in STAGES}, job.stage, "stage")
        stage.work(study, job.run, self.progress)


def work_off(steps: Sequence[Step], executor: Executor, progress: Progress) -> None:
    """Do every step that is not done, in their order.

    The steps of one stage for different runs may be done at the same time, as ``executor`` likes.

    Raises:
        StoreError: If files of others lie where something is to be replaced.
    """
    for _, same in groupby(steps, key=lambda step: step.stage.name):
        waiting = [step for step in same if not step.is_done]
        for step in waiting:
            _make_way(step, progress)
            step.begin()
        if waiting and waiting[0].stage.over is Over.RUN:
            executor.map(Worker(progress), [job_of(step) for step in waiting])
            continue
        for step in waiting:
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
            place = _set_aside(study.folder, path)
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
