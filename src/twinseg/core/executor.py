"""One call for here and for many machines. Jobs are small frozen values; results go to files."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar, runtime_checkable

from twinseg.core.errors import ConfigError

Job = TypeVar("Job")
Result = TypeVar("Result")


@runtime_checkable
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


class OnRay:
    """One Ray task per job, on this machine or on a cluster that Ray was told of."""

    def __init__(self, gpus_per_job: float = 0.0) -> None:
        self.gpus_per_job = gpus_per_job

    def map(self, work: Callable[[Job], Result], jobs: Iterable[Job]) -> list[Result]:
        """Return the results in the order of ``jobs``; an error of a job is raised here.

        Raises:
            ConfigError: If Ray is not installed.
        """
        try:
            import ray  # the only import of ray in the package
        except ImportError as error:
            raise ConfigError("Ray is not installed; pip install 'twinseg[ray]'") from error
        task = ray.remote(num_gpus=self.gpus_per_job)(work)
        results: list[Result] = ray.get([task.remote(job) for job in jobs])
        return results
