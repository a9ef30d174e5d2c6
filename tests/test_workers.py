"""Jobs in processes: order, errors, and a library that takes its process down."""

import os
import time

import pytest

from twinseg.core.errors import DataError
from twinseg.core.workers import Crashed, map_in_processes


def work(job: int) -> int:
    if job == 7:
        os._exit(1)  # what a crash in a C library looks like from outside
    if job == 13:
        raise DataError("job 13 is wrong")
    time.sleep(0.01 * (job % 3))
    return job * job


def test_results_come_in_the_order_of_the_jobs() -> None:
    assert list(map_in_processes(work, [3, 1, 2, 0], processes=2)) == [9, 1, 4, 0]
    assert list(map_in_processes(work, [], processes=2)) == []


def test_a_crash_costs_one_job_and_no_other() -> None:
    jobs = [5, 6, 7, 8, 9, 7, *range(20, 60)]
    results = list(map_in_processes(work, jobs, processes=2))
    crashed = [place for place, result in enumerate(results) if isinstance(result, Crashed)]
    assert crashed == [2, 5]
    assert all(results[place] == job * job for place, job in enumerate(jobs) if job != 7)


def test_an_error_is_raised_here_and_no_process_stays() -> None:
    with pytest.raises(DataError, match="job 13 is wrong"):
        list(map_in_processes(work, [1, 13, 2], processes=2))
    assert list(map_in_processes(work, [4], processes=1)) == [16]
