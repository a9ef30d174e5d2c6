import sys
from pathlib import Path

import pytest

from twinseg.core.progress import LiveBars, PlainLines


def test_plain_lines_say_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainLines().task("training", 3, unit="steps") as task:
        for loss in (0.5, 0.4, 0.3):
            task.advance(loss=f"{loss:.1f}")
    assert capsys.readouterr().out == "training: 3/3 steps  loss 0.3  done in 0:00\n"


def test_plain_lines_tell_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainLines(every_s=0.0).task("training", 3, done=1) as task:
        task.advance()
    assert capsys.readouterr().out == "training: 2/3  0:00 left\n"


def test_live_bars_run_and_print_brackets_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    bars = LiveBars()
    bars.say("[a] file")
    with bars.task("reading [b]", 2) as task:
        task.advance(2, loss="0.1")
    out = capsys.readouterr().out
    assert "[a] file" in out
    assert "reading [b]" in out
    assert "2/2" in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_what_a_full_disk_cannot_take_is_said_on_the_error_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w") as full, (tmp_path / "errors").open("w") as errors:
        monkeypatch.setattr(sys, "stdout", full)
        monkeypatch.setattr(sys, "stderr", errors)
        lines = PlainLines()
        lines.say("a is better")
        lines.say("than b")
    first, *rest = (tmp_path / "errors").read_text().splitlines()
    assert first == "twinseg: cannot write the output: No space left on device; it goes on here"
    assert rest == ["a is better", "than b"]
