"""What the commands say: progress on the way, one line when stopped."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from twinseg.core.progress import Progress

_AGAIN_S = 5
_ENDING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM")
    if hasattr(signal, name)
]
_UNWRITTEN: list[OSError] = []  # by the command of this process


def progress_here() -> "Progress":
    """Report to this terminal, without what libraries announce by themselves."""
    import logging

    from twinseg.core.progress import progress_for_this_terminal

    # Fabric announces its precision by itself; the settings and the report say it already.
    logging.getLogger("lightning_fabric.utilities.rank_zero").setLevel(logging.WARNING)
    _UNWRITTEN.clear()
    return progress_for_this_terminal(_UNWRITTEN.append)


def stop_if_unwritten() -> None:
    """End with status 1 if the output took no more lines: the answer is not where it was asked."""
    if _UNWRITTEN:
        raise SystemExit(1)


@contextmanager
def said_when_stopped(
    line: str = "stopped; the same command goes on from here",
) -> Iterator[None]:
    """Say that nothing is lost; around the work itself, as typer catches Ctrl-C without a word.

    SIGTERM and SIGHUP, of a terminal that is closed, end the work as Ctrl-C does, with status 1.
    """
    asked: list[int] = []

    def ask(number: int, _: object) -> None:
        asked.append(number)
        _ask_again_in(_AGAIN_S)  # libraries swallow one now and then
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # what nohup has ignored stays so
            signal.signal(number, ask)
    try:
        yield
    except BaseException as error:
        _ask_again_in(0)
        # Once asked, any error is what a library has made of the interrupt.
        if not asked and not isinstance(error, KeyboardInterrupt):
            raise
        # Whoever presses it again while the program ends is told nothing more.
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        stop(line, status=1)
    _ask_again_in(0)
    for number, handler in before.items():
        signal.signal(number, handler or signal.SIG_DFL)  # None: not set from Python


def _ask_again_in(seconds: int) -> None:
    if hasattr(signal, "alarm"):  # not on Windows
        signal.alarm(seconds)


def stop(line: str, *, status: int) -> NoReturn:
    """End with one line on the error stream."""
    from twinseg.core.plain_text import visible

    if sys.stderr is not None:
        with suppress(OSError):  # the terminal is gone
            sys.stderr.write(f"twinseg: {visible(line)}\n")
            sys.stderr.flush()
    raise SystemExit(status)
