"""What the names of files and folders say: image or mask, and of what."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from twinseg.core.nearest import did_you_mean
from twinseg.core.words import amount
from twinseg.data.masks import MASK_SUFFIXES
from twinseg.images.files.picture_file import PICTURE_SUFFIXES
from twinseg.images.ids import IMAGE_WORDS, MASK_WORDS, folder_says, words_of
from twinseg.images.unit import LeftOut

BREAK = r"[ _.\-]+"
_MASK_STEM = re.compile(rf"(.+){BREAK}(?:{MASK_WORDS})[0-9]*(?:{BREAK}.*)?", re.IGNORECASE)
_MASK_FIRST = re.compile(rf"(?:{MASK_WORDS})(?:{BREAK}|(?=[0-9]))(.+)", re.IGNORECASE)
BARE_MASK = re.compile(rf"(?:{MASK_WORDS})(?:[ _.\-]?[0-9]+)?", re.IGNORECASE)
_IMAGE_STEM = re.compile(rf"(.+){BREAK}(?:{IMAGE_WORDS})", re.IGNORECASE)
_IMAGE_FIRST = re.compile(rf"(?:{IMAGE_WORDS})(?:{BREAK}|(?=[0-9]))(.+)", re.IGNORECASE)
_DRAWN = re.compile("visuali[sz]ations?|overlays?|previews?")
_DOCUMENTS = {".csv", ".tsv", ".txt", ".md", ".pdf", ".json", ".xml", ".html", ".xlsx", ".rst", ""}


@dataclass(frozen=True)
class Named:
    """A picture file by its name alone."""

    path: PurePosixPath  # relative to the source
    in_mask_folder: bool
    in_image_folder: bool
    around: tuple[str, ...]  # words of the folders, without those for images and masks
    is_chosen: bool = False  # by --masks

    @cached_property
    def mask_of(self) -> str:
        """Stem without the word that calls the file a mask; "" if there is none."""
        return _rest(self.path.stem, (_MASK_STEM, _MASK_FIRST))

    @cached_property
    def image_of(self) -> str:
        """Stem without the word that calls the file an image; "" if there is none."""
        return _rest(self.path.stem, (_IMAGE_STEM, _IMAGE_FIRST))


def named_files(
    files: Iterable[PurePosixPath], chosen: tuple[str, ...]
) -> tuple[list[Named], list[LeftOut], list[str]]:
    """Return files that may be images or masks, others with the reason, and what is said."""
    named: list[Named] = []
    left_out: list[LeftOut] = []
    drawn: list[PurePosixPath] = []
    for path in files:
        file = _name(path, chosen)
        suffix = path.suffix.lower()
        is_mask = file.in_mask_folder or file.is_chosen or bool(file.mask_of)
        if any(_DRAWN.fullmatch(word) for word in file.around) and not file.is_chosen:
            drawn.append(path)
        elif suffix in PICTURE_SUFFIXES | (MASK_SUFFIXES if is_mask else frozenset()):
            if file.in_mask_folder and suffix not in MASK_SUFFIXES:
                left_out.append(LeftOut(str(path), "not a kind of file we read"))
            else:
                named.append(file)
        elif suffix not in _DOCUMENTS or file.in_mask_folder or file.in_image_folder:
            left_out.append(LeftOut(str(path), "not a kind of file we read"))
    where = sorted({path.parent.name for path in drawn})
    said = f"{amount(len(drawn), 'file')} not used: drawings, by their folder {', '.join(where)}"
    return named, left_out, [said] if drawn else []


def _name(path: PurePosixPath, chosen: tuple[str, ...] = ()) -> Named:
    return Named(path, *folder_says(path.parent), _is_chosen(path, chosen))


def _is_chosen(path: PurePosixPath, chosen: tuple[str, ...]) -> bool:
    """Tell whether --masks names a folder above the file, or how its name ends."""
    folder, stem = f"/{path.parent}/".casefold(), path.stem.casefold()
    for name in (name.strip("/").casefold() for name in chosen):
        ends = stem.endswith(name) and stem[: -len(name)][-1:] in ("", *" _.-")
        if f"/{name}/" in folder or ends:
            return True
    return False


def unknown_names(files: Iterable[PurePosixPath], chosen: tuple[str, ...]) -> str:
    """Say which names of --masks no file and no folder has, and what may be meant; "" if none."""
    paths = [path for path in files if path.suffix.lower() in MASK_SUFFIXES]
    unknown = [name for name in chosen if not any(_is_chosen(path, (name,)) for path in paths)]
    if not unknown:
        return ""
    known = {part for path in paths for part in path.parent.parts}
    known |= {word for path in paths for word in (path.stem, re.split(BREAK, path.stem)[-1])}
    meant = "".join(did_you_mean(name, sorted(known)) for name in unknown)
    return ", ".join(unknown) + (meant or "; give such names to --masks")


def without_name(
    masks: Iterable[Iterable[Named]], chosen: tuple[str, ...]
) -> Iterable[tuple[str, int]]:
    """Count, for each name of --masks, the images of which no mask has it; ``masks`` of each."""
    paths = [[mask.path for mask in found] for found in masks]
    for name in chosen:
        yield name, sum(not any(_is_chosen(p, (name,)) for p in found) for found in paths)


def told_apart(named: list[Named], chosen: tuple[str, ...]) -> tuple[list[Named], list[Named]]:
    """Part images from masks. A name alone makes a mask only if its image is there."""
    in_mask_folders = {file.path.stem for file in named if file.in_mask_folder}
    others = [file for file in named if not file.in_mask_folder]
    bases = {file.path.stem for file in others}
    bases |= {file.image_of for file in others if not file.mask_of}
    with_image = {file.path.parent for file in others if not BARE_MASK.fullmatch(file.path.stem)}

    def is_mask(file: Named) -> bool:
        if file.in_mask_folder:
            return True
        if BARE_MASK.fullmatch(file.path.stem) and file.path.parent in with_image:
            return file.path.suffix.lower() in MASK_SUFFIXES and not file.in_image_folder
        if not file.mask_of:
            return False
        if file.path.suffix.lower() not in MASK_SUFFIXES or file.path.stem in in_mask_folders:
            return False
        return file.mask_of in bases or not file.in_image_folder

    masks = {file for file in named if file.is_chosen or is_mask(file)}
    images = [file for file in named if file not in masks]
    wanted = {file for file in masks if file.is_chosen} if chosen else masks
    return images, sorted(wanted, key=lambda f: f.path)


def without_twins(side: list[Named]) -> tuple[list[Named], list[list[Named]]]:
    """Part files from those of one folder that differ in their suffix only, which come together."""
    by_stem: dict[PurePosixPath, list[Named]] = defaultdict(list)
    for file in side:
        by_stem[file.path.with_suffix("")].append(file)
    single = [files[0] for files in by_stem.values() if len(files) == 1]
    return single, [files for files in by_stem.values() if len(files) > 1]


def of_one_stem(files: Iterable[Named]) -> str:
    """Say why files that differ in their suffix only are not used, nor what belongs to them."""
    names = [file.path.name for file in files]
    return (
        f"one of {len(names)} files of one stem ({', '.join(names)}); keep one, or name the pairs "
        "in index.csv (columns image, mask)"
    )


def mask_word(folder: PurePosixPath) -> str:
    """Word, without s, by which a folder or one above it says that it holds masks; "" if none."""
    for part in reversed(folder.parts):
        found = [word for word in words_of(part) if re.fullmatch(MASK_WORDS, word)]
        if found:
            return found[0].rstrip("s0123456789")
    return ""


def _rest(stem: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    return next((found[1] for pattern in patterns if (found := pattern.fullmatch(stem))), "")
