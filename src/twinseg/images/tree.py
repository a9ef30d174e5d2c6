"""Which files of a source are looked at, and which cannot be."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.core.names import is_text

_OF_THE_SYSTEM = {"thumbs.db", "desktop.ini", "__macosx"}
_NOT_TEXT = "its name is no UTF-8 text; rename it"
_NOT_REGULAR = "is no regular file but a pipe, a socket or a device"
_LEADS_NOWHERE = "is a link to nothing that is there"


@dataclass(frozen=True)
class Entry:
    """A file or a folder that cannot be looked into, by its name alone."""

    path: PurePosixPath  # relative to the source; as it can be printed, if it cannot be used
    fault: str = ""  # why it cannot be used; "" if it can


def entries(source: Path) -> Iterator[Entry]:
    """Yield what lies below ``source``: files of a folder in order, then those of its folders.

    Hidden files and files of the system are skipped, and folders that were met already: links may
    lead in circles. Nothing is opened, so that a pipe or an endless device holds nobody up.
    """
    waiting, seen = [PurePosixPath()], set[str]()
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(source / folder)
        if real in seen:
            continue
        seen.add(real)
        below: list[PurePosixPath] = []
        try:
            with os.scandir(source / folder) as listed:
                found = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            yield Entry(folder, f"cannot be looked into: {error.strerror}")
            continue
        for entry in found:
            if _is_hidden(entry.name):
                continue
            if not is_text(entry.name):
                yield Entry(folder / _printable(entry.name), _NOT_TEXT)
            elif _is_folder(entry):
                below.append(folder / entry.name)
            else:
                yield Entry(folder / entry.name, _fault(entry))
        waiting += reversed(below)


def walk(source: Path) -> Iterator[PurePosixPath]:
    """Yield files below ``source``, relative to it, in order; see `entries`."""
    return (entry.path for entry in entries(source) if not entry.fault)


def unusable(source: Path) -> Iterator[Entry]:
    """Yield what below ``source`` cannot be looked at, and why; nothing if it is a file."""
    return (entry for entry in entries(source) if entry.fault) if source.is_dir() else iter(())


def require_there(source: Path) -> None:
    """Raise `DataError` if a source is absent, may not be read, or is a pipe or a device."""
    try:
        if not source.exists():
            raise DataError(f"{source} does not exist; give a file or folder that does")
        if not (source.is_dir() or source.is_file()):
            raise DataError(f"{source} is no folder and no regular file; give one")
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror}; give another") from error


def root_of(source: Path) -> Path:
    """Return the folder that names of files are relative to."""
    return source if source.is_dir() else source.parent


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _fault(entry: os.DirEntry[str]) -> str:
    try:
        if entry.is_file():
            return ""
        entry.stat()
    except OSError:
        return _LEADS_NOWHERE
    return _NOT_REGULAR


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _OF_THE_SYSTEM


def _printable(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")
