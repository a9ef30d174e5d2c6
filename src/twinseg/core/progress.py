"""Tell people how far long work is: live bars on a terminal, plain lines elsewhere, or nothing."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, runtime_checkable

from twinseg.core.plain_text import visible


@runtime_checkable
class Task(Protocol):
    """One piece of long work under way."""

    def advance(self, steps: int = 1, **facts: str) -> None:
        """Count ``steps`` more as done; ``facts`` (``loss="0.31"``) are shown beside the bar."""
        ...


@runtime_checkable
class Progress(Protocol):
    """Where long work reports to."""

    def say(self, line: str) -> None:
        """Print one line of plain words; what cannot be seen in it is written out."""
        ...

    def task(
        self, title: str, total: int, *, done: int = 0, unit: str = ""
    ) -> AbstractContextManager[Task]:
        """Open a piece of work of ``total`` steps of which ``done`` are behind us."""
        ...


class Silent:
    """Report nothing: for tests and for use from other programs."""

    def say(self, line: str) -> None:
        """Drop the line."""

    def advance(self, steps: int = 1, **facts: str) -> None:
        """Drop the step."""

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "") -> Iterator[Task]:
        """Yield a task that reports nothing."""
        yield self


class PlainLines:
    """Lines for log files: at the start, every ``every_s`` seconds, and at the end."""

    def __init__(
        self, every_s: float = 15.0, when_unwritten: Callable[[OSError], None] | None = None
    ) -> None:
        self.every_s, self.when_unwritten = every_s, when_unwritten

    def say(self, line: str) -> None:
        """Print one line."""
        if sys.stdout is None:  # it was closed before the program began
            return
        try:
            sys.stdout.write(visible(line) + "\n")
            sys.stdout.flush()
        except OSError as error:
            unwritten = None if isinstance(error, BrokenPipeError) else error  # as after `| head`
            if unwritten and self.when_unwritten:
                self.when_unwritten(unwritten)
            _go_on_elsewhere(visible(line), unwritten)

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "") -> Iterator[Task]:
        """Yield a task that prints a line now and then."""
        task = _PlainTask(self, title, total, done, unit)
        yield task
        if task.done >= total:
            task.print_line()


def _go_on_elsewhere(line: str, unwritten: OSError | None) -> None:
    """Let the work go on: on the error stream where a disk is full, else unheard."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    sys.stdout.flush()  # of the line, what is still held back
    if unwritten and sys.stderr is not None:
        reason = f"twinseg: cannot write the output: {unwritten.strerror}; it goes on here"
        try:
            sys.stderr.write(f"{reason}\n{line}\n")
            sys.stderr.flush()
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        except OSError:  # it is full, too
            os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


class _PlainTask:
    def __init__(self, lines: PlainLines, title: str, total: int, done: int, unit: str) -> None:
        self.lines, self.title, self.total, self.unit = lines, title, total, unit
        self.done = self.done_at_start = done
        self.started = self.printed = time.monotonic()
        self.facts: dict[str, str] = {}

    def advance(self, steps: int = 1, **facts: str) -> None:
        self.done += steps
        self.facts |= facts
        if time.monotonic() - self.printed >= self.lines.every_s and self.done < self.total:
            self.print_line()

    def print_line(self) -> None:
        self.printed = time.monotonic()
        facts = [f"{name} {value}" for name, value in self.facts.items()]
        worked_s, steps = self.printed - self.started, self.done - self.done_at_start
        if steps > 0 and self.done < self.total:
            facts.append(f"{_clock(worked_s / steps * (self.total - self.done))} left")
        elif self.done >= self.total:
            facts.append(f"done in {_clock(worked_s)}")
        unit = f" {self.unit}" if self.unit else ""
        self.lines.say(f"{self.title}: {self.done}/{self.total}{unit}  {'  '.join(facts)}".rstrip())


class LiveBars:
    """Bars that move on a terminal; the only place that knows rich."""

    def __init__(self) -> None:
        from rich.console import Console

        self.console = Console(highlight=False)

    def say(self, line: str) -> None:
        """Print one line above the bars."""
        self.console.print(visible(line), markup=False, soft_wrap=True)

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "") -> Iterator[Task]:
        """Yield a task drawn as one moving bar."""
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[facts]}", markup=False),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        with Bars(*columns, console=self.console) as bars:
            bar = bars.add_task(visible(title), total=total, completed=done, facts=visible(unit))
            yield _LiveTask(bars, bar, unit)


class _LiveTask:
    def __init__(self, bars, bar, unit: str) -> None:  # type: ignore[no-untyped-def]
        self.bars, self.bar, self.unit = bars, bar, unit
        self.facts: dict[str, str] = {}

    def advance(self, steps: int = 1, **facts: str) -> None:
        self.facts |= facts
        shown = "  ".join([self.unit, *(f"{name} {value}" for name, value in self.facts.items())])
        self.bars.update(self.bar, advance=steps, facts=visible(shown.strip()))


def progress_for_this_terminal(
    when_unwritten: Callable[[OSError], None] | None = None,
) -> Progress:
    """Live bars where standard output is a terminal, plain lines elsewhere.

    Args:
        when_unwritten: Told when the output takes no more lines though somebody reads it.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        return LiveBars()
    return PlainLines(when_unwritten=when_unwritten)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
