"""What happens to a dataset when disks fill, files are cut, programs are killed or meet."""

import errno
import json
import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import WritePairs
from twinseg.core.errors import DataError, StoreError
from twinseg.core.progress import Silent
from twinseg.core.store import locked
from twinseg.data.dataset_files import FORMAT, write_prepared
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared, whole_dataset
from twinseg.records.source_settings import make_source_settings
from twinseg.study.data import open_or_prepare
from twinseg.study.inspect import inspect_dataset

SETTINGS = make_source_settings(size=32)
PIXELS = ("pictures.npy", "masks.npy", "references.bin")
KILLED = 9


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def touch(source: Path) -> None:
    """Make an image look new, so that everything is read again and found equal."""
    os.utime(next((source / "images").iterdir()), ns=(1, 1))


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_who_does_not_hold_the_lock_removes_nothing(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source, working = write_pairs(cases=3), tmp_path / ".set.preparing"
    (working / "parts").mkdir(parents=True)
    (working / "parts" / "read.bin").write_text("an hour of reading")
    with locked(working / ".lock"):
        with pytest.raises(StoreError, match="another twinseg is at work"):
            prepare(source, tmp_path / "set", SETTINGS)
    assert (working / "parts" / "read.bin").read_text() == "an hour of reading"
    assert len(prepare(source, tmp_path / "set", SETTINGS).dataset.cases) == 3
    assert not working.exists()


def test_a_mistyped_option_costs_nothing_of_what_was_read_before(
    write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_pairs(cases=3)
    (source / "images" / "alone.png").write_bytes(b"no mask")
    parts = tmp_path / ".set.preparing" / "parts"
    with monkeypatch.context() as patched, pytest.raises(StoreError, match="make room"):
        patched.setattr("twinseg.data.prepare.write_prepared", full)
        prepare(source, tmp_path / "set", SETTINGS)
    read = {path.name: path.stat().st_mtime_ns for path in parts.glob("*.bin")}
    assert read
    with pytest.raises(DataError, match="--strict is on"):
        prepare(source, tmp_path / "set", make_source_settings(size=32, strict=True))
    assert read == {path.name: path.stat().st_mtime_ns for path in parts.glob("*.bin")}


@pytest.mark.parametrize("where", ["twinseg.data.prepare.write_prepared", "pathlib.Path.rename"])
def test_a_disk_full_at_the_very_end_keeps_what_was_read(
    where: str, write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, parts = write_pairs(cases=3), tmp_path / ".set.preparing" / "parts"
    with monkeypatch.context() as patched, pytest.raises(StoreError, match="make room"):
        patched.setattr(where, full)
        prepare(source, tmp_path / "set", SETTINGS)
    assert not (tmp_path / "set").exists()
    assert not (parts.parent / "dataset").exists()  # its room is needed
    read = {path.name: path.stat().st_mtime_ns for path in parts.glob("*.bin")}
    seen = []

    def look(*arguments: object) -> None:
        seen.append({path.name: path.stat().st_mtime_ns for path in parts.glob("*.bin")})
        write_prepared(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("twinseg.data.prepare.write_prepared", look)
    prepare(source, tmp_path / "set", SETTINGS)
    assert seen == [read]


def test_no_failure_of_a_rename_costs_the_old_dataset(
    write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, folder = write_pairs(cases=3), tmp_path / "set"
    prepare(source, folder, SETTINGS)
    (folder / "notes.txt").write_text("of my own")
    before = content(folder)
    touch(source)
    with monkeypatch.context() as patched, suppress(StoreError):
        patched.setattr(Path, "rename", full)
        patched.setattr(os, "rename", full)
        prepare(source, folder, SETTINGS)
    assert {name: content(folder)[name] for name in (*PIXELS, "cases.parquet", "notes.txt")} == {
        name: before[name] for name in (*PIXELS, "cases.parquet", "notes.txt")
    }
    assert whole_dataset(folder) is not None


def test_an_equal_dataset_is_not_swapped_under_those_who_stand_on_it(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source, folder = write_pairs(cases=3), tmp_path / "set"
    data = prepare(source, folder, SETTINGS)
    numbers = {name: (folder / name).stat().st_ino for name in PIXELS}
    touch(source)
    prepare(source, folder, SETTINGS)
    assert numbers == {name: (folder / name).stat().st_ino for name in PIXELS}
    # A damaged one is put right file by file: what is mapped already stays as it was.
    pictures, references = np.array(data.pictures), [data.reference(at) for at in range(3)]
    (folder / "pictures.npy").unlink()
    prepare(source, folder, SETTINGS)
    assert (data.pictures == pictures).all()
    assert all((data.reference(at) == references[at]).all() for at in range(3))


def test_a_reference_that_comes_short_is_an_error_and_never_memory_of_others(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    data = prepare(write_pairs(cases=3), tmp_path / "set", SETTINGS)
    # 40 x 40 pixels at eight a byte: 200 bytes a case; 30 bytes of the last one are left.
    os.truncate(tmp_path / "set" / "references.bin", 430)
    assert data.reference(1).shape == (40, 40)
    with pytest.raises(StoreError, match="references.bin of .* is cut off"):
        data.reference(2)
    (tmp_path / "set" / "references.bin").unlink()
    with pytest.raises(StoreError, match=r"cannot read references.bin"):
        data.reference(0)


@pytest.mark.parametrize("name", [*PIXELS, "cases.parquet"])
def test_a_file_that_was_cut_is_refused_on_opening(
    name: str, write_pairs: WritePairs, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    size = (prepare(write_pairs(cases=3), folder, SETTINGS).folder / name).stat().st_size
    os.truncate(folder / name, size - 1)
    with pytest.raises(StoreError, match=rf"{name} of .* has {size - 1:,} bytes, {size:,} were"):
        open_prepared(folder)
    (folder / name).unlink()
    with pytest.raises(StoreError, match=rf"{name} of .* is not there"):
        open_prepared(folder)


@pytest.mark.parametrize("name", PIXELS)
def test_a_file_of_zeros_is_refused_when_it_is_put_to_use(
    name: str, write_pairs: WritePairs, tmp_path: Path
) -> None:
    source, folder = write_pairs(cases=9), tmp_path / "set"
    prepare(source, folder, SETTINGS)
    (folder / "mine.txt").write_text("kept")
    right = content(folder)
    with (folder / name).open("r+b") as file:  # the second half, as after a power cut
        file.seek(len(right[name]) // 2)
        file.write(bytes(len(right[name]) - len(right[name]) // 2))
    for use in (
        lambda: open_or_prepare(folder, tmp_path / "out", SETTINGS, Silent()),
        lambda: inspect_dataset(folder),
    ):
        with pytest.raises(StoreError, match=rf"{name} of .* holds other bytes than were written"):
            use()
    prepare(source, folder, SETTINGS)  # the way out that the message names
    assert content(folder) == right


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"facts": []}',
        f'{{"facts": {{}}, "format": {FORMAT}}}',
        "[" * 99_999,
        "\0" * 999,
    ],
)
def test_facts_of_another_shape_are_one_line(
    text: str, write_pairs: WritePairs, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    prepare(write_pairs(cases=3), folder, SETTINGS)
    (folder / "dataset.json").write_text(text)
    with pytest.raises(StoreError, match="dataset.json") as caught:
        open_prepared(folder)
    assert "\n" not in str(caught.value)


def test_a_part_of_zeros_is_read_again(
    write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_pairs(cases=3)
    expected = prepare(source, tmp_path / "whole", SETTINGS)

    def zero(*_: object) -> None:
        first, *others = sorted((tmp_path / ".set.preparing" / "parts").iterdir())
        for path in (first, *others):
            path.write_bytes(bytes(path.stat().st_size))
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("twinseg.data.prepare.write_prepared", zero)
        prepare(source, tmp_path / "set", SETTINGS)
    found = prepare(source, tmp_path / "set", SETTINGS)
    assert found.files == expected.files


def test_other_settings_are_named_before_anything_is_read(
    write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, folder = write_pairs(cases=3), tmp_path / "set"
    prepare(source, folder, SETTINGS)
    monkeypatch.setattr("twinseg.data.prepare._read_all", full)
    other = make_source_settings(size=64, foreground="3,4", window="lung", hide_paths=True)
    said = (
        "foreground was not given, now 3,4; window was not given, now 'lung'; hide_paths was off, "
        "now on; size was 32, now 64; repeat them"
    )
    with pytest.raises(StoreError) as caught:
        prepare(source, folder, other)
    assert said in str(caught.value)
    asked = make_source_settings(size=32, kind="pairs")  # which is what it was taken for
    monkeypatch.undo()
    assert len(prepare(source, folder, asked).dataset.cases) == 3


@pytest.mark.parametrize("where", ["pathlib.Path.mkdir", "filelock.FileLock.acquire"])
def test_a_folder_that_may_not_be_written_is_one_line(
    where: str, write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:  # root, who runs some tests, may write anywhere
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    source = write_pairs(cases=3)
    monkeypatch.setattr(where, closed)
    with pytest.raises(StoreError, match=r"cannot write .*set.*: Permission denied; choose"):
        prepare(source, tmp_path / "set", SETTINGS)


def _killed_at(place: int, source: Path, folder: Path) -> None:
    """Prepare in this process and end it at once before a file is flushed or gets its name."""
    left, own = [place], os.getpid()

    def dying(do: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object) -> object:
            if os.getpid() == own:  # not in those who read
                left[0] -= 1
                if left[0] < 0:
                    os._exit(KILLED)
            return do(*arguments)

        return counted

    os.fsync = dying(os.fsync)  # type: ignore[assignment]
    Path.replace, Path.rename = dying(Path.replace), dying(Path.rename)  # type: ignore[method-assign,assignment]
    prepare(source, folder, SETTINGS, processes=1)
    os._exit(0)


@pytest.mark.parametrize("harm", ["none", "damaged"])
def test_killed_anywhere_it_ends_equal_to_the_bit(
    harm: str, write_pairs: WritePairs, tmp_path: Path
) -> None:
    source, folder = write_pairs(cases=2), tmp_path / "set"
    prepare(source, tmp_path / "calm", SETTINGS, processes=1)
    expected = content(tmp_path / "calm")
    if harm == "damaged":
        prepare(source, folder, SETTINGS, processes=1)
        (folder / "mine.txt").write_text("kept")
        expected["mine.txt"] = b"kept"
    place, status = 0, KILLED
    while status == KILLED:
        if harm == "damaged":
            os.truncate(folder / "masks.npy", 7)
        one = multiprocessing.get_context("fork").Process(
            target=_killed_at, args=(place, source, folder)
        )
        one.start()
        one.join()
        status, place = int(one.exitcode or 0), place + 1
        if harm == "damaged":
            assert (folder / "mine.txt").exists()
            assert json.loads((folder / "dataset.json").read_text())
    assert status == 0
    assert place > 10
    assert content(folder) == expected
    assert not (tmp_path / ".set.preparing").exists()
