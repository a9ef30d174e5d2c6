"""Flags and notes of a reader: a file of their own, whole or absent, that no study reads."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.plain_text import to_cell
from twinseg.core.store import write_json

FLAGS = ("", "look", "wrong", "good")
_LONGEST = 2000  # characters of a note


@dataclass(frozen=True)
class Note:
    """What a reader kept of a case."""

    flag: str = ""
    note: str = ""


class Notes:
    """All notes of a view, in one file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._alone = Lock()
        self._notes = _read(file)

    @property
    def all(self) -> Mapping[str, Note]:
        """By case."""
        return dict(self._notes)

    @property
    def flags(self) -> Iterator[tuple[str, str]]:
        """Cases that are flagged, with the flag."""
        return ((case, one.flag) for case, one in self.all.items() if one.flag)

    def keep(self, case: str, flag: str, note: str) -> None:
        """Keep a flag and a note of a case, in place of what was kept; both empty: forget it.

        Raises:
            ConfigError: If the flag is unknown or the note too long.
            CannotWriteError: If the disk is full or may not be written.
        """
        if flag not in FLAGS:
            raise ConfigError(f"unknown flag {flag[:40]!r}; there are {', '.join(FLAGS[1:])}")
        if len(note) > _LONGEST:
            raise ConfigError(f"the note has {len(note)} characters; at most {_LONGEST} are kept")
        with self._alone:
            notes = self._notes | {case: Note(flag, note)}
            notes = {one: kept for one, kept in notes.items() if kept != Note()}
            content = {one: vars(kept) for one, kept in notes.items()}
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._file, content)
            self._notes = notes

    def as_csv(self) -> str:
        """Return all as a table for spreadsheets, which run nothing of it."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("case", "flag", "note"))
        for case, one in sorted(self.all.items()):
            writer.writerow([to_cell(value) for value in (case, one.flag, one.note)])
        return text.getvalue()


def _read(file: Path) -> dict[str, Note]:
    if not file.exists():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {
            str(case): Note(str(one["flag"]), str(one["note"])) for case, one in content.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"cannot read the notes in {file}; mend or move the file") from error
