"""Pairs of files: an image and its mask, in any layout, or as ``index.csv`` names them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from twinseg.core.errors import DataError, MaskValuesError
from twinseg.core.words import amount
from twinseg.data.case_unit import Findings, Kind, ReadCase
from twinseg.data.classes import NONZERO, check_names
from twinseg.data.exif_turning import masks_follow, upright
from twinseg.data.groups import Groups, groups_of, groups_where_said, published_groups
from twinseg.data.index import Index, pairs_of, read_index
from twinseg.data.mask_matching import Matched, match, pictures_among
from twinseg.data.masks import MaskFile, read_mask
from twinseg.data.names import unknown_names
from twinseg.images.files.picture_files import FILES, FilePicture, slice_facts
from twinseg.images.ids import unique_ids
from twinseg.images.picture import SourcePicture
from twinseg.images.tree import walk
from twinseg.images.unit import FoundPictures, LeftOut
from twinseg.images.window import chosen_window
from twinseg.records.source_settings import SourceSettings

NO_INDEX = "no index.csv: each case, or each DICOM series, is a group of its own"
NO_GROUPS = "no groups in index.csv: each case, or each DICOM series, is a group of its own"


@dataclass(frozen=True, kw_only=True)
class PairUnit:
    """A picture file and its masks, not yet opened."""

    picture: FilePicture
    masks: tuple[str, ...]  # relative to the source; the target is what any of them marks
    foreground: tuple[str, ...] = ()
    turn_masks: bool | None = None  # with their picture's EXIF; None: the sizes must tell

    @property
    def name(self) -> str:
        """The picture file, relative to the source."""
        return self.picture.name

    @property
    def files(self) -> tuple[Path, ...]:
        """Picture and masks."""
        return (*self.picture.files, *(self.picture.source / mask for mask in self.masks))

    def read(self) -> Iterator[ReadCase | LeftOut]:
        """Yield the case, or the file of the two that cannot be used.

        Raises:
            MaskValuesError: If the user has to choose classes.
        """
        for picture in self.picture.read():
            yield picture if isinstance(picture, LeftOut) else self._with_masks(picture)

    def _with_masks(self, picture: SourcePicture) -> ReadCase | LeftOut:
        found: list[MaskFile] = []
        for file in self.masks:
            try:
                mask = read_mask(self.picture.source / file, self.foreground)
                found.append(upright(mask, picture, turn=self.turn_masks))
            except MaskValuesError as error:
                raise MaskValuesError(f"in {file}: {error}") from error
            except DataError as error:
                return LeftOut(file, str(error))
        notes = (*picture.notes, *(one.note for one in found))
        return ReadCase(
            picture=picture,
            mask=np.logical_or.reduce([one.mask for one in found]),
            note="; ".join(dict.fromkeys(filter(None, notes))),
            marked=tuple(dict.fromkeys(name for one in found for name in one.marked)),
        )


def _sees(source: Path) -> str:
    if not source.is_dir():
        return ""
    files = list(walk(source))
    try:
        count = len(_pairs(source, files, ()).images)
    except DataError:
        count = len(match(files).pairs)  # `find` tells the fault
    return f"{amount(count, 'pair')} of an image and a mask" if count else ""


def _find(source: Path, settings: SourceSettings) -> Findings:
    if not source.is_dir():
        raise DataError(f"{source} is not a folder; expected one with images/ and masks/ inside")
    foreground = check_names(settings.foreground)
    files = list(walk(source))
    found = _pairs(source, files, settings.masks)
    images = found.images
    if not images:
        raise _no_pairs(source, files, match(files, settings.masks), settings.masks)
    index = _index_of(source)
    said = groups_of(index, images) if index else Groups({})
    notes = [*found.notes, *said.notes]
    groups = dict(said.of)
    if not groups and (groups := _grades(source, files, images)):
        notes.append("groups are the patients of Grade.csv")
        if not foreground:
            foreground = (NONZERO,)
            notes.append("masks number their glands (GlaS): every value but 0 is the target")
    if len(groups) < len(images):
        notes.append(NO_GROUPS if index else NO_INDEX)
    both = ((source / images[n], source / mask) for n in images for mask in found.masks[n])
    turn_masks = masks_follow(both)
    units = tuple(
        PairUnit(
            picture=FilePicture(
                source=source,
                id=name,
                group=groups.get(name, ""),
                file=str(images[name]),
                window=chosen_window(settings),
            ),
            masks=tuple(str(mask) for mask in found.masks[name]),
            turn_masks=turn_masks,
            foreground=foreground,
        )
        for name in sorted(images, key=lambda name: images[name])
    )
    return Findings(
        units=units,
        left_out=found.left_out,
        notes=tuple(notes),
        facts=slice_facts(images.values(), settings),
    )


def _pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    """Find every picture file that is no mask; groups are those of ``index.csv``, where it says."""
    if not source.is_dir():
        return FILES.find(source, settings)
    files = list(walk(source))
    try:
        paired = _pairs(source, files, settings.masks)
    except DataError:  # of masks, which nobody needs here
        paired = _Found({}, {}, ())
    masks = {mask for found in paired.masks.values() for mask in found}
    pictures = (pictures_among(files, settings.masks) - masks) | set(paired.images.values())
    found = FILES.find(source, settings, references=set(files) - pictures)
    ids = {str(path): name for name, path in paired.images.items()}
    units = [unit for unit in found.units if isinstance(unit, FilePicture)]
    units = [replace(unit, id=ids.get(unit.file, unit.id)) for unit in units]
    images = {unit.id: PurePosixPath(unit.file) for unit in units}
    groups = {**_grades(source, files, images), **groups_where_said(source, images)}
    units = [replace(unit, group=groups.get(unit.id, "")) for unit in units]
    return replace(found, units=tuple(units))


@dataclass(frozen=True)
class _Found:
    images: dict[str, PurePosixPath]  # by id
    masks: dict[str, tuple[PurePosixPath, ...]]  # by id
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()


def _pairs(source: Path, files: list[PurePosixPath], chosen: tuple[str, ...]) -> _Found:
    """Pair by ``index.csv`` if it names masks, else by names.

    Raises:
        DataError: If several folders may hold the masks and none was chosen.
    """
    index = _index_of(source)
    if index and index.names_pairs:
        named = pairs_of(index, files)
        return _Found(named.images, {n: (m,) for n, m in named.masks.items()}, named.left_out)
    if unknown := unknown_names(files, chosen):
        raise DataError(f"{source} has no mask in a folder, or with a name that ends in {unknown}")
    matched = match(files, chosen)
    if matched.rivals:
        raise DataError(
            f"{source} has masks in several places, {', '.join(matched.rivals)}, and only one can "
            f'be the target; say which: --masks "{matched.rivals[0]}" (a folder, or the end of '
            "file names; several are put together)"
        )
    ids = unique_ids(image for image, _ in matched.pairs)
    images = {ids[image]: image for image, _ in matched.pairs}
    masks = {ids[image]: masks for image, masks in matched.pairs}
    return _Found(images, masks, matched.left_out, matched.notes)


def _index_of(source: Path) -> Index | None:
    index = source / "index.csv"
    return read_index(index) if index.exists() else None


def _grades(
    source: Path, files: list[PurePosixPath], images: dict[str, PurePosixPath]
) -> dict[str, str]:
    """Patients of the GlaS challenge, by case."""
    tables = [source / path for path in files if path.name == "Grade.csv"]
    patients = published_groups(tables, ("name",), ("patient id",))
    return {n: patients[path.stem] for n, path in images.items() if path.stem in patients}


def _no_pairs(
    source: Path, files: list[PurePosixPath], matched: Matched, chosen: tuple[str, ...]
) -> DataError:
    if not matched.images:
        return DataError(
            f"{source} holds no images; put images in images/ and masks of the same names in masks/"
        )
    if not matched.masks and (outlined := next((f for f in files if f.suffix == ".json"), None)):
        return DataError(
            f"{source} holds {matched.images} images and {outlined}, but no masks: outlines of "
            "labelme or COCO are not read; export them as mask pictures of the same names in masks/"
        )
    if not matched.masks:
        return DataError(
            f"{source} holds {matched.images} images but no masks; put masks of the same names in "
            "masks/, or beside the images as X_mask.png; or name their folder or how their names "
            "end: --masks NAME"
        )
    first = matched.left_out[0]
    return DataError(
        f"no pairs in {source}: {matched.images} images and {matched.masks} masks, but none fit "
        f"together, such as {first.file} ({first.reason}); name the mask of images/a.jpg "
        "masks/a.png"
    )


PAIRS = Kind(name="pairs", sees=_sees, find=_find, pictures=_pictures)
