"""Work off jobs in processes of their own: a library that crashes costs one job, not the rest."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class Crashed(Generic[Job]):
    """What comes back in place of a result when a job killed its process."""

    def __init__(self, job: Job) -> None:
        self.job = job


def map_in_processes(
    work: Callable[[Job], Result], jobs: Sequence[Job], *, processes: int
) -> Iterator[Result | Crashed[Job]]:
    """Yield the results in the order of ``jobs``.

    Args:
        work: Function that can be pickled; what it raises is raised here.
        jobs: Values that can be pickled.
        processes: How many work at once.
    """
    waiting = list(jobs)
    while waiting:
        with _pool(processes) as pool:
            try:
                with _interrupts_held():
                    futures = [pool.submit(work, job) for job in waiting]
                for future in futures:
                    yield future.result()
                    waiting.pop(0)
                return
            except BrokenProcessPool:
                suspects, waiting = _suspects(futures, waiting)
            except BaseException:
                # Not waited for: what they write is whole or absent, and Ctrl-C means now.
                for process in list((pool._processes or {}).values()):
                    process.terminate()
                raise
        for job in suspects:
            yield _alone(work, job)


def _suspects(futures: list[Future[Result]], waiting: list[Job]) -> tuple[list[Job], list[Job]]:
    """Part the waiting jobs into those begun when the pool broke, and the rest.

    A job that had ended well is done again with the suspects: its result went with the pool.
    """
    open_ones = futures[len(futures) - len(waiting) :]
    begun = max(
        (place + 1 for place, future in enumerate(open_ones) if not future.cancelled()), default=1
    )
    begun = min(begun, 2 * (os.cpu_count() or 1) + 1)
    return waiting[:begun], waiting[begun:]


def _alone(work: Callable[[Job], Result], job: Job) -> Result | Crashed[Job]:
    with _pool(1) as pool:
        try:
            with _interrupts_held():
                future = pool.submit(work, job)
            return future.result()
        except BrokenProcessPool:
            return Crashed(job)


def _pool(processes: int) -> ProcessPoolExecutor:
    # Forking costs milliseconds where a fresh interpreter costs a second of imports; the children
    # read files and touch no thread pool of the parent.
    method = "fork" if sys.platform == "linux" else "spawn"
    return ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context(method),
        initializer=begin_worker,
        initargs=(os.getpid(),),
    )


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait while processes are made, which would print a traceback each."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_worker(parent: int) -> None:
    """Leave Ctrl-C to the ``parent`` process, and end with it."""
    for name in ("SIGINT", "SIGHUP"):  # the parent says what to do on Ctrl-C
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent ends us by it
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this process when its parent was killed: nobody else would tell it."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
