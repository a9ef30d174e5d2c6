"""What every kind of source hands on: units of pictures joined with their references.

A kind is found by its files, lists units without decoding pixels, and each unit yields its cases.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from twinseg.core.arrays import Mask
from twinseg.images.picture import SourcePicture
from twinseg.images.unit import FoundPictures, LeftOut
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True, kw_only=True)
class ReadCase:
    """One picture with its reference, as read."""

    picture: SourcePicture
    mask: Mask  # rows and columns of the picture
    note: str = ""  # what was converted of both, in plain words; "" if nothing
    empty_slices: tuple[int, int] = (0, 0)  # kept, found: said with one case of each volume
    marked: tuple[str, ...] = ()  # names of the mask file's values that are the target, if it has


def read_case(picture: SourcePicture, mask: Mask) -> ReadCase:
    """Join a picture with a mask of which there is nothing to say."""
    return ReadCase(picture=picture, mask=mask, note="; ".join(picture.notes))


@runtime_checkable
class CaseUnit(Protocol):
    """Some pictures and their references, read together: like a `PictureUnit`, of cases."""

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

    units: tuple[CaseUnit, ...]  # in the order of their names
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()  # said aloud and written into the dataset
    empty_slices: tuple[int, int] = (0, 0)  # kept, found
    words: frozenset[str] = frozenset()  # of the files, such as names of regions: never shared
    facts: dict[str, Any] = field(default_factory=dict)  # for dataset.json, such as window_hu


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of source: a format of pictures, and where their references come from."""

    name: str
    # Why the folder or file is of this kind, in plain words ("4 DICOM series"); "" if it is not.
    sees: Callable[[Path], str]
    find: Callable[[Path, SourceSettings], Findings]  # DataError if nothing can be used
    # The pictures alone, named as `find` names them; DataError if there are none.
    pictures: Callable[[Path, SourceSettings], FoundPictures]
