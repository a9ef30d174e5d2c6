"""The pictures that a folder of `twinseg predict` is of, found again in its INPUT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import DataError
from twinseg.data.find_pictures import HiddenPictures, bare, find_pictures
from twinseg.images.dicom.slice_pictures import SlicePictures
from twinseg.images.files.picture_files import FilePicture
from twinseg.images.formats import picture_at
from twinseg.images.picture import SourcePicture
from twinseg.images.slides.tile_pictures import TilePictures
from twinseg.images.unit import LeftOut, PictureUnit
from twinseg.images.volumes.volume_pictures import SliceOrigin, VolumePictures
from twinseg.images.written_masks import written_slices
from twinseg.records.source_settings import SourceSettings


@dataclass(frozen=True)
class Originals:
    """Pictures by what `predict` calls them: the picture's name, or that of its stack.

    Attributes:
        source: INPUT.
        settings: How it was read.
    """

    source: Path
    settings: SourceSettings

    @cached_property
    def units(self) -> Mapping[str, Sequence[PictureUnit]]:
        """What of the source is shown under each name; nothing is decoded for it.

        Raises:
            DataError: If there are no pictures.
        """
        found: dict[str, list[PictureUnit]] = {}
        for unit in find_pictures(self.source, self.settings).units:
            found.setdefault(_name_of(unit), []).append(unit)
        return found

    @cached_property
    def _origins(self) -> dict[str, SliceOrigin]:
        return {}

    def picture(self, name: str, number: int) -> Picture:
        """Read a picture.

        Args:
            name: Of the picture, or of its stack.
            number: Of the slice in its stack, from 0; 0 of a picture alone.

        Raises:
            DataError: If it is not in the source, or cannot be read.
        """
        units = self._units(name)
        if isinstance(bare(units[0]), VolumePictures):
            if name not in self._origins:  # its window is that of the whole volume
                self._origins[name] = _first_origin(units[0])
            return picture_at(self.source, replace(self._origins[name], number=number))
        parts = [part for unit in units for part in _single(unit)]
        if number >= len(parts):
            raise DataError(f"{self.source} holds no slice {number} of {name}")
        picture = next(iter(parts[number].read()))
        if isinstance(picture, LeftOut):
            raise DataError(f"{picture.file}: {picture.reason}")
        return picture.pixels

    def slide(self, name: str) -> Path | None:
        """Return the file of a slide; None of anything else."""
        unit = bare(self._units(name)[0])
        return unit.files[0] if isinstance(unit, TilePictures) else None

    def mask_of_slice(self, name: str, number: int, file: Path) -> Mask:
        """Read the mask of a slice from the volume of masks that `predict` wrote.

        Raises:
            DataError: If it cannot be read.
        """
        is_series = isinstance(bare(self._units(name)[0]), SlicePictures)
        marked: Mask = written_slices(file, is_series=is_series)[number] > 0
        return marked

    def _units(self, name: str) -> Sequence[PictureUnit]:
        if name not in self.units:
            raise DataError(f"{self.source} does not hold {name}; --images is the INPUT of predict")
        return self.units[name]


def _name_of(unit: PictureUnit) -> str:
    """Name a picture, series, volume or slide as the tables of `predict` do."""
    truly = bare(unit)
    name, kind = truly.name, "case"
    if isinstance(truly, FilePicture):
        name = truly.id
    elif isinstance(truly, TilePictures):
        name, kind = truly.slide.id, "file"
    elif isinstance(truly, VolumePictures):
        name, kind = truly.stem, "stack"
    elif isinstance(truly, SlicePictures):
        return truly.series  # a pseudonym already, where names are hidden
    if not isinstance(unit, HiddenPictures):
        return name
    return unit.names.file(name) if kind == "file" else unit.names.of(kind, name)


def _single(unit: PictureUnit) -> list[PictureUnit]:
    """Cut some slices of a series into one after another; anything else stays."""
    if isinstance(unit, HiddenPictures):
        return [replace(unit, unit=one) for one in _single(unit.unit)]
    if isinstance(unit, SlicePictures):
        return [replace(unit, slices=(one,)) for one in unit.slices]
    return [unit]


def _first_origin(unit: PictureUnit) -> SliceOrigin:
    origins = (one.origin for one in bare(unit).read() if isinstance(one, SourcePicture))
    return next(origin for origin in origins if isinstance(origin, SliceOrigin))
