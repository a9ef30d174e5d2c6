"""What every format hands on: units of pictures, read alone in any process and in any order.

A format is told by its files, lists units without decoding pixels, and each unit yields pictures.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, runtime_checkable

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.images.picture import Origin, SourcePicture
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used, and why."""

    file: str
    reason: str


@runtime_checkable
class PictureUnit(Protocol):
    """Some pictures that are read together: a file, part of a series, a volume, part of a slide.

    Implemented by frozen dataclasses that can be pickled. A unit yields at most some hundred
    pictures, one after another, so that memory stays bounded; a longer series is several units.
    """

    @property
    def name(self) -> str:
        """File or folder relative to the source, for messages; unique in the source."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read: if size or time of one changes, the unit is read again."""
        ...

    def read(self) -> Iterator[SourcePicture | LeftOut]:
        """Yield pictures, and what had to be left out with the reason.

        Raises:
            DataError: If nothing of the unit can be used; its text says why.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class FoundPictures:
    """What a format found in a source, before any picture is decoded."""

    units: tuple[PictureUnit, ...]  # in the order of their names
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()  # in plain words
    words: frozenset[str] = frozenset()  # of the files, such as codes of body parts: never shared
    facts: dict[str, Any] = field(default_factory=dict)  # such as window_hu
    withheld_left_out: tuple[LeftOut, ...] = ()  # of a hidden source, as they are truly named


class NothingUsableError(DataError):
    """What was left out leaves nothing to go on with, or may not be; says the first files."""

    def __init__(self, said: str, left_out: Iterable[LeftOut], advice: str = "") -> None:
        self.said, self.left_out, self.advice = said, tuple(left_out), advice
        listed = "; ".join(f"{item.file} ({item.reason})" for item in self.left_out[:5])
        more = f"; and {len(self.left_out) - 5} more" if len(self.left_out) > 5 else ""
        super().__init__(f"{said}: {listed or 'there is nothing'}{more}{advice}")


NO_REFERENCES: frozenset[PurePosixPath] = frozenset()


@runtime_checkable
class FindPictures(Protocol):
    """How a format lists the pictures of a source."""

    def __call__(
        self,
        source: Path,
        settings: SourceSettings,
        *,
        references: Collection[PurePosixPath] = NO_REFERENCES,
    ) -> FoundPictures:
        """Return units of pictures.

        Args:
            source: Folder, or a file.
            settings: How to read it; what concerns masks is not asked.
            references: Files that are masks of others and no pictures, relative to the source.

        Raises:
            DataError: If there is no picture.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format of pictures."""

    name: str
    origin: type[Origin]  # a frozen dataclass of numbers, words and such dataclasses
    # Why a folder or file holds such pictures, in plain words; "" if it does not.
    sees: Callable[[Path], str]
    find: FindPictures
    picture: Callable[[Path, Any], Picture]  # (source, its origin): the pixels on the source grid
