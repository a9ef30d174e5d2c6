"""`prepare` as a program: killed, met by another, on a full disk, while a study stands on it."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import write_discs
from twinseg.data.prepared import open_prepared, whole_dataset

KILLS = 10
PROGRAM = Path(sys.executable).parent / "twinseg"
FILES = ("pictures.npy", "masks.npy", "references.bin", "cases.parquet", "dataset.json")


def start(*arguments: str | Path, most_bytes: int | None = None) -> subprocess.Popen[str]:
    def limit() -> None:
        if most_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return subprocess.Popen(
        [PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )


def finish(*arguments: str | Path) -> None:
    running = start(*arguments)
    _, wrong = running.communicate()
    assert (running.returncode, wrong) == (0, "")


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.mark.slow  # at every place where it matters, without a program: test_prepare_faults.py
def test_kills_change_no_bit(tmp_path: Path) -> None:
    source = write_discs(tmp_path, cases=200, side_px=200)
    started_s = time.monotonic()
    finish("prepare", source, tmp_path / "calm")
    whole_s = time.monotonic() - started_s
    rng, killed = np.random.default_rng(), 0
    for _ in range(KILLS):
        running = start("prepare", source, tmp_path / "torn")
        try:
            running.wait(timeout=rng.uniform(0.5, 1) * whole_s)
        except subprocess.TimeoutExpired:
            killed += 1
        running.send_signal(signal.SIGKILL)
        running.communicate()
    assert killed
    finish("prepare", source, tmp_path / "torn")
    assert content(tmp_path / "torn") == content(tmp_path / "calm")
    left = ["calm", "calm-originals", "pairs", "torn", "torn-originals"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_ctrl_c_is_one_line_and_ends_those_who_read(tmp_path: Path) -> None:
    source = write_discs(tmp_path, cases=100, side_px=300)

    def as_in_a_terminal() -> None:  # where Ctrl-C reaches those who read as well
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    running = subprocess.Popen(
        [PROGRAM, "prepare", source, tmp_path / "set"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=as_in_a_terminal,
    )
    assert running.stdout
    assert running.stdout.readline().startswith("taking ")
    os.killpg(running.pid, signal.SIGINT)
    said = running.communicate()[1]
    assert running.returncode == 1
    assert said == "twinseg: stopped; the same command goes on from here\n"


def test_of_two_at_once_one_is_refused_and_the_other_ends(tmp_path: Path) -> None:
    source = write_discs(tmp_path, cases=24, side_px=100)
    both = [start("prepare", source, tmp_path / "set") for _ in range(2)]
    said = [running.communicate()[1] for running in both]
    statuses = sorted(running.returncode for running in both)
    # The slower one may come when the other has ended, and opens what is there.
    assert statuses in ([0, 2], [0, 0])
    for status, wrong in zip((running.returncode for running in both), said, strict=True):
        assert wrong.count("\n") == (status == 2)
        assert ("another twinseg is at work" in wrong) == (status == 2)
    data = whole_dataset(tmp_path / "set")
    assert data
    assert len(data.dataset.cases) == 24


def test_a_disk_that_takes_no_more_is_one_line_and_the_parts_go_on(tmp_path: Path) -> None:
    source, parts = write_discs(tmp_path, cases=40), tmp_path / ".set.preparing" / "parts"
    # A part of the 40 cases stays below 1 MiB, 40 pictures of 128 x 128 pixels do not.
    running = start("prepare", source, tmp_path / "set", "--size", "128", most_bytes=2**20)
    _, wrong = running.communicate()
    assert running.returncode == 2
    assert "File too large" in wrong
    assert wrong.count("\n") == 1
    assert not (tmp_path / "set").exists()
    read = {path.name: path.stat().st_mtime_ns for path in parts.glob("*.bin")}
    assert read
    finish("prepare", source, tmp_path / "set", "--size", "128")
    assert len(open_prepared(tmp_path / "set").dataset.cases) == 40


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("mebibytes", [1, 4, 7, 10])
def test_a_full_disk_at_any_point(mebibytes: int, tmp_path: Path) -> None:
    source, small = write_discs(tmp_path, cases=40), tmp_path / "small"
    finish("prepare", source, tmp_path / "calm", "--size", "128")  # 2.6 MB, as much again in parts
    small.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", small]
    subprocess.run(mounted, check=True)
    try:
        running = start("prepare", source, small / "set", "--size", "128")
        _, wrong = running.communicate()
        if running.returncode:
            assert running.returncode == 2
            assert "No space left on device; make room" in wrong
            assert wrong.count("\n") == 1
            assert not (small / "set").exists()
            subprocess.run(["mount", "-o", "remount,size=1g", small], check=True)
            finish("prepare", source, small / "set", "--size", "128")
        assert content(small / "set") == content(tmp_path / "calm")
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.slow
def test_prepare_while_a_study_stands_on_the_dataset(tmp_path: Path) -> None:
    source = write_discs(tmp_path, cases=24, side_px=64)
    settings = "--encoder mobilenet_v2 --size 32 --epochs 2 --init random:1,random:2"
    finish("prepare", source, tmp_path / "set", "--size", "32")
    finish("run", tmp_path / "set", tmp_path / "calm", *settings.split())
    running = start("run", tmp_path / "set", tmp_path / "out", *settings.split())
    at = 0
    while running.poll() is None:
        at += 1
        time.sleep(1)
        os.utime(source / "images" / "case00.png", ns=(at, at))  # read again, and found equal
        finish("prepare", source, tmp_path / "set", "--size", "32")
    assert running.communicate()[1] == ""
    assert at > 1
    for table in ("scores.csv", "comparisons.csv"):
        tables = [(tmp_path / out / "tables" / table).read_bytes() for out in ("calm", "out")]
        assert tables[0] == tables[1]
