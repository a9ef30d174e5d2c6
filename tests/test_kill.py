"""SIGKILL at ten random moments: the tables end equal to the bit, and nothing is done twice."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from twinseg.data.phantoms import write_phantoms
from twinseg.study.status import State, standings

KILLS = 10
START_S = 3.0  # that importing takes, at least


def command(source: Path, out: Path) -> list[str]:
    twinseg = Path(sys.executable).parent / "twinseg"
    settings = "--encoder mobilenet_v2 --size 64 --epochs 10 --init random:1,random:2"
    return [str(twinseg), "run", str(source), str(out), *settings.split()]


def results(out: Path) -> dict[str, bytes]:
    """Everything but the manifests, which tell how long it took."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def finished(out: Path) -> dict[Path, int]:
    """Time of every file that a finished step has made; overlays come later, with the page."""
    if not (out / "study.toml").exists():
        return {}
    made = [path for one in standings(out) if one.state is State.DONE for path in one.step.made]
    files = {file for path in made for file in (path, *path.rglob("*")) if file.is_file()}
    drawn = {file for file in files if "explanations" in file.parts and file.suffix == ".png"}
    return {file: file.stat().st_mtime_ns for file in files - drawn}


@pytest.mark.slow
def test_ten_kills_change_no_bit_and_no_finished_step_is_done_again(tmp_path: Path) -> None:
    source = tmp_path / "phantoms"
    write_phantoms("skin", source, cases=60, size_px=96, seed=0)
    started_s = time.monotonic()
    subprocess.run(command(source, tmp_path / "calm"), check=True, capture_output=True)
    whole_s = time.monotonic() - started_s
    rng, known = np.random.default_rng(), dict[Path, int]()
    for _ in range(KILLS):
        running = subprocess.Popen(command(source, tmp_path / "torn"), stdout=subprocess.DEVNULL)
        # Ten elevenths of the work at most are done by then: each kill hits a running study.
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=START_S + rng.uniform(0, whole_s / (KILLS + 1)))
        running.send_signal(signal.SIGKILL)
        running.wait()
        now = finished(tmp_path / "torn")
        assert known.items() <= now.items()
        known = now
    assert len(known) > 0
    assert not (tmp_path / "torn" / "manifest.json").exists()
    subprocess.run(command(source, tmp_path / "torn"), check=True, capture_output=True)
    assert known.items() <= finished(tmp_path / "torn").items()
    assert results(tmp_path / "torn") == results(tmp_path / "calm")
