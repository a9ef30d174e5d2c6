"""Which file is the mask of which image: by names and folders, never by content."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from twinseg.data.case import LeftOut
from twinseg.data.masks import MASK_SUFFIXES
from twinseg.data.pictures import PICTURE_SUFFIXES
from twinseg.data.tree import entries

_MASK_WORDS = (
    "masks?|labels?|segmentations?|segs?|annotations?|annos?|annotated|gts?|ground[ _-]?truths?"
    "|truths?|manual[0-9]?|targets?"
)
_IMAGE_WORDS = "images?|imgs?|inputs?|data|photos?|pictures?|raw|originals?"
_BREAK = r"[ _.\-]+"
_MASK_STEM = re.compile(rf"(.+){_BREAK}(?:{_MASK_WORDS})(?:{_BREAK}.*)?", re.IGNORECASE)
_MASK_FIRST = re.compile(rf"(?:{_MASK_WORDS}){_BREAK}(.+)", re.IGNORECASE)
_IMAGE_STEM = re.compile(rf"(.+){_BREAK}(?:{_IMAGE_WORDS})", re.IGNORECASE)
_IMAGE_FIRST = re.compile(rf"(?:{_IMAGE_WORDS}){_BREAK}(.+)", re.IGNORECASE)
_DOCUMENTS = {".csv", ".tsv", ".txt", ".md", ".pdf", ".json", ".xml", ".html", ".xlsx", ".rst", ""}


@dataclass(frozen=True)
class Named:
    """A picture file by its name alone."""

    path: PurePosixPath  # relative to the source
    in_mask_folder: bool
    in_image_folder: bool
    around: tuple[str, ...]  # words of the folders, without those for images and masks

    @cached_property
    def mask_of(self) -> str:
        """Stem without the word that calls the file a mask; "" if there is none."""
        return _rest(self.path.stem, (_MASK_STEM, _MASK_FIRST))

    @cached_property
    def image_of(self) -> str:
        """Stem without the word that calls the file an image; "" if there is none."""
        return _rest(self.path.stem, (_IMAGE_STEM, _IMAGE_FIRST))


@dataclass(frozen=True)
class Matched:
    """Images with their masks, and what found no partner."""

    pairs: tuple[tuple[PurePosixPath, PurePosixPath], ...]
    images: int
    masks: int
    left_out: tuple[LeftOut, ...] = field(default=())


def walk(source: Path) -> Iterator[PurePosixPath]:
    """Yield files below ``source``, relative to it, in order; see `tree.entries`."""
    return (entry.path for entry in entries(source) if not entry.fault)


def match(files: Iterable[PurePosixPath]) -> Matched:
    """Find the mask of every image among ``files``.

    A file is a mask if a folder above it says so (``masks``, ``labels``, ``GroundTruth``, ...) or
    its own name does (``X_segmentation``, ``X_mask_rgb``, ``mask_X``, ...) and there is an image
    X. Image and mask share the stem, or the stem without such a word; where several do, the
    folders around them decide. What remains unclear is left out with the reason, never guessed.
    """
    named, left_out = _named(files)
    images, masks = _told_apart(named)
    images, masks = (_without_twins(side, left_out) for side in (images, masks))
    by_key: dict[str, list[Named]] = defaultdict(list)
    for image in images:
        for key in filter(None, (image.path.stem, image.image_of)):
            by_key[key].append(image)
    masks_of: dict[Named, list[Named]] = defaultdict(list)
    for mask in masks:
        found = _images_of(mask, by_key)
        if len(found) == 1:
            masks_of[found[0]].append(mask)
        else:
            reason = f"{len(found)} images of this name" if found else "no image"
            left_out.append(LeftOut(str(mask.path), reason))
    pairs = []
    for image in images:
        found = masks_of[image]
        if len(found) == 1:
            pairs.append((image.path, found[0].path))
        elif found:
            names = ", ".join(str(mask.path) for mask in found)
            left_out.append(LeftOut(str(image.path), f"{len(found)} masks: {names}; keep one"))
            reason = f"one of {len(found)} masks of {image.path}"
            left_out += [LeftOut(str(mask.path), reason) for mask in found]
        else:
            left_out.append(LeftOut(str(image.path), "no mask"))
    ordered = tuple(sorted(left_out, key=lambda item: item.file))
    return Matched(tuple(sorted(pairs)), len(images), len(masks), ordered)


def _named(files: Iterable[PurePosixPath]) -> tuple[list[Named], list[LeftOut]]:
    named: list[Named] = []
    left_out: list[LeftOut] = []
    for path in files:
        file = _name(path)
        suffix = path.suffix.lower()
        if suffix in (MASK_SUFFIXES if file.in_mask_folder else PICTURE_SUFFIXES):
            named.append(file)
        elif suffix not in _DOCUMENTS or file.in_mask_folder or file.in_image_folder:
            left_out.append(LeftOut(str(path), "not a kind of file we read"))
    return named, left_out


def _name(path: PurePosixPath) -> Named:
    return Named(path, *_folder_says(path.parent))


@lru_cache(maxsize=4096)
def _folder_says(folder: PurePosixPath) -> tuple[bool, bool, tuple[str, ...]]:
    """Whether files of the folder are masks, or images; and the other words of its path."""
    around = []
    is_mask = is_image = False
    for part in folder.parts:  # the deepest word counts
        words = re.split(r"[ _.\-]+|(?<=[a-z])(?=[A-Z])", part)
        plain = " ".join(words).lower().replace("ground truth", "groundtruth").split()
        for kind in (_IMAGE_WORDS, _MASK_WORDS):
            if any(re.fullmatch(kind, word) for word in plain):
                is_mask, is_image = kind == _MASK_WORDS, kind == _IMAGE_WORDS
        around += [w for w in plain if not re.fullmatch(f"{_IMAGE_WORDS}|{_MASK_WORDS}", w)]
    return is_mask, is_image, tuple(around)


def _told_apart(named: list[Named]) -> tuple[list[Named], list[Named]]:
    """Part images from masks. A name alone makes a mask only if its image is there."""
    in_mask_folders = {file.path.stem for file in named if file.in_mask_folder}
    others = [file for file in named if not file.in_mask_folder]
    bases = {file.path.stem for file in others}
    bases |= {file.image_of for file in others if not file.mask_of}

    def is_mask(file: Named) -> bool:
        if file.in_mask_folder or not file.mask_of:
            return file.in_mask_folder
        if file.path.suffix.lower() not in MASK_SUFFIXES or file.path.stem in in_mask_folders:
            return False
        return file.mask_of in bases or not file.in_image_folder

    masks = {file for file in named if is_mask(file)}
    return [file for file in named if file not in masks], sorted(masks, key=lambda f: f.path)


def _without_twins(side: list[Named], left_out: list[LeftOut]) -> list[Named]:
    """Leave out files of one folder that differ in their suffix only."""
    by_stem: dict[PurePosixPath, list[Named]] = defaultdict(list)
    for file in side:
        by_stem[file.path.with_suffix("")].append(file)
    for files in by_stem.values():
        if len(files) > 1:
            left_out += [LeftOut(str(file.path), "two files of one stem") for file in files]
    return [files[0] for files in by_stem.values() if len(files) == 1]


def _images_of(mask: Named, by_key: dict[str, list[Named]]) -> list[Named]:
    """Images that the mask may belong to: same key first, then the nearest folders."""
    nearness: tuple[Callable[[Named], bool], ...] = (
        lambda image: image.path.parent == mask.path.parent,
        lambda image: image.around == mask.around,
        lambda image: _holds(image.around, mask.around) or _holds(mask.around, image.around),
    )
    for key in filter(None, (mask.path.stem, mask.mask_of)):
        for near in nearness:
            if found := [image for image in by_key.get(key, ()) if near(image)]:
                return [image for image in found if image.path.stem == key] or found
    return []


def _holds(long: tuple[str, ...], short: tuple[str, ...]) -> bool:
    """Tell whether ``short`` is ``long`` with some folders left out."""
    rest = iter(long)
    return all(folder in rest for folder in short)


def _rest(stem: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    return next((found[1] for pattern in patterns if (found := pattern.fullmatch(stem))), "")


def unique_ids(images: Iterable[PurePosixPath]) -> dict[PurePosixPath, str]:
    """Name every image by its stem; where stems repeat, by the folders around it as well."""
    names = {image: image.stem for image in images}
    longer: tuple[Callable[[PurePosixPath], tuple[str, ...]], ...] = (
        lambda image: _folder_says(image.parent)[2],
        lambda image: image.parent.parts,
        lambda image: (*image.parent.parts, image.suffix[1:]),
    )
    for folders in longer:
        count = Counter(names.values())
        names = {
            image: "-".join([*folders(image), image.stem]) if count[name] > 1 else name
            for image, name in names.items()
        }
    return names
