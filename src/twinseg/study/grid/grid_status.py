"""How far a grid is: a line for each run and contrast, what is left, and for how long."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from statistics import median

from twinseg.core.errors import StoreError
from twinseg.core.job_log import FAILED, JobFiles
from twinseg.core.progress import Progress
from twinseg.core.store import locked
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import Grid
from twinseg.study.status import Standing, State


class JobStanding(Enum):
    """How a run or a contrast stands."""

    DONE = "done"
    RUNNING = "running"
    STOPPED = "stopped half-way"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True)
class JobLine:
    """A run or a contrast.

    Attributes:
        id: Its name.
        standing: How it stands.
        remark: What it said last, or why it failed.
        seconds: How long it took, if that is known.
    """

    id: str
    standing: JobStanding
    remark: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class GridStatus:
    """All runs and all contrasts of a grid."""

    runs: tuple[JobLine, ...]
    contrasts: tuple[JobLine, ...]

    @property
    def sentences(self) -> list[str]:
        """How many stand how, and how long the rest may take."""
        found = [_counted("run", self.runs), _counted("contrast", self.contrasts)]
        running = sum(one.standing is JobStanding.RUNNING for one in self.runs + self.contrasts)
        left = _seconds_left(self.runs) + _seconds_left(self.contrasts)
        if left and running:
            found.append(f"about {_clock(left / running)} left, {running} at once")
        return found

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return all(one.standing is JobStanding.DONE for one in self.runs + self.contrasts)


def grid_status(folder: StudyFolder, grid: Grid, found: Sequence[Standing]) -> GridStatus:
    """Say how each job of a grid stands; nothing is changed.

    Args:
        folder: Of the grid.
        grid: What was asked.
        found: How its steps stand.
    """
    done: dict[str, bool] = {}
    names = [run.id for run in grid.runs], [one.contrast.id for one in grid.contrasts]
    ids = set(names[0])
    for one in found:
        target = one.step.target
        is_of_run = target is not None and target.id in ids
        job = target.id if is_of_run and target else one.step.study.folder.path.name
        done[job] = done.get(job, True) and one.state is State.DONE
    runs, contrasts = (
        tuple(_line(JobFiles(folder.logs, name), done.get(name, False)) for name in some)
        for some in names
    )
    return GridStatus(runs, contrasts)


def say_grid_status(status: GridStatus, progress: Progress) -> None:
    """Say a line for each job and the sum of all."""
    jobs = status.runs + status.contrasts
    width = max(len(one.id) for one in jobs)
    for one in jobs:
        progress.say(f"{one.id:<{width}}  {one.standing.value:<16}  {one.remark}".rstrip())
    for sentence in status.sentences:
        progress.say(sentence)


def _line(files: JobFiles, is_done: bool) -> JobLine:
    if is_done:
        return JobLine(files.id, JobStanding.DONE, seconds=_seconds_of(files.log))
    state = files.read()
    if state is None:
        return JobLine(files.id, JobStanding.WAITING)
    if state.state == FAILED:
        return JobLine(files.id, JobStanding.FAILED, f"{state.line}; see {files.log}")
    where = f"{state.line} ({state.machine}, try {state.tries})"
    is_held = _is_held(files.lock)
    return JobLine(files.id, JobStanding.RUNNING if is_held else JobStanding.STOPPED, where)


def _is_held(lock: Path) -> bool:
    """Tell whether a process is at work; a lock file stays behind where one was killed."""
    if not lock.exists():
        return False
    try:
        with locked(lock):
            return False
    except StoreError:
        return True


def _counted(what: str, jobs: Sequence[JobLine]) -> str:
    counts = Counter(one.standing for one in jobs)
    parts = [f"{counts[standing]} {standing.value}" for standing in JobStanding if counts[standing]]
    return f"{amount(len(jobs), what)}: {', '.join(parts)}"


def _seconds_left(jobs: Sequence[JobLine]) -> float:
    """Guess how long the rest takes, one after the other, from what the others took."""
    known = [one.seconds for one in jobs if one.seconds]
    open_jobs = sum(one.standing is not JobStanding.DONE for one in jobs)
    return open_jobs * median(known) if known else 0.0


def _seconds_of(log: Path) -> float | None:
    """Read from a log how long the last try took."""
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
        first = [line for line in lines if line[20:].startswith("begins, ")][-1]
        begun, ended = (
            time.mktime(time.strptime(line[:19], "%Y-%m-%d %H:%M:%S"))
            for line in (first, lines[-1])
        )
    except (OSError, IndexError, ValueError):
        return None
    return max(ended - begun, 1.0)


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds / 60), 60)
    return f"{hours} h {rest} min" if hours else f"{max(rest, 1)} min"
