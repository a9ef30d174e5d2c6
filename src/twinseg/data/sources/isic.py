"""The ISIC challenges of 2016 to 2018: ``ISIC_1.jpg`` and ``ISIC_1_segmentation.png``."""

import re
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.data.case_unit import Findings, Kind
from twinseg.data.classes import check_names
from twinseg.data.groups import published_groups
from twinseg.data.mask_matching import match
from twinseg.data.sources.pairs import PairUnit
from twinseg.images.files.picture_file import PICTURE_SUFFIXES
from twinseg.images.files.picture_files import FilePicture
from twinseg.images.ids import unique_ids
from twinseg.images.tree import walk
from twinseg.images.unit import FoundPictures, LeftOut
from twinseg.images.window import chosen_window
from twinseg.records.source_settings import SourceSettings

_IMAGE = re.compile(r"ISIC_\d+\.(jpe?g|png)", re.IGNORECASE)
_MASK = re.compile(r"ISIC_\d+_segmentation\.png", re.IGNORECASE)
_SUPERPIXELS = re.compile(r"ISIC_\d+_superpixels\.png", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"ISIC_\d+_attribute_\w+\.png", re.IGNORECASE)
_LESION = ("#ffffff",)  # as published, whatever number white has in the palette of a mask
_NEARLY_ALL = 0.9  # of the pictures: a folder of several sets is none of ISIC
_NAMES = ("image_id", "isic_id", "image", "image_name", "id")
_GROUPS = ("patient_id", "lesion_id", "group")


def _sees(source: Path) -> str:
    if not source.is_dir() or (source / "index.csv").exists():
        return ""
    pictures = [path for path in walk(source) if path.suffix.lower() in PICTURE_SUFFIXES]
    masks = sum(bool(_MASK.fullmatch(path.name)) for path in pictures)
    named = sum(path.name.upper().startswith("ISIC_") for path in pictures)
    if not masks or named < _NEARLY_ALL * len(pictures):
        return ""
    return f"{masks} masks named ISIC_*_segmentation.png"


def _find(source: Path, settings: SourceSettings) -> Findings:
    files = list(walk(source))
    wanted, left_out, notes = _sorted_out(files)
    matched = match(wanted)
    if not matched.pairs:
        raise DataError(
            f"{source} has no ISIC_*.jpg with its ISIC_*_segmentation.png; unpack images and "
            "ground truth of the challenge into one folder"
        )
    ids = unique_ids(image for image, _ in matched.pairs)
    groups = _groups(source, files)
    known = sum(image.stem in groups for image, _ in matched.pairs)
    if known:
        notes.append(
            f"groups of {known} of {len(matched.pairs)} images from the tables beside them"
        )
    if known < len(matched.pairs):
        notes.append("no patient or lesion is published for some images: each is its own group")
    units = tuple(
        PairUnit(
            picture=_picture(source, image, ids[image], groups, settings),
            masks=tuple(str(mask) for mask in masks),
            foreground=check_names(settings.foreground or _LESION),
        )
        for image, masks in matched.pairs
    )
    everything = sorted([*left_out, *matched.left_out], key=lambda item: item.file)
    return Findings(units=units, left_out=tuple(everything), notes=tuple(notes))


def _pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    files = list(walk(source))
    images = [path for path in files if _IMAGE.fullmatch(path.name)]
    if not images:
        raise DataError(f"{source} has no ISIC_*.jpg")
    ids, groups = unique_ids(images), _groups(source, files)
    units = [_picture(source, image, ids[image], groups, settings) for image in images]
    return FoundPictures(units=tuple(sorted(units, key=lambda unit: unit.name)))


def _groups(source: Path, files: list[PurePosixPath]) -> dict[str, str]:
    """Groups by the stem of an image, from the tables beside the images."""
    tables = [source / path for path in files if path.suffix.lower() == ".csv"]
    return published_groups(tables, _NAMES, _GROUPS)


def _picture(
    source: Path, image: PurePosixPath, name: str, groups: dict[str, str], settings: SourceSettings
) -> FilePicture:
    group = groups.get(image.stem, image.stem)
    window = chosen_window(settings)
    return FilePicture(source=source, id=name, group=group, file=str(image), window=window)


def _sorted_out(
    files: list[PurePosixPath],
) -> tuple[list[PurePosixPath], list[LeftOut], list[str]]:
    """Files of the segmentation task, other pictures, and what is said of those of other tasks."""
    wanted: list[PurePosixPath] = []
    left_out: list[LeftOut] = []
    superpixels = attributes = 0
    for path in files:
        if _IMAGE.fullmatch(path.name) or _MASK.fullmatch(path.name):
            wanted.append(path)
        elif _SUPERPIXELS.fullmatch(path.name):
            superpixels += 1
        elif _ATTRIBUTE.fullmatch(path.name):
            attributes += 1
        elif path.suffix.lower() not in (".csv", ".txt", ".json", ".md", ".pdf"):
            left_out.append(LeftOut(str(path), "not a file of the ISIC segmentation task"))
    counted = ((superpixels, "superpixel files"), (attributes, "masks of dermoscopic attributes"))
    return wanted, left_out, [f"{n} {what} of ISIC not used" for n, what in counted if n]


ISIC = Kind(name="isic", sees=_sees, find=_find, pictures=_pictures)
