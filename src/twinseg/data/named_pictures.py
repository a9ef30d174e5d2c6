"""Pictures to show to a model: one file, a folder of files, or a prepared dataset."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.mapped import read_some
from twinseg.data.mask_matching import match
from twinseg.data.masks import MASK_SUFFIXES, read_mask
from twinseg.data.own_folder import is_prepared
from twinseg.data.prepared import open_prepared
from twinseg.data.pseudonyms import Pseudonyms, may_hold_dicom, salt_of
from twinseg.data.reasons import shared_reason
from twinseg.images.files.picture_file import PICTURE_SUFFIXES, read_picture
from twinseg.images.files.picture_files import picture_files
from twinseg.images.ids import unique_ids
from twinseg.images.tree import root_of, walk
from twinseg.images.window import Window

_Pixels = TypeVar("_Pixels", Picture, Mask)


@dataclass(frozen=True)
class NamedPictures:
    """Pictures by name, not yet opened; either function raises DataError if a file is bad."""

    ids: tuple[str, ...]
    picture: Callable[[str], Picture]
    mask: Callable[[str], Mask] | None  # the reference, where there is one
    title: str  # the name of the folder or file; "pictures" if nothing may be named
    note: str = ""  # what is to be said of the pictures
    files: Mapping[str, Path] = field(default_factory=dict)  # of pseudonyms; {} if none were needed


def pictures_of(
    source: Path, *, masks: Path | None = None, window: Window | None = None
) -> NamedPictures:
    """Find the pictures of ``source``; none is opened yet.

    Args:
        source: A picture, a folder of pictures (with folders inside, if need be), or a dataset of
            `prepare`. Masks that lie beside pictures are theirs, as `layout.match` pairs them.
        masks: Folder with a mask for each picture, of the same stem.
        window: Of DICOM slices and grey of more than 8 bits.

    Raises:
        DataError: If there is no picture.
        ConfigError: If masks are given for a dataset, which has its own.
    """
    if is_prepared(source):
        if masks is not None:
            raise ConfigError(f"{source} is a dataset with references of its own: drop --masks")
        return _of_dataset(source)
    files, beside = _picture_files(source)
    if masks is not None:
        beside = _by_stem(files, masks)
    named = NamedPictures(
        tuple(files),
        lambda name: read_picture(files[name], window=window).pixels,
        _reader(beside) if beside else None,
        source.name,
    )
    return _without_names(named, source, files) if may_hold_dicom(files.values()) else named


def _without_names(named: NamedPictures, source: Path, files: Mapping[str, Path]) -> NamedPictures:
    """Give pseudonyms to pictures of patients, and take all but our words out of errors."""
    names = Pseudonyms(salt_of(root_of(source), files.values()))
    real = {names.of("picture", name): name for name in named.ids}

    def quiet(read: Callable[[str], _Pixels]) -> Callable[[str], _Pixels]:
        def pixels(name: str) -> _Pixels:
            try:
                return read(real[name])
            except DataError as error:
                raise DataError(shared_reason(str(error))) from None

        return pixels

    return replace(
        named,
        ids=tuple(sorted(real)),
        picture=quiet(named.picture),
        mask=quiet(named.mask) if named.mask else None,
        title="pictures",
        files={name: files[real[name]] for name in sorted(real)},
    )


def _of_dataset(folder: Path) -> NamedPictures:
    data = open_prepared(folder)
    data.require_whole()
    places = {case.id: place for place, case in enumerate(data.dataset.cases)}

    # Where the original may not be pointed at, what the network saw, not a stretched copy of it.
    hidden = {case.id for case in data.dataset.cases if case.origin is None}

    def picture(name: str) -> Picture:
        place = places[name]
        return read_some(data.pictures, place) if name in hidden else data.picture(place)

    def mask(name: str) -> Mask:
        place = places[name]
        return read_some(data.masks, place) if name in hidden else data.reference(place)

    return NamedPictures(
        tuple(places),
        picture,
        mask,
        folder.name,
        data.dataset.notes[-1] if data.source is None else "",
    )


def _picture_files(source: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the pictures by name, and the masks that lie beside them."""
    if source.is_file():
        return {source.stem: source}, {}
    if not source.is_dir():
        raise DataError(f"{source} does not exist; give a picture, a folder or a dataset")
    # What shows pictures takes one mask of each; several go through `prepare`.
    pairs = match(walk(source)).pairs
    mask_of = {image: masks[0] for image, masks in pairs if len(masks) == 1}
    taken = {mask for _image, masks in pairs for mask in masks}
    found = picture_files(source, references=taken)
    if not found:
        raise DataError(
            f"{source} holds no picture ({', '.join(sorted(PICTURE_SUFFIXES))}); volumes and "
            "slides come in by `twinseg prepare`: give the dataset"
        )
    names = unique_ids(found)
    return (
        {names[path]: source / path for path in found},
        {names[path]: source / mask_of[path] for path in found if path in mask_of},
    )


def _by_stem(pictures: dict[str, Path], folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; --masks takes a folder of masks named as pictures")
    masks = {
        p.stem: p
        for p in sorted(folder.iterdir())
        if p.suffix.lower() in MASK_SUFFIXES and p.is_file()
    }
    found = {name: masks[path.stem] for name, path in pictures.items() if path.stem in masks}
    if not found:
        raise DataError(f"no file in {folder} has the stem of a picture, such as {min(pictures)}")
    return found


def _reader(masks: dict[str, Path]) -> Callable[[str], Mask]:
    def mask(name: str) -> Mask:
        if name not in masks:
            raise DataError("has no mask")
        try:
            return read_mask(masks[name]).mask
        except DataError as error:
            raise DataError(_without_choice(str(error))) from error

    return mask


def _without_choice(reason: str) -> str:
    """Replace advice on --foreground, an option of `prepare` alone, by a way out that there is."""
    parts = reason.split("; ")
    others = [part for part in parts if "--foreground" not in part]
    if len(others) == len(parts):
        return reason
    return "; ".join([*others, "choose the target by twinseg prepare, and give its dataset"])
