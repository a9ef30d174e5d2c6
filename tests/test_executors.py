"""Jobs here and in processes of their own: errors come back, and a killed one costs no other."""

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from twinseg.core.errors import ConfigError
from twinseg.core.executor import Executor, InProcess, ProcessEndedError
from twinseg.core.on_ray import OnRay
from twinseg.core.processes import InProcesses


def work(job: str) -> None:
    """Do as the job says."""
    what, _, where = job.partition(" ")
    if what == "refuse":
        raise ConfigError("no such setting")
    if what == "divide":
        _ = 1 / 0
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "threads":
        import torch

        Path(where).write_text(f"{torch.get_num_threads()} {os.environ['OMP_NUM_THREADS']}")
    sys.stdout.write("a library talks")


def errors(executor: Executor, jobs: list[str]) -> dict[str, Exception | None]:
    return {outcome.job: outcome.error for outcome in executor.outcomes(work, jobs)}


@pytest.mark.parametrize("executor", [InProcess(), InProcesses(2)])
def test_what_stops_a_job_comes_back_and_stops_no_other(executor: Executor) -> None:
    found = errors(executor, ["well", "refuse", "divide", "well too"])
    assert found["well"] is None
    assert found["well too"] is None
    assert isinstance(found["refuse"], ConfigError)
    assert str(found["refuse"]) == "no such setting"
    assert isinstance(found["divide"], ZeroDivisionError)


def test_a_killed_process_costs_its_job_alone(tmp_path: Path) -> None:
    asked = f"threads {tmp_path / 'said'}"
    found = errors(InProcesses(1, threads=1), ["die", asked])
    assert isinstance(found["die"], ProcessEndedError)
    assert str(found["die"]) == "its process was killed by signal 9"
    assert found[asked] is None
    assert (tmp_path / "said").read_text() == "1 1"


def test_no_job_is_no_outcome() -> None:
    assert errors(InProcesses(3), []) == {}


@pytest.mark.slow
def test_jobs_on_ray_are_worked_off_alike() -> None:
    found = errors(OnRay(), ["well", "refuse", "divide"])
    assert found["well"] is None
    assert isinstance(found["refuse"], ConfigError)
    assert isinstance(found["divide"], ZeroDivisionError)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["named", "found"])
def test_a_cluster_that_is_gone_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    import ray

    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("RAY_ADDRESS", gone)
    ray.shutdown()  # that of another test
    with pytest.raises(ConfigError, match="there is no Ray cluster at .* begin one by `ray start"):
        errors(OnRay("auto" if how == "found" else gone), ["well"])
