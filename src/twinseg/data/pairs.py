"""Find pairs of files: ``images/`` and ``masks/`` matched by stem, ``index.csv`` for groups."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.data.case import LeftOut
from twinseg.data.files import MASK_SUFFIXES, PICTURE_SUFFIXES
from twinseg.data.index import read_groups

_OF_THE_SYSTEM = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Pair:
    """An image and its mask, not yet opened."""

    id: str
    group: str | None  # None if nobody says
    image: Path
    mask: Path


@dataclass(frozen=True)
class Pairing:
    """The pairs in the order of their ids, and the files that found no partner."""

    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]


def find_pairs(source: Path) -> Pairing:
    """Match ``source/images`` with ``source/masks`` by file stem.

    ``source/index.csv``, if there, gives groups by the columns ``id`` (the stem) and ``group``.

    Raises:
        DataError: If a folder is missing, no pair is found or ``index.csv`` cannot be used.
    """
    if not source.is_dir():
        raise DataError(f"{source} is not a folder; expected one with images/ and masks/ inside")
    for name in ("images", "masks"):
        if not (source / name).is_dir():
            raise DataError(
                f"{source} has no folder {name}/; put images in images/, masks in masks/"
            )
    left_out: list[LeftOut] = []
    images = _by_stem(source / "images", PICTURE_SUFFIXES, left_out)
    masks = _by_stem(source / "masks", MASK_SUFFIXES, left_out)
    left_out += [LeftOut(f"images/{images[s].name}", "no mask") for s in images.keys() - masks]
    left_out += [LeftOut(f"masks/{masks[s].name}", "no image") for s in masks.keys() - images]
    stems = sorted(images.keys() & masks.keys())
    if not stems:
        raise DataError(
            f"no pairs in {source}: {_counted(images, 'images')} and {_counted(masks, 'masks')}"
            f", {len(left_out)} files in all that match nothing; name the mask of images/a.jpg "
            "masks/a.png"
        )
    index = source / "index.csv"
    groups = read_groups(index, stems) if index.exists() else {}
    pairs = tuple(Pair(stem, groups.get(stem), images[stem], masks[stem]) for stem in stems)
    return Pairing(pairs, tuple(sorted(left_out, key=lambda item: item.file)))


def _counted(files: dict[str, Path], what: str) -> str:
    example = f" ({next(iter(files.values())).name}, ...)" if files else ""
    return f"{len(files)} {what}{example}"


def _by_stem(folder: Path, suffixes: frozenset[str], left_out: list[LeftOut]) -> dict[str, Path]:
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.lower() in _OF_THE_SYSTEM or path.is_dir():
            continue
        if path.suffix.lower() in suffixes:
            files[path.stem].append(path)
        else:
            left_out.append(LeftOut(f"{folder.name}/{path.name}", "not a kind of file we read"))
    for paths in files.values():
        if len(paths) > 1:
            left_out += [LeftOut(f"{folder.name}/{p.name}", "two files of one stem") for p in paths]
    return {stem: paths[0] for stem, paths in files.items() if len(paths) == 1}
