"""What a job says while it is worked off elsewhere: a log, and one file that says how it stands."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from twinseg.core.errors import TwinsegError
from twinseg.core.plain_text import visible
from twinseg.core.progress import PlainLines
from twinseg.core.store import locked, read_json, write_json

RUNNING, FAILED = "running", "failed"
_EVERY_S = 5.0
_PATIENCE_S = 60.0  # for the process of a lost node that is still at work on the same job


@dataclass(frozen=True)
class JobState:
    """How a job stands.

    Attributes:
        state: ``running`` or ``failed``.
        line: What it said last, or why it failed.
        machine: Where it is worked off.
        process: Its number there.
        since: When it was begun, in seconds since 1970.
        tries: How often it was begun.
    """

    state: str
    line: str
    machine: str
    process: int
    since: float
    tries: int


@dataclass(frozen=True)
class JobFiles:
    """Log, state and lock of a job; the state goes when it is done."""

    folder: Path
    id: str

    @property
    def log(self) -> Path:
        """Everything that it said, with the time."""
        return self.folder / f"{self.id}.log"

    @property
    def state(self) -> Path:
        """How it stands."""
        return self.folder / f"{self.id}.json"

    @property
    def lock(self) -> Path:
        """Held by the process that is at work on it."""
        return self.folder / f".{self.id}.lock"

    def read(self) -> JobState | None:
        """Return how it stands; None if it was not begun, is done, or nobody can tell."""
        with suppress(TwinsegError, TypeError):  # it may be going away
            return JobState(**read_json(self.state)) if self.state.exists() else None
        return None


class LogLines(PlainLines):
    """Lines with their time in a log; the last one is in the state, too."""

    def __init__(self, files: JobFiles, state: JobState) -> None:
        super().__init__(every_s=_EVERY_S)
        self.files, self.state = files, state

    def say(self, line: str) -> None:
        """Write one line."""
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        with self.files.log.open("a", encoding="utf-8") as log:
            log.write(f"{now} {visible(line)}\n")
        self.state = replace(self.state, line=line)
        write_json(self.files.state, asdict(self.state))


@contextmanager
def logged(files: JobFiles) -> Iterator[LogLines]:
    """Yield where a job reports to; its state is gone if it ends well, and says why if not.

    Raises:
        StoreError: If another process is at work on the same job.
    """
    files.folder.mkdir(parents=True, exist_ok=True)
    with locked(files.lock, patience_s=_PATIENCE_S):
        before = files.read()
        tries = (before.tries if before else 0) + 1
        begun = JobState(RUNNING, "begins", platform.node(), os.getpid(), time.time(), tries)
        lines = LogLines(files, begun)
        try:
            lines.say(f"begins, process {begun.process} on {begun.machine}")
            yield lines
        except Exception as error:
            line = str(error) if isinstance(error, TwinsegError) else repr(error)
            with suppress(TwinsegError, OSError):  # the disk may be full
                lines.state = replace(lines.state, state=FAILED)
                lines.say(line)
            raise
        lines.say("done")
        files.state.unlink(missing_ok=True)
    files.lock.unlink(missing_ok=True)
