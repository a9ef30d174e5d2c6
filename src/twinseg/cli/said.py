"""What the commands say: progress on the way, one line when stopped."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from twinseg.core.progress import Progress

_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


def progress_here() -> "Progress":
    """Report to this terminal, without what libraries announce by themselves."""
    import logging

    from twinseg.core.progress import progress_for_this_terminal

    # Fabric announces its precision by itself; the settings and the report say it already.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    return progress_for_this_terminal()


@contextmanager
def said_when_stopped(
    line: str = "stopped; the same command goes on from here",
) -> Iterator[None]:
    """Say that nothing is lost; around the work itself, as typer catches Ctrl-C without a word.

    SIGTERM and SIGHUP, of a terminal that is closed, end the work as Ctrl-C does, with status 1.
    """
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:  # what nohup has ignored stays so
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        # Whoever presses it again while the program ends is told nothing more.
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        stop(line, status=1)


def stop(line: str, *, status: int) -> NoReturn:
    """End with one line on the error stream."""
    from twinseg.core.plain_text import visible

    if sys.stderr is not None:
        with suppress(OSError):  # the terminal is gone
            sys.stderr.write(f"twinseg: {visible(line)}\n")
            sys.stderr.flush()
    raise SystemExit(status)
