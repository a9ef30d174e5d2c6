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


def time_calmly(source: Path, out: Path) -> tuple[float, float]:
    """Make the study without a kill: seconds until it is at work, and from there to its end."""
    begun_s = time.monotonic()
    running = subprocess.Popen(command(source, out), stdout=subprocess.DEVNULL)
    while not (out / "study.toml").exists():
        assert running.poll() is None
        time.sleep(0.05)
    at_work_s = time.monotonic()
    assert running.wait() == 0
    return at_work_s - begun_s, time.monotonic() - at_work_s


def is_killed(source: Path, out: Path, after_s: float) -> bool:
    """Go on with the study and kill that; False if it was done before."""
    running = subprocess.Popen(command(source, out), stdout=subprocess.DEVNULL)
    try:
        assert running.wait(timeout=after_s) == 0
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGKILL)
        running.wait()
        return True
    return False


@pytest.mark.slow
def test_ten_kills_change_no_bit_and_no_finished_step_is_done_again(tmp_path: Path) -> None:
    source = tmp_path / "phantoms"
    write_phantoms("skin", source, cases=60, size_px=96, seed=0)
    start_s, work_s = time_calmly(source, tmp_path / "calm")
    rng, kills, most_known = np.random.default_rng(), 0, 0
    while kills < KILLS:  # a study is done before its tenth kill where the machine has become free
        out, known = tmp_path / f"torn{kills}", dict[Path, int]()
        while kills < KILLS and is_killed(
            source, out, start_s + rng.uniform(0, 2 * work_s / (KILLS + 1))
        ):
            kills += 1
            now = finished(out)
            assert known.items() <= now.items()
            known, most_known = now, max(most_known, len(now))
        subprocess.run(command(source, out), check=True, capture_output=True)
        assert known.items() <= finished(out).items()
        assert results(out) == results(tmp_path / "calm")
    assert most_known > 0
