"""Two pieces of work at the same time, for libraries that leave the interpreter to others."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from twinseg.core.machine import cores

First = TypeVar("First")
Second = TypeVar("Second")


def at_once(
    first: Callable[[], First], second: Callable[[], Second], *, worth_a_thread: bool
) -> tuple[First, Second]:
    """Return what both return; what either raises is raised here when both have ended.

    Args:
        first: Runs in this thread.
        second: Runs in a thread of its own, if that is worth it and there is a core for it, else
            after ``first``.
        worth_a_thread: Starting a thread takes as long as 0.1 ms of work.
    """
    if not worth_a_thread or cores() == 1:
        return first(), second()
    with ThreadPoolExecutor(1) as helper:  # kept for no later call: a fork would lose its thread
        later = helper.submit(second)
        return first(), later.result()
