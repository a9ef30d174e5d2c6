"""Pictures that are a file each: JPEG, PNG, TIFF, BMP, GIF and single slices in DICOM."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.images.files.picture_file import (
    CT_WINDOW,
    DICOM_SUFFIX,
    PICTURE_SUFFIXES,
    PictureFile,
    read_picture,
)
from twinseg.images.ids import unique_ids
from twinseg.images.picture import Layer, Origin, SourcePicture
from twinseg.images.tree import root_of, walk
from twinseg.images.unit import NO_REFERENCES, Format, FoundPictures, LeftOut
from twinseg.images.window import Window, chosen_window, window_named
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True)
class FileOrigin(Origin):
    """A file, and how its values are shown."""

    window: Window | None = None  # None where none is needed


@dataclass(frozen=True, kw_only=True)
class FilePicture:
    """A picture file, not yet opened."""

    source: Path  # the folder that ``file`` is relative to
    id: str
    group: str = ""  # "" if nobody says: then the DICOM series, or the picture itself
    file: str  # with forward slashes
    window: Window | None = None

    @property
    def name(self) -> str:
        """The file, relative to the source."""
        return self.file

    @property
    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self.source / self.file,)

    def read(self) -> Iterator[SourcePicture | LeftOut]:
        """Yield the picture, or the file if it cannot be used."""
        try:
            found = read_picture(self.source / self.file, window=self.window)
        except DataError as error:
            yield LeftOut(self.file, str(error))
            return
        yield SourcePicture(
            id=self.id,
            group=self.group or found.series or self.id,
            pixels=found.pixels,
            is_grey=found.is_grey,
            spacing_mm=found.spacing_mm,
            layer=_layer(found),
            origin=FileOrigin(self.file, found.window),
            notes=tuple(filter(None, [found.note])),
            turned=found.turned,
        )


def _layer(found: PictureFile) -> Layer | None:
    if found.series is None or found.height_mm is None:
        return None
    return Layer(found.series, found.height_mm)


def picture_files(
    source: Path, *, references: Collection[PurePosixPath] = NO_REFERENCES
) -> list[PurePosixPath]:
    """Return the picture files of a folder in any depth, or the one of ``source``, in order."""
    files = walk(source) if source.is_dir() else [PurePosixPath(source.name)]
    known = [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES]
    return [path for path in known if path not in references]


def slice_facts(files: Iterable[PurePosixPath], settings: SourceSettings) -> dict[str, Any]:
    """Return ``window_hu`` if all of the files are slices of CT in DICOM; {} otherwise."""
    if any(file.suffix.lower() != DICOM_SUFFIX for file in files):
        return {}
    window = chosen_window(settings) or window_named(CT_WINDOW)
    return {"window_hu": [window.low, window.high]}


def _sees(source: Path) -> str:
    count = len(picture_files(source))
    return amount(count, "picture file") if count else ""


def _find(
    source: Path,
    settings: SourceSettings,
    *,
    references: Collection[PurePosixPath] = NO_REFERENCES,
) -> FoundPictures:
    files = picture_files(source, references=references)
    if not files:
        suffixes = ", ".join(sorted(PICTURE_SUFFIXES))
        raise DataError(f"{source} holds no picture ({suffixes}); give a folder or file with some")
    ids = unique_ids(files)
    units = [
        FilePicture(
            source=root_of(source), id=ids[path], file=str(path), window=chosen_window(settings)
        )
        for path in files
    ]
    return FoundPictures(units=tuple(sorted(units, key=lambda unit: unit.name)))


def _picture(source: Path, origin: FileOrigin) -> Picture:
    """Read a picture again as it was read at first.

    Raises:
        DataError: If the file cannot be read any more.
    """
    return read_picture(root_of(source) / origin.file, window=origin.window).pixels


FILES = Format(name="files", origin=FileOrigin, sees=_sees, find=_find, picture=_picture)
