"""SIGKILL at random moments, five times; the tables end equal to the bit."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from twinseg.data.phantoms import write_phantoms

KILLS = 5
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


@pytest.mark.slow
def test_five_kills_change_no_bit(tmp_path: Path) -> None:
    source = tmp_path / "phantoms"
    write_phantoms("skin", source, cases=60, size_px=96, seed=0)
    started_s = time.monotonic()
    subprocess.run(command(source, tmp_path / "calm"), check=True, capture_output=True)
    whole_s = time.monotonic() - started_s
    rng = np.random.default_rng()
    for _ in range(KILLS):
        running = subprocess.Popen(command(source, tmp_path / "torn"), stdout=subprocess.DEVNULL)
        # Five sixths of the work at most are done by then, so that each kill hits a running study.
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=START_S + rng.uniform(0, whole_s / (KILLS + 1)))
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert not (tmp_path / "torn" / "manifest.json").exists()
    subprocess.run(command(source, tmp_path / "torn"), check=True, capture_output=True)
    assert results(tmp_path / "torn") == results(tmp_path / "calm")
