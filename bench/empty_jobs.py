"""What it costs to hand out jobs that do nothing: where the coordinator would break.

python bench/empty_jobs.py --jobs 10000            # on Ray, begun on this machine
python bench/empty_jobs.py --jobs 100 --processes  # a process for each
"""

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

from memory import peak_mib
from twinseg.core.executor import Executor
from twinseg.core.machine import cores
from twinseg.core.on_ray import OnRay
from twinseg.core.processes import InProcesses
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import Hardware
from twinseg.study.step_engine import Job


@dataclass(frozen=True)
class Nothing:
    """Work that is none."""

    def __call__(self, job: Job) -> None:
        """Look at the job."""
        _ = job.id


def main() -> None:
    """Hand out the jobs, and print seconds a job and the peak of memory of this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--processes", action="store_true")
    asked = parser.parse_args()
    executor: Executor = InProcesses(cores()) if asked.processes else OnRay()
    jobs = [
        Job(Path("out"), Path("dataset"), RunSpec("random", seed=seed), Hardware(), None)
        for seed in range(asked.jobs)
    ]
    list(executor.outcomes(Nothing(), jobs[:1]))  # begins Ray
    before = peak_mib()
    begun = time.perf_counter()
    failed = sum(outcome.error is not None for outcome in executor.outcomes(Nothing(), jobs))
    seconds = time.perf_counter() - begun
    print(f"{executor.said}; {os.cpu_count()} cores")
    print(f"jobs {asked.jobs}, failed {failed}, {1e3 * seconds / asked.jobs:.2f} ms a job")
    print(f"peak of the driver {peak_mib()} MiB, before {before} MiB")


if __name__ == "__main__":
    main()
