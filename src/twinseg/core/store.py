"""Files and folders are whole or absent, whenever the program is killed or the disk is full."""

import csv
import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from twinseg.core.errors import CannotWriteError, StoreError
from twinseg.core.plain_text import to_cell

LONGEST_NAME_BYTES = 255  # of a file, on every file system in use
_FLUSHED_AT_ONCE = 8  # a disk puts many files into one commit: 0.1 ms each, alone 3 to 4 ms
_NO_FLUSH_OF_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EACCES}  # of some network drives


@dataclass(frozen=True)
class FileFacts:
    """What a file must hold: a file that was cut or zeroed does not."""

    bytes: int
    sha256: str


def facts_of(path: Path) -> FileFacts:
    """Read ``path`` once and return how long it is and its SHA-256, at about 1 GB/s."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileFacts(file.tell(), digest.hexdigest())


def scratch_beside(path: Path, ending: str) -> Path:
    """Return a hidden name beside ``path`` for what is under way, no longer than names may be."""
    name = f".{path.name}.{ending}"
    if len(os.fsencode(name)) > LONGEST_NAME_BYTES:
        name = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32]}.{ending}"
    return path.with_name(name)


@contextmanager
def whole_file(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """Yield a scratch path beside ``path``; on success it replaces ``path``, on failure it is gone.

    Args:
        path: File to write; its folder is made if need be.
        flush: Wait until it is on the disk. False for the many small files that can be made again.

    Raises:
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    scratch = scratch_beside(path, "part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield scratch
        if flush:
            flush_to_disk(scratch)
        scratch.replace(path)
        if flush:
            flush_to_disk(path.parent)
    except BaseException as error:
        with suppress(OSError):
            scratch.unlink()
        if isinstance(error, OSError):
            raise cannot_write(path, error) from error
        raise


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it, or find them there.

    Raises:
        CannotWriteError: If that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


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
    scratch = scratch_beside(folder, "part")
    try:
        shutil.rmtree(scratch, ignore_errors=True)  # what a killed process left
        scratch.mkdir(parents=True)
        yield scratch
        with ThreadPoolExecutor(_FLUSHED_AT_ONCE) as pool:
            for _ in pool.map(flush_to_disk, (scratch, *scratch.rglob("*"))):
                pass  # raises what one of them raised
        scratch.rename(folder)
        flush_to_disk(folder.parent)
    except BaseException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        if isinstance(error, OSError):
            raise cannot_write(folder, error) from error
        raise


@contextmanager
def locked(file: Path, *, patience_s: float = 0) -> Iterator[None]:
    """Hold ``file`` for this process alone; a killed process lets it go.

    Args:
        file: Is made, and stays.
        patience_s: How long to wait for another process.

    Raises:
        StoreError: If another process holds it, or it cannot be written.
    """
    lock = FileLock(file)
    try:
        lock.acquire(timeout=patience_s)
    except Timeout as error:
        raise StoreError(
            f"another twinseg is at work in {file.parent}; wait for it, or choose another OUT"
        ) from error
    except OSError as error:
        raise cannot_write(file, error) from error
    try:
        yield
    finally:
        lock.release()


def time_there_ns(file: Path) -> int:
    """Return what time it is where ``file`` lies, in ns: later files there have no earlier one."""
    os.utime(file)
    return file.stat().st_mtime_ns


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
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"cannot read {path}: {error}; is this a twinseg folder?") from error


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a comma-separated table; floats keep every digit; the file is whole or absent.

    Text that a spreadsheet would run is written as `to_cell` says.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([to_cell(value) for value in row] for row in (header, *rows))
    write_text(path, text.getvalue())


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk and outlast a power cut."""
    if not path.is_dir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    elif os.name != "nt":  # which cannot open folders
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        except OSError as error:
            if error.errno not in _NO_FLUSH_OF_FOLDERS:
                raise
        finally:
            os.close(opened)


def cannot_write(path: Path, error: OSError) -> CannotWriteError:
    """Return what is said when ``path`` cannot be written."""
    reason = error.strerror or str(error)
    advice = "make room or " if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return CannotWriteError(f"cannot write {path}: {reason}; {advice}choose another folder")
