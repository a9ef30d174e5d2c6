"""One call for here and for many machines. Jobs are small frozen values; results go to files."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class Executor(Protocol):
    """Where jobs are worked off."""

    def map(self, work: Callable[[Job], Result], jobs: Iterable[Job]) -> list[Result]:
        """Return the results in the order of ``jobs``."""
        ...


class InProcess:
    """One job after another, here."""

    def map(self, work: Callable[[Job], Result], jobs: Iterable[Job]) -> list[Result]:
        """Return the results in the order of ``jobs``."""
        return [work(job) for job in jobs]
