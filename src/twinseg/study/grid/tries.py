"""Jobs that fail are tried again; what fails for good is told, and stops nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from twinseg.core.errors import CannotWriteError, TwinsegError
from twinseg.core.executor import Executor
from twinseg.core.job_log import JobFiles
from twinseg.core.progress import Progress

TRIES = 2


@runtime_checkable
class NamedJob(Protocol):
    """A job that has a name."""

    @property
    def id(self) -> str:
        """Its name."""
        ...


SomeJob = TypeVar("SomeJob", bound=NamedJob)


@dataclass(frozen=True)
class Failed:
    """A job that came to nothing."""

    id: str
    why: str
    log: Path


def work_off_jobs(
    what: str,
    work: Callable[[SomeJob], object],
    jobs: Sequence[SomeJob],
    executor: Executor,
    progress: Progress,
    *,
    logs: Path,
) -> list[Failed]:
    """Work off jobs, each up to `TRIES` times.

    Args:
        what: They are, in words for people.
        work: Does one.
        jobs: In the order in which they are begun.
        executor: Where.
        progress: Where to report.
        logs: Folder of what they said.

    Returns:
        What failed for good.
    """
    failed: list[Failed] = []
    if not jobs:
        return failed
    with progress.task(what, len(jobs), unit=what) as task:
        for attempt in range(1, TRIES + 1):
            again = []
            for outcome in executor.outcomes(work, jobs):
                if outcome.error is None:
                    task.advance(last=outcome.job.id)
                    continue
                why = said_of(outcome.error)
                if attempt < TRIES and is_worth_another_try(outcome.error):
                    progress.say(f"{outcome.job.id}: {why}; it is tried again")
                    again.append(outcome.job)
                else:
                    failed.append(Failed(outcome.job.id, why, JobFiles(logs, outcome.job.id).log))
                    task.advance(failed=str(len(failed)))
            jobs = again
            if not jobs:
                break
    return failed


def said_of(error: Exception) -> str:
    """Say in one line what stopped a job."""
    line = (str(error).splitlines() or [""])[0]
    return line if isinstance(error, TwinsegError) else f"{type(error).__name__}: {line}"


def is_worth_another_try(error: Exception) -> bool:
    """Tell whether the same job may end better: what is said of the user's input stays true."""
    return isinstance(error, CannotWriteError) or not isinstance(error, TwinsegError)
