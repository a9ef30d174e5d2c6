"""The pictures of any source, without masks: what a model is shown that nobody has segmented."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.core.registry import choose
from twinseg.data.hidden_source import without_names
from twinseg.data.kinds import KINDS
from twinseg.data.pseudonyms import Lines, Pseudonyms, is_hidden, salt_of
from twinseg.data.reasons import shared_reason
from twinseg.images.formats import format_of
from twinseg.images.picture import SourcePicture
from twinseg.images.tree import require_there, root_of, unusable
from twinseg.images.unit import FoundPictures, LeftOut, PictureUnit
from twinseg.records.source_settings import SourceSettings

_Find = Callable[[Path, SourceSettings], FoundPictures]
# What the files of a format are taken for where no reference is beside them: it knows by their
# names which files would be masks.
_KIND_OF_FORMAT = {"files": "pairs", "dicom": "dicom", "volumes": "nifti", "slides": "slides"}


def find_pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    """Find the pictures of a source; none is decoded yet, no mask is needed, and masks are none.

    Ids and groups are those that `prepare` gives, where every picture has a reference. Of a hidden
    source (see `is_hidden`) they are pseudonyms, and so are names of files in all that is said;
    the origins of pictures name their files, and are never to be shared.

    Args:
        source: A file, or a folder in any depth: pictures, DICOM series, volumes, slides.
        settings: How to read it; what concerns masks is not asked.

    Raises:
        DataError: If there are no pictures.
        ConfigError: If the kind that is asked for is unknown.
    """
    require_there(source)
    name, find = _recognised(source, settings)
    if not is_hidden(source, name, settings):
        return _found(source, settings, find)
    with without_names(source, None):
        found = _found(source, settings, find)
    return _without_names(source, found, settings, name)


def _recognised(source: Path, settings: SourceSettings) -> tuple[str, _Find]:
    """Return the name of the kind or format of a source, and how its pictures are found."""
    if settings.kind:
        return settings.kind, choose(KINDS, settings.kind, "kind").pictures
    for kind in KINDS.values():
        if kind.sees(source):
            return kind.name, kind.pictures
    form = format_of(source)
    if form is None:
        raise DataError(
            f"{source} holds no pictures; give a file or folder of pictures (PNG, JPEG, TIFF), of "
            "DICOM, of volumes (NIfTI, NRRD, MHA) or of slides"
        )
    if form.name in _KIND_OF_FORMAT:
        kind = KINDS[_KIND_OF_FORMAT[form.name]]
        return kind.name, kind.pictures
    return form.name, form.find


def _found(source: Path, settings: SourceSettings, find: _Find) -> FoundPictures:
    found = find(source, settings)
    left_out = (LeftOut(str(entry.path), entry.fault) for entry in unusable(source))
    ordered = sorted((*found.left_out, *left_out), key=lambda item: (item.file, item.reason))
    return replace(found, left_out=tuple(ordered))


@dataclass(frozen=True)
class HiddenPictures:
    """A unit of a hidden source: nothing that it says or yields names a file or a person."""

    unit: PictureUnit
    names: Pseudonyms
    keep_id: bool  # it is a pseudonym already
    keep_group: bool

    @property
    def name(self) -> str:
        """The pseudonym of the unit."""
        return self.names.file(self.unit.name)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the unit, by their real names."""
        return self.unit.files

    def read(self) -> Iterator[SourcePicture | LeftOut]:
        """Yield what the unit does, with pseudonyms.

        Raises:
            DataError: If nothing of the unit can be used.
        """
        try:
            for picture in self.unit.read():
                if isinstance(picture, LeftOut):
                    yield from self.names.left_out([picture])
                else:
                    yield picture if self.keep_id else self._renamed(picture)
        except DataError as error:
            raise DataError(shared_reason(str(error))) from None

    def shown_id(self, case: str) -> str:
        """Return what a case of the source is called outside."""
        return case if self.keep_id else self.names.of("case", case)

    def _renamed(self, picture: SourcePicture) -> SourcePicture:
        layer, of = picture.layer, self.names.of
        return replace(
            picture,
            id=self.shown_id(picture.id),
            group=picture.group if self.keep_group else of("group", picture.group),
            layer=layer and replace(layer, stack=of("stack", layer.stack)),
        )


def bare(unit: PictureUnit) -> PictureUnit:
    """Return what a pseudonym stands for."""
    return unit.unit if isinstance(unit, HiddenPictures) else unit


def _without_names(
    source: Path, found: FoundPictures, settings: SourceSettings, kind: str
) -> FoundPictures:
    files = [file for unit in found.units for file in unit.files]
    names = Pseudonyms(salt_of(root_of(source), files))
    lines, withheld = Lines(source, names), tuple(found.words)
    keep_group = settings.keep_ids and kind == "slides"
    return replace(
        found,
        withheld_left_out=found.left_out,
        units=tuple(
            HiddenPictures(unit, names, keep_id=kind == "dicom", keep_group=keep_group)
            for unit in found.units
        ),
        left_out=names.left_out(found.left_out),
        notes=tuple(dict.fromkeys(lines.cleaned(one, withheld=withheld) for one in found.notes)),
    )
