"""Files and folders are whole or absent, whenever the program is killed or the disk is full."""

import csv
import errno
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from twinseg.core.errors import StoreError


@contextmanager
def whole_file(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """Yield a scratch path beside ``path``; on success it replaces ``path``, on failure it is gone.

    Args:
        path: File to write; its folder is made if need be.
        flush: Wait until it is on the disk. False for the many small files that can be made again.

    Raises:
        StoreError: If the disk is full or the folder cannot be written.
    """
    scratch = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield scratch
        if flush:
            _flush_to_disk(scratch)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def require_absent(folder: Path) -> None:
    """Raise `StoreError` if ``folder`` exists: nobody's files are written over."""
    if folder.exists():
        raise StoreError(f"{folder} exists already; choose another name or delete it")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty scratch folder; on success it becomes ``folder``, on failure it is gone.

    Raises:
        StoreError: If ``folder`` exists, the disk is full or the place cannot be written.
    """
    require_absent(folder)
    scratch = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(scratch, ignore_errors=True)  # what a killed process left
        scratch.mkdir(parents=True)
        yield scratch
        for path in scratch.rglob("*"):
            if path.is_file():
                _flush_to_disk(path)
        scratch.rename(folder)
    except OSError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise _cannot_write(folder, error) from error
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold ``file`` for this process alone; a killed process lets it go.

    Raises:
        StoreError: If another process holds it.
    """
    try:
        with FileLock(file, timeout=0):
            yield
    except Timeout as error:
        raise StoreError(
            f"another twinseg is at work in {file.parent}; wait for it, or choose another OUT"
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8; the file is whole or absent."""
    with whole_file(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content``; the file is whole or absent."""
    with whole_file(path) as scratch:
        scratch.write_bytes(content)


def write_json(path: Path, content: object, *, for_people: bool = True) -> None:
    """Write ``content`` as JSON with sorted keys; the file is whole or absent.

    Args:
        path: File to write.
        content: What `json` can write.
        for_people: A value a line; False takes a tenth of the time.
    """
    write_text(path, json.dumps(content, indent=2 if for_people else None, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        StoreError: If it is absent or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}; is this a twinseg folder?") from error


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a comma-separated table; floats keep every digit; the file is whole or absent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _cannot_write(path: Path, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    advice = "make room or " if error.errno == errno.ENOSPC else ""
    return StoreError(f"cannot write {path}: {reason}; {advice}choose another folder")
