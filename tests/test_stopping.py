"""How a command ends when it is told to, and what it does when nobody listens."""

import signal
import subprocess
import sys

import pytest

STOPPED = "twinseg: stopped; the same command goes on from here\n"
WAITING = """
import sys, time
from twinseg.cli.terminal import said_when_stopped
with said_when_stopped():
    print("ready", flush=True)
    time.sleep(60)
"""


def hear(number: int) -> None:
    """Undo what a shell does to a program in the background, the tests themselves may be one."""
    signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_in_one_line_with_status_1(number: str) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: hear(getattr(signal, number)),
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    running.send_signal(getattr(signal, number))
    _, said = running.communicate()
    assert (running.returncode, said) == (1, STOPPED)


DEAF = """
import time
import twinseg.cli.terminal as said
said._AGAIN_S = 1
with said.said_when_stopped():
    print("ready", flush=True)
    for attempt in range(3):
        try:
            time.sleep(60)
        except BaseException as error:
            if attempt == 1:  # the second one becomes another error
                raise RuntimeError("not on the mode stack") from error
"""


def test_an_interrupt_that_a_library_swallows_or_changes_is_heard_all_the_same() -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", DEAF],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: hear(signal.SIGTERM),
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate()
    assert (running.returncode, said) == (1, STOPPED)


def test_what_nohup_ignores_stays_ignored() -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", WAITING.replace("60", "0.2")],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(signal.SIGHUP)
    assert running.wait() == 0
    running.stdout.close()


SAYING = """
from twinseg.core.progress import progress_for_this_terminal
progress = progress_for_this_terminal()
for number in range(20000):
    progress.say(f"line {number}")
"""


@pytest.mark.parametrize(
    ("reader", "errors"),
    [("| head -1", 0), (">&-", 0), ("> /dev/full", 20001), ("&> /dev/full", 0)],
)
def test_work_goes_on_when_nobody_reads_what_it_says(reader: str, errors: int) -> None:
    program = f"{sys.executable} -c '{SAYING}' {reader}; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (0, errors)
