"""SIGKILL at random moments, five times; the tables end equal to the bit."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from twinseg.data.phantoms import write_phantoms

KILLS = 5


def command(source: Path, out: Path) -> list[str]:
    twinseg = Path(sys.executable).parent / "twinseg"
    settings = "--encoder mobilenet_v2 --size 64 --epochs 4 --init random:1,random:2"
    return [str(twinseg), "run", str(source), str(out), *settings.split()]


def results(out: Path) -> dict[str, bytes]:
    """Everything but the manifests, which tell how long it took."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


@pytest.mark.slow
def test_five_kills_change_no_bit(tmp_path: Path) -> None:
    source = tmp_path / "phantoms"
    write_phantoms("skin", source, cases=60, size_px=96, seed=0)
    subprocess.run(command(source, tmp_path / "calm"), check=True, capture_output=True)
    rng = np.random.default_rng()
    killed = 0
    while killed < KILLS:
        running = subprocess.Popen(command(source, tmp_path / "torn"), stdout=subprocess.DEVNULL)
        try:
            running.wait(timeout=rng.uniform(5, 25))
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            killed += 1
        else:
            break
    assert killed >= 2, "the study was over before it could be killed twice; make it longer"
    subprocess.run(command(source, tmp_path / "torn"), check=True, capture_output=True)
    assert results(tmp_path / "torn") == results(tmp_path / "calm")
