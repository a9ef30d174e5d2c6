"""A toy format in one file: texts in which each number is a picture of that many columns.

Two rows make it known: `TEXTS` among the formats of pictures, and `TEXT_CASES` among the kinds of
sources, which adds references.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case_unit import Findings, Kind, ReadCase
from twinseg.images.picture import Origin, SourcePicture
from twinseg.images.unit import Format, FoundPictures, LeftOut
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True)
class WordOrigin(Origin):
    columns: int


@dataclass(frozen=True)
class TextPictures:
    """A file of words: numbers are pictures, other words are trouble."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,)

    def read(self) -> Iterator[SourcePicture | LeftOut]:
        for place, word in enumerate(self.path.read_text().split()):
            if word == "crash":
                os._exit(1)
            if word == "bad":
                raise DataError("it is bad")
            if word == "bug":
                raise KeyError("unexpected")
            if word == "hole":
                yield LeftOut(f"{self.name}#{place}", "a hole")
            else:
                yield self.picture(99 if word == "classes" else int(word), place)

    def picture(self, columns: int, place: int) -> SourcePicture:
        return SourcePicture(
            id=f"{self.path.stem}-{place}",
            group=self.path.stem,
            pixels=np.full((20, columns, 3), columns, np.uint8),
            spacing_mm=(0.5, 0.25) if place else None,
            origin=WordOrigin(self.name, columns),
            notes=("read from text",),
        )


def find(
    source: Path, settings: SourceSettings, *, references: Collection[PurePosixPath] = ()
) -> FoundPictures:
    units = tuple(TextPictures(path) for path in sorted(source.glob("*.txt")))
    left_out = (LeftOut("z.doc", "no text"),)
    return FoundPictures(units=units, left_out=left_out, facts={"colour": "grey"})


def picture(source: Path, origin: WordOrigin) -> np.ndarray:
    return np.full((20, origin.columns, 3), 7, np.uint8)


def sees(source: Path) -> str:
    return "some texts" if source.is_dir() and any(source.glob("*.txt")) else ""


TEXTS = Format(name="texts", origin=WordOrigin, sees=sees, find=find, picture=picture)


@dataclass(frozen=True)
class TextCases:
    """The pictures of a file, each with the same mark."""

    pictures: TextPictures

    @property
    def name(self) -> str:
        return self.pictures.name

    @property
    def files(self) -> tuple[Path, ...]:
        return self.pictures.files

    def read(self) -> Iterator[ReadCase | LeftOut]:
        for picture in self.pictures.read():
            yield picture if isinstance(picture, LeftOut) else self.case(picture)

    def case(self, picture: SourcePicture) -> ReadCase:
        columns = picture.pixels.shape[1]
        if columns == 99:
            raise MaskValuesError("holds 0, 1, 2")
        mask = np.zeros((20, columns), bool)
        mask[5:10, 3:9] = True
        return ReadCase(
            picture=picture,
            mask=mask,
            note="; ".join(picture.notes),
            empty_slices=(1, columns),
            marked=("255",) if columns < 60 else ("7",),
        )


def find_cases(source: Path, settings: SourceSettings) -> Findings:
    found = find(source, settings)
    units = tuple(TextCases(unit) for unit in found.units if isinstance(unit, TextPictures))
    return Findings(units=units, left_out=found.left_out, facts=found.facts)


TEXT_CASES = Kind(name="texts", sees=sees, find=find_cases, pictures=find)
