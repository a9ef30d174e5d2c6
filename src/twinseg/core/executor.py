"""One call for here, for many processes and for many machines.

Jobs are small frozen values; results go to files. A job that fails does not stop the others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

Job = TypeVar("Job")


@dataclass(frozen=True)
class Outcome(Generic[Job]):
    """A job that was worked off, and what stopped it, if anything did."""

    job: Job
    error: Exception | None = None


class ProcessEndedError(Exception):
    """The process of a job ended by itself, or was killed."""


@runtime_checkable
class Executor(Protocol):
    """Where jobs are worked off."""

    @property
    def said(self) -> str:
        """Where that is, in words for people."""
        ...

    def outcomes(
        self, work: Callable[[Job], object], jobs: Sequence[Job]
    ) -> Iterator[Outcome[Job]]:
        """Yield an outcome for every job, as they come."""
        ...


class InProcess:
    """One job after another, here."""

    said = "one after another in this process"

    def outcomes(
        self, work: Callable[[Job], object], jobs: Sequence[Job]
    ) -> Iterator[Outcome[Job]]:
        """Yield an outcome for every job, in their order."""
        for job in jobs:
            try:
                work(job)
            except Exception as error:
                yield Outcome(job, error)
            else:
                yield Outcome(job)
