"""A view that is open: what is shown by now, its table of cases, and the reader's notes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from twinseg.core.errors import ConfigError
from twinseg.core.registry import choose
from twinseg.view.case_table import CaseTable
from twinseg.view.notes import Notes
from twinseg.view.shown import Shown, ShownModel


@dataclass(frozen=True)
class Opened:
    """What was there when it was last looked.

    Attributes:
        shown: All of it.
        table: Its cases.
        version: Changes when there is more to see.
    """

    shown: Shown
    table: CaseTable
    version: str

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Place of each case by its id."""
        return {case: place for place, case in enumerate(self.shown.cases["case"])}

    def place(self, case: str) -> int:
        """Return the place of a case.

        Raises:
            ConfigError: If there is none of that id.
        """
        if case not in self.places:
            raise ConfigError(f"there is no case {case[:60]!r} here")
        return self.places[case]

    @cached_property
    def models(self) -> Mapping[str, ShownModel]:
        """By id."""
        return {model.id: model for model in self.shown.models}

    def model(self, name: str) -> ShownModel:
        """Return a model by its id, or the alias of one."""
        return choose(self.models, self.shown.columns.aliases.get(name, name), "model")

    @cached_property
    def slices(self) -> Mapping[str, list[str]]:
        """Cases of each stack, from the lowest slice up."""
        stacks: dict[str, list[str]] = {}
        for case, stack in self.shown.cases[["case", "stack"]].itertuples(index=False):
            if stack:
                stacks.setdefault(stack, []).append(case)
        return stacks


@dataclass
class Desk:
    """A view at work: opened anew when its files have changed.

    Attributes:
        open_shown: Reads what there is to show.
        notes: Of the reader.
    """

    open_shown: Callable[[], Shown]
    notes_file: Path
    _alone: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self.notes = Notes(self.notes_file)
        self._opened = self._open()

    @property
    def opened(self) -> Opened:
        """What was last opened."""
        return self._opened

    def look_again(self) -> Opened:
        """Open what has changed since; a study that is not there any more stays as it was."""
        with self._alone:
            if _version(self._opened.shown) != self._opened.version:
                self._opened = self._open()
            return self._opened

    def keep(self, case: str, flag: str, note: str) -> None:
        """Keep a flag and a note."""
        self.opened.place(case)
        self.notes.keep(case, flag, note)
        self.opened.table.mark(self.notes.flags)

    def _open(self) -> Opened:
        shown = self.open_shown()
        version = _version(shown)  # before the tables are read: what comes later is seen later
        table = CaseTable(shown.cases, shown.columns)
        table.mark(self.notes.flags)
        return Opened(shown, table, version)


def _version(shown: Shown) -> str:
    stamps = [file.stat().st_mtime_ns if file.exists() else 0 for file in shown.files]
    return f"{hash(tuple(stamps)) & 0xFFFFFFFF:08x}"


def checked_number(text: str, name: str, lowest: int, highest: int) -> int:
    """Return a whole number of a request.

    Raises:
        ConfigError: If it is none, or out of range.
    """
    if not text.isascii() or not text.isdecimal() or not lowest <= int(text[:10]) <= highest:
        raise ConfigError(f"{name} is {text[:20]!r}; expected {lowest} to {highest}")
    return int(text)


def as_json(value: Any) -> Any:
    """Return a value that JSON has: what is undefined or infinite becomes null."""
    if isinstance(value, Mapping):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if hasattr(value, "item"):  # of NumPy
        value = value.item()
    if isinstance(value, float) and not -1e308 <= value <= 1e308:
        return None
    return value
