"""What of the items is done, a line each: a killed command goes on behind the last whole line."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from twinseg.core.store import cannot_write


@dataclass(frozen=True)
class Done:
    """An item whose files lie in the folder.

    Attributes:
        key: Of the item.
        rows: One for each picture of it, see `rows`.
        volume: Of a stack its row; {} of anything else.
        left_out: Name and reason of what of it could not be used.
    """

    key: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    volume: dict[str, Any] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)


class Journal:
    """Items that are done, by their keys; grows by a line at a time."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.done: dict[str, Done] = {}
        self._alone = Lock()
        if file.exists():
            self._read()

    def _read(self) -> None:
        """Read whole lines; what a kill has cut off is forgotten, in the file as well."""
        content = self.file.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            facts: Mapping[str, Any] = json.loads(line)
            done = Done(**{**facts, "left_out": [(name, why) for name, why in facts["left_out"]]})
            self.done[done.key] = done
        if len(whole) < len(content):
            os.truncate(self.file, len(whole))

    def note(self, done: Done) -> None:
        """Note that the files of an item are there; several threads may.

        Raises:
            CannotWriteError: If the disk is full.
        """
        line = (json.dumps(vars(done)) + "\n").encode()
        with self._alone:
            self._append(line)
            self.done[done.key] = done

    def _append(self, line: bytes) -> None:
        try:
            before = self.file.stat().st_size if self.file.exists() else 0
            with self.file.open("ab") as file:
                try:
                    file.write(line)
                    file.flush()
                except OSError:
                    os.truncate(self.file, before)  # no half a line before the next one
                    raise
        except OSError as error:
            raise cannot_write(self.file, error) from error
