"""Jobs as Ray tasks, on this machine or on a cluster; the only door to Ray."""

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from twinseg.core.errors import ConfigError
from twinseg.core.executor import Outcome, ProcessEndedError

Job = TypeVar("Job")
_WAITING_PER_CPU = 4  # tasks that are handed over beforehand
_TRIES = 3  # of a job whose node or process died
_PATIENCE_S = 10.0  # for a cluster to take a connection


@dataclass(frozen=True)
class OnRay:
    """One Ray task a job. The study's folder must be the same path on every node.

    Attributes:
        address: Of a cluster; ``auto`` finds one, and "" begins one on this machine.
        cpus_per_job: Cores a job is given, and threads it computes with.
        gpus_per_job: Share of a GPU that a job is given.
    """

    address: str = ""
    cpus_per_job: int = 1
    gpus_per_job: float = 0.0

    @property
    def said(self) -> str:
        """Where jobs are worked off."""
        where = f"cluster {self.address}" if self.address else "this machine"
        gpus = f" and {self.gpus_per_job:g} GPU" if self.gpus_per_job else ""
        return f"Ray on {where}, {self.cpus_per_job} CPU{gpus} a job"

    def outcomes(
        self, work: Callable[[Job], object], jobs: Sequence[Job]
    ) -> Iterator[Outcome[Job]]:
        """Yield an outcome for every job, as they come.

        Raises:
            ConfigError: If Ray is not installed, or there is no cluster at the address.
        """
        ray = _connected(self.address)
        # By name, as this module is on every node: by value it would take along what it refers to.
        task = ray.remote(_work).options(
            num_cpus=self.cpus_per_job,
            num_gpus=self.gpus_per_job,
            max_retries=_TRIES,
            runtime_env={"env_vars": {"OMP_NUM_THREADS": str(self.cpus_per_job)}},
        )
        waiting = list(reversed(jobs))
        busy: dict[Any, Job] = {}
        while waiting or busy:
            room = max(2, int(ray.cluster_resources().get("CPU", 1)) * _WAITING_PER_CPU)
            while waiting and len(busy) < room:
                job = waiting.pop()
                busy[task.remote(work, job, self.cpus_per_job)] = job
            done, _ = ray.wait(list(busy), num_returns=1)
            for one in done:
                yield Outcome(busy.pop(one), _error_of(ray, one))


def _work(work: Callable[[Job], object], job: Job, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    work(job)


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError as error:
        raise ConfigError("Ray is not installed; pip install 'twinseg[ray]'") from error
    if ray.is_initialized():
        return ray
    try:
        # "local" is new: without an address Ray looks for what another program began.
        where = _reachable(address) if address else "local"
        ray.init(address=where, include_dashboard=False, log_to_driver=False)
    except (OSError, ValueError, RuntimeError) as error:
        line = str(error).splitlines()[0]
        raise ConfigError(
            f"there is no Ray cluster at {address} ({line}); begin one by `ray start --head`, or "
            "name its address"
        ) from error
    return ray


def _reachable(address: str) -> str:
    """Return where a cluster takes connections; one that is gone Ray would wait for in silence.

    Raises:
        OSError: If nobody answers.
        ValueError: If it is no address.
    """
    if "://" in address:  # of a client, whose connection has a limit of its own
        return address
    from ray._private.services import canonicalize_bootstrap_address  # what ray.init makes of auto

    where: str | None = canonicalize_bootstrap_address(address)
    if where is None:  # RAY_ADDRESS says local
        return "local"
    host, port = where.rsplit(":", 1)
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()
    except OSError as error:
        raise ConnectionError(f"{where}: {error.strerror or error}") from error
    return where


def _error_of(ray: Any, task: Any) -> Exception | None:
    try:
        ray.get(task)
    except ray.exceptions.RayTaskError as error:
        return error.cause if isinstance(error.cause, Exception) else RuntimeError(str(error))
    except ray.exceptions.RayError as error:
        return ProcessEndedError(f"its Ray worker died: {str(error).splitlines()[0]}")
    return None
