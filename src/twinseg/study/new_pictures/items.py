"""What of a source is answered as one: a picture file, a series, a volume, a slide."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.data.find_pictures import HiddenPictures, bare, find_pictures
from twinseg.data.pseudonyms import Pseudonyms
from twinseg.images.dicom.header import SEGMENTATIONS, STRUCTURES, read_header
from twinseg.images.dicom.slice_pictures import NumberedSlice, SlicePictures
from twinseg.images.files.picture_file import DICOM_SUFFIX
from twinseg.images.files.picture_files import FilePicture
from twinseg.images.slice_grid import SliceGrid
from twinseg.images.slides.tile_pictures import TilePictures
from twinseg.images.unit import LeftOut, PictureUnit
from twinseg.images.volumes.volume_pictures import VolumePictures
from twinseg.images.window import window_named
from twinseg.records.input_spec import InputSpec
from twinseg.records.source_settings import SourceSettings

# Sources of one family show the same kind of values: a model of one may be asked about another.
PICTURES, SLICES, SLIDES = "pictures", "series and volumes", "slides"
_FAMILIES = {
    PICTURES: ("pairs", "isic", "gleason"),
    SLICES: ("dicom", "nifti", "kits"),
    SLIDES: ("slides",),
}
_FAMILY_OF_UNIT: dict[type, str] = {
    SlicePictures: SLICES,
    VolumePictures: SLICES,
    TilePictures: SLIDES,
}


@dataclass(frozen=True)
class Item:
    """What is answered as one, or not at all.

    Attributes:
        name: Of its file or series, as it may be shown.
        units: Its pictures.
        volume: The file of a volume, whose masks make a volume again; None of anything else.
        slide: Of a slide some of its tiles; None of anything else.
        slices: Of a series in DICOM where each slice lies, from the lowest; () of anything else.
    """

    name: str
    units: tuple[PictureUnit, ...]
    volume: Path | None = None
    slices: tuple[SliceGrid, ...] = ()
    slide: TilePictures | None = None

    @property
    def is_stack(self) -> bool:
        """Whether its pictures are slices of one volume."""
        return self.volume is not None or bool(self.slices)

    @property
    def key(self) -> str:
        """Changes when one of its files does."""
        digest = hashlib.sha256(self.name.encode())
        for unit in self.units:
            for file in unit.files:
                facts = file.stat()
                digest.update(f"{facts.st_size} {facts.st_mtime_ns}".encode())
        return digest.hexdigest()[:24]


@dataclass(frozen=True)
class FoundItems:
    """All of a source, before any picture is decoded."""

    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    names: Pseudonyms | None  # which items go by; None where files may be named
    withheld: tuple[LeftOut, ...] = ()  # then: what was left out, as it is truly named

    @property
    def is_hidden(self) -> bool:
        """Whether no file may be named."""
        return self.names is not None

    def shown_case(self, case: str) -> str:
        """Return what a case of the source is called outside."""
        first = self.items[0].units[0]
        return first.shown_id(case) if isinstance(first, HiddenPictures) else case

    def shown(self, file: str) -> str:
        """Return what a file of the source is called outside."""
        return self.names.file(file) if self.names else file


def find_items(
    source: Path, spec: InputSpec, settings: SourceSettings, *, anyway: bool = False
) -> FoundItems:
    """Find what a model is to be shown, read as its training pictures were.

    Args:
        source: A file, or a folder in any depth.
        spec: How the model must be shown pictures.
        settings: How to read the source, of that.
        anyway: Take pictures of another kind than the model was trained on, too.

    Raises:
        DataError: If there are no pictures, or they are of another kind.
    """
    found = find_pictures(source, settings)
    no_masks = tuple(unit for unit in found.units if not _holds_masks(bare(unit)))
    found = replace(found, units=no_masks or found.units)
    if spec.of_dicom_files:
        found = replace(found, units=tuple(_as_files(unit, spec) for unit in found.units))
    family, trained_on = _family_of(found.units), _family_of_training(spec)
    if family != trained_on and not anyway:
        colour = {True: "grey ", False: "colour ", None: ""}[spec.is_grey]
        raise DataError(
            f"{source} holds {family}, and the model was trained on {colour}{trained_on}; its "
            "masks would mean nothing: give pictures of that kind, or --anyway"
        )
    items, first = tuple(_items(found.units)), found.units[0]
    names = first.names if isinstance(first, HiddenPictures) else None
    return FoundItems(
        items=items,
        left_out=found.left_out,
        notes=found.notes,
        names=names,
        withheld=found.withheld_left_out,
    )


def _holds_masks(unit: PictureUnit) -> bool:
    """Tell whether a file that is taken for a picture by its suffix is a DICOM object of masks."""
    if not (isinstance(unit, FilePicture) and unit.file.lower().endswith(DICOM_SUFFIX)):
        return False
    try:
        return read_header(*unit.files).sop_class in SEGMENTATIONS | STRUCTURES
    except DataError:  # it is told when it is read
        return False


def _as_files(unit: PictureUnit, spec: InputSpec) -> PictureUnit:
    """Return slices of a series as a model of single files was shown its own."""
    if isinstance(unit, HiddenPictures):
        return replace(unit, unit=_as_files(unit.unit, spec))
    if not isinstance(unit, SlicePictures):
        return unit
    return replace(unit, window=window_named(spec.window), as_files=True)


def _family_of_training(spec: InputSpec) -> str:
    if spec.of_dicom_files:
        return SLICES
    return next(name for name, kinds in _FAMILIES.items() if spec.kind in kinds)


def _family_of(units: Sequence[PictureUnit]) -> str:
    """Return the family of what was found; pictures among slices make it one of pictures."""
    found = {_family_of_unit(bare(unit)) for unit in units}
    return PICTURES if PICTURES in found else found.pop()


def _family_of_unit(unit: PictureUnit) -> str:
    if isinstance(unit, FilePicture):
        return SLICES if unit.file.lower().endswith(DICOM_SUFFIX) else PICTURES
    return _FAMILY_OF_UNIT[type(unit)]


def _items(units: tuple[PictureUnit, ...]) -> Iterator[Item]:
    for name, some in groupby(units, key=_name_of_whole):
        together = tuple(some)
        first = bare(together[0])
        yield Item(
            name,
            together,
            volume=first.files[0] if isinstance(first, VolumePictures) else None,
            slices=tuple(one.slice.grid for one in slices_of_series(together)),
            slide=first if isinstance(first, TilePictures) else None,
        )


def slices_of_series(units: Sequence[PictureUnit]) -> Iterator[NumberedSlice]:
    """Yield the slices of a series in DICOM, from the lowest; none of anything else."""
    for unit in map(bare, units):
        if isinstance(unit, SlicePictures):
            yield from unit.slices


def _name_of_whole(unit: PictureUnit) -> str:
    """Name the series or the slide that a unit is a part of; else the unit."""
    truly = bare(unit)
    if isinstance(truly, SlicePictures):
        return truly.series
    if isinstance(truly, TilePictures):
        name = truly.slide.id
        return unit.names.file(name) if isinstance(unit, HiddenPictures) else name
    return unit.name
