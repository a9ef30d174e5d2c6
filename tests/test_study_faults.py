"""What happens to a study when the machine, the disk or the user gets in its way."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

import twinseg
from tests.conftest import write_discs
from tests.stages import fail_at, without_report
from tests.test_stopping import STOPPED, hear
from tests.toy_study import TOY, Heard, results, run_toy
from twinseg.core.errors import CannotWriteError, StoreError
from twinseg.core.store import locked

TWINSEG = Path(sys.executable).parent / "twinseg"
KILLS = 10


def command(source: Path, out: Path) -> list[str]:
    settings = TOY | {"init": ",".join(TOY["init"])}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    return [str(TWINSEG), "run", str(source), str(out), *options]


class FullAfter(Heard):
    """Fills the disk when the task of a number is opened; frees it when told."""

    def __init__(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.number, self.monkeypatch = number, monkeypatch

    def task(self, title: str, total: int, *, done: int = 0, unit: str = ""):
        if len(self.tasks) == self.number:
            self.monkeypatch.setattr("twinseg.core.store.flush_to_disk", no_room)
        return super().task(title, total, done=done, unit=unit)


def no_room(_: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def nothing_half_written(out: Path) -> bool:
    return not list(out.rglob(".*.part"))


@pytest.mark.slow
def test_a_full_disk_at_any_stage_is_one_line_and_the_same_command_goes_on(
    source: Path, calm: twinseg.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, lines = tmp_path / "study", []
    for number in (1, 2, 1, 4, 6, 8):  # tasks of each start: it goes on where the last one ended
        with monkeypatch.context() as patched:
            with pytest.raises(CannotWriteError, match="No space left on device; make room") as e:
                run_toy(source, out, FullAfter(number, patched))
        lines.append(str(e.value))
        assert nothing_half_written(out)
    assert not any("\n" in line for line in lines)
    run_toy(source, out)
    assert results(out) == results(calm.folder)


def test_a_full_disk_while_training_keeps_what_was_prepared(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    with pytest.raises(CannotWriteError, match="No space left on device; make room"):
        run_toy(source, out, FullAfter(2, monkeypatch))
    assert nothing_half_written(out)
    assert {"dataset", "dataset.json", "study.toml"} <= {path.name for path in out.iterdir()}


def test_a_disk_that_is_full_at_the_very_end_loses_the_last_file_only(
    source: Path, calm: twinseg.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    shutil.copytree(calm.folder, out)
    (out / "manifest.json").unlink()
    with monkeypatch.context() as patched:
        without_report(patched)
        patched.setattr("twinseg.study.study.versions_and_machine", lambda: full(patched))
        with pytest.raises(CannotWriteError, match=r"manifest\.json: No space left"):
            run_toy(source, out)
    assert results(out) == results(calm.folder)
    assert not (out / "manifest.json").exists()


def full(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setattr("twinseg.core.store.flush_to_disk", no_room)
    return {}


@contextmanager
def small_disk(where: Path, mib: int) -> Iterator[Path]:
    """Mount a disk of that size, which takes a root user."""
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", where], check=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", where], check=True)


may_mount = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk takes root"
)


@pytest.mark.slow
@may_mount
@pytest.mark.parametrize("mib", [1, 9, 20])
def test_a_study_on_a_disk_that_is_too_small(
    source: Path, calm: twinseg.Study, tmp_path: Path, mib: int
) -> None:
    with small_disk(tmp_path / "disk", mib) as disk:
        out = disk / "study"
        ended = subprocess.run(command(source, out), capture_output=True, text=True)
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert "No space left on device; make room" in ended.stderr
        assert nothing_half_written(out)
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        subprocess.run(command(source, out), check=True, capture_output=True)
        assert results(out) == results(calm.folder)


@pytest.mark.slow
@may_mount
def test_a_folder_that_may_only_be_read_is_one_line(
    source: Path, calm: twinseg.Study, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", 100) as disk:
        shutil.copytree(calm.folder, disk / "study")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for out in (disk / "study", disk / "new"):
            ended = subprocess.run(command(source, out), capture_output=True, text=True)
            assert ended.returncode == 2
            assert ended.stderr.count("\n") == 1
            assert "Read-only file system" in ended.stderr
        assert results(disk / "study") == results(calm.folder)


def test_a_folder_that_is_removed_meanwhile_is_said_and_the_same_command_starts_anew(
    source: Path, tmp_path: Path
) -> None:
    for number in (2, 4):  # while the first twin is trained; while it predicts
        out = tmp_path / str(number)

        class Removes(Heard):
            def task(self, title: str, total: int, *, done: int = 0, unit: str = ""):
                if len(self.tasks) == number:  # noqa: B023
                    shutil.rmtree(out)  # noqa: B023
                return super().task(title, total, done=done, unit=unit)

        with pytest.raises(StoreError, match=f"{out} was removed while twinseg was at work in it"):
            run_toy(source, out, Removes())
        # What is left, if anything, is no obstacle.
        with pytest.raises(StoreError, match=f"{out} was removed while"):
            run_toy(source, out, Removes())


@pytest.mark.slow
def test_a_second_start_at_the_same_time_is_refused_and_the_first_is_unharmed(
    source: Path, calm: twinseg.Study, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    refused = []

    class Twice(Heard):
        def task(self, title: str, total: int, *, done: int = 0, unit: str = ""):
            with pytest.raises(StoreError, match="another twinseg is at work in") as caught:
                run_toy(source, out)
            refused.append(str(caught.value))
            return super().task(title, total, done=done, unit=unit)

    run_toy(source, out, Twice())
    assert len(refused) > 10
    assert results(out) == results(calm.folder)


def test_a_lock_of_another_first_start_is_left_alone(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    out.mkdir()
    with locked(out / ".lock"), pytest.raises(StoreError, match="another twinseg is at work"):
        run_toy(source, out)
    assert [path.name for path in out.iterdir()] == [".lock"]


@pytest.mark.slow
def test_the_same_study_twice_is_the_same(
    source: Path, calm: twinseg.Study, tmp_path: Path
) -> None:
    elsewhere = shutil.copytree(source, tmp_path / "elsewhere" / source.name)
    run_toy(elsewhere, tmp_path / "again")
    differing = {
        name
        for name, content in results(tmp_path / "again").items()
        if content != results(calm.folder)[name]
    }
    # Where a source lies is kept, if anywhere, beside the dataset; no result depends on it.
    assert {name.split("/")[0] for name in differing} <= {"dataset", "dataset.json"}


def test_sources_that_change_between_stop_and_resume_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_discs(tmp_path), tmp_path / "study"
    with monkeypatch.context() as patched:
        fail_at(patched, "validation masks", ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            run_toy(source, out)
    before = results(out)
    picture = source / "images" / "case00.png"
    kept = picture.read_bytes()
    shutil.copyfile(source / "images" / "case01.png", picture)
    with pytest.raises(StoreError, match="prepared from other files"):
        run_toy(source, out)
    assert results(out) == before
    picture.write_bytes(kept)
    fail_at(monkeypatch, "validation masks", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run_toy(source, out)  # goes on: the same pixels, whatever their time


@pytest.mark.slow
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_study_stopped_by_a_signal_goes_on(
    source: Path, calm: twinseg.Study, tmp_path: Path, number: str
) -> None:
    out = tmp_path / "study"
    for stage in ("runs", "explanations", "tables/doubt.parquet"):
        running = subprocess.Popen(
            command(source, out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: hear(getattr(signal, number)),
        )
        while not (out / stage).exists() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(getattr(signal, number))
        _, said = running.communicate()
        assert (running.returncode, said) == (1, STOPPED)
        assert nothing_half_written(out)
    subprocess.run(command(source, out), check=True, capture_output=True)
    assert results(out) == results(calm.folder)


@pytest.mark.slow
def test_a_study_whose_output_is_closed_is_finished_all_the_same(
    source: Path, calm: twinseg.Study, tmp_path: Path
) -> None:
    line = " ".join(command(source, tmp_path / "study"))
    ended = subprocess.run(
        ["bash", "-c", f"{line} | head -1; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert results(tmp_path / "study") == results(calm.folder)


@pytest.mark.slow
def test_ten_kills_change_no_bit(source: Path, calm: twinseg.Study, tmp_path: Path) -> None:
    out, rng = tmp_path / "study", np.random.default_rng()
    kills = 0
    while kills < KILLS:
        running = subprocess.Popen(
            command(source, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        begun = len(list(out.rglob("*"))) if out.exists() else 0
        # Until it has made something, and a random moment longer: each kill hits another stage.
        while running.poll() is None and len(list_of(out)) <= begun:
            time.sleep(0.01)
        with suppress(subprocess.TimeoutExpired):
            running.wait(timeout=rng.uniform(0, 1.0))
        if running.poll() is not None:
            break  # it was quicker: what comes after is a finished study
        running.send_signal(signal.SIGKILL)
        running.communicate()
        kills += 1
    assert kills >= 3
    subprocess.run(command(source, out), check=True, capture_output=True)
    assert results(out) == results(calm.folder)


def list_of(out: Path) -> list[Path]:
    """What is there, while another process may be removing some of it."""
    with suppress(OSError):
        return list(out.rglob("*"))
    return []
