"""Jobs in processes of their own, some at once, each with its share of the cores."""

import os
import pickle
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Generic, TypeVar, cast

from twinseg.core.executor import Outcome, ProcessEndedError
from twinseg.core.words import amount

Job = TypeVar("Job")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PATIENCE_S = 10.0  # for a process that was told to end


@dataclass(frozen=True)
class _Busy(Generic[Job]):
    job: Job
    process: subprocess.Popen[bytes]
    answer: IO[bytes]
    said: IO[bytes]  # what the process wrote for people


@dataclass(frozen=True)
class InProcesses:
    """Some jobs at once on this machine, each in a fresh process that ends with it.

    A process that is killed, or a library that crashes, costs its job and no other.

    Attributes:
        at_once: How many jobs are worked off at a time.
        threads: How many threads each computes with: at_once * threads should not exceed cores.
    """

    at_once: int
    threads: int = 1

    @property
    def said(self) -> str:
        """Where jobs are worked off."""
        return (
            f"{self.at_once} at once on this machine, each by a process of its own with "
            f"{amount(self.threads, 'thread')}"
        )

    def outcomes(
        self, work: Callable[[Job], object], jobs: Sequence[Job]
    ) -> Iterator[Outcome[Job]]:
        """Yield an outcome for every job, as they come.

        Args:
            work: Function of a module that can be imported, or a value of a class of one.
            jobs: Values that can be pickled.
        """
        waiting, busy = list(reversed(jobs)), selectors.DefaultSelector()
        try:
            while waiting or busy.get_map():
                while waiting and len(busy.get_map()) < self.at_once:
                    one = self._begin(work, waiting.pop())
                    busy.register(one.answer, selectors.EVENT_READ, one)
                for key, _ in busy.select():
                    busy.unregister(key.fileobj)
                    yield Outcome(key.data.job, _error_of(key.data))
        finally:
            _end([key.data for key in busy.get_map().values()])
            busy.close()

    def _begin(self, work: Callable[[Job], object], job: Job) -> _Busy[Job]:
        # Not by multiprocessing: it would run the script of whoever called us a second time.
        said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        process = subprocess.Popen(
            [sys.executable, "-m", "twinseg.core.process_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=os.environ
            | dict.fromkeys(THREADS, str(self.threads))  # read as libraries load
            | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        with suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as asked:
            asked.write(pickle.dumps((os.getpid(), self.threads, work, job)))
        return _Busy(job, process, cast(IO[bytes], process.stdout), said)


def _error_of(one: _Busy[Job]) -> Exception | None:
    """Read what stopped a job; None if it is done."""
    with one.answer as answer, one.said:
        sent = answer.read()
        code = one.process.wait()
        if sent and not code:
            error: Exception | None = pickle.loads(sent)
            return error
        one.said.seek(0)
        lines = one.said.read().decode(errors="replace").strip().splitlines()
    how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
    return ProcessEndedError(": ".join([f"its process {how}", *lines[-1:]]))


def _end(some: list[_Busy[Job]]) -> None:
    """End processes at once: what they write is whole or absent."""
    for one in some:
        one.process.terminate()
    for one in some:
        try:
            one.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()
        one.answer.close()
        one.said.close()
