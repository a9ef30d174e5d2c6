"""What every kind of source hands on: units that can be read alone, in any process, in any order.

A kind is found by its files, lists units without decoding pixels, and each unit yields its cases.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import DataError
from twinseg.core.source_settings import SourceSettings
from twinseg.data.case import Layer, LeftOut, Origin


@dataclass(frozen=True, kw_only=True)
class ReadCase:
    """One case as read, on its source grid."""

    id: str
    group: str
    picture: Picture
    mask: Mask  # same rows and columns
    spacing_mm: tuple[float, float] | None  # (row, column); None where nobody says
    origin: Origin | None  # where the untouched picture is
    layer: Layer | None = None  # None if it is no slice of a volume
    note: str = ""  # what was converted, in plain words; "" if nothing
    empty_slices: tuple[int, int] = (0, 0)  # kept, found: said with one case of each volume
    marked: tuple[str, ...] = ()  # names of the mask file's values that are the target, if it has


@runtime_checkable
class Unit(Protocol):
    """Some files that are read together: a pair, part of a series, part of a slide.

    Implemented by frozen dataclasses that can be pickled. A unit yields at most some hundred
    cases, one after another, so that memory stays bounded; a longer series is several units.
    """

    @property
    def name(self) -> str:
        """File or folder relative to the source, for messages; unique in the source."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read: if size or time of one changes, the unit is read again."""
        ...

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield cases, and what had to be left out with the reason.

        Raises:
            DataError: If the whole unit cannot be used; it is then left out with this reason.
            MaskValuesError: If the user has to choose classes; stops everything.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a kind found in a source, before any pixel is decoded."""

    units: tuple[Unit, ...]  # in the order of their names
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()  # said aloud and written into the dataset
    empty_slices: tuple[int, int] = (0, 0)  # kept, found
    words: frozenset[str] = frozenset()  # of the files, such as names of regions: never shared
    facts: dict[str, Any] = field(default_factory=dict)  # for dataset.json, such as window_hu


class NothingUsableError(DataError):
    """What was left out leaves nothing to go on with, or may not be; says the first files."""

    def __init__(self, said: str, left_out: Iterable[LeftOut], advice: str = "") -> None:
        self.said, self.left_out, self.advice = said, tuple(left_out), advice
        listed = "; ".join(f"{item.file} ({item.reason})" for item in self.left_out[:5])
        more = f"; and {len(self.left_out) - 5} more" if len(self.left_out) > 5 else ""
        super().__init__(f"{said}: {listed or 'there is nothing'}{more}{advice}")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of source."""

    name: str
    # Why the folder or file is of this kind, in plain words ("4 DICOM series"); "" if it is not.
    sees: Callable[[Path], str]
    find: Callable[[Path, SourceSettings], Findings]  # DataError if nothing can be used
    picture: Callable[[Path, Origin], Picture]  # (source, origin): the picture on its source grid
