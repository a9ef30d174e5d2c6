"""Find pairs of files: ``images/`` and ``masks/`` matched by stem, ``index.csv`` for groups."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.data.case import LeftOut
from twinseg.data.files import MASK_SUFFIXES, PICTURE_SUFFIXES


@dataclass(frozen=True)
class Pair:
    """An image and its mask, not yet opened."""

    id: str
    group: str
    image: Path
    mask: Path


@dataclass(frozen=True)
class Pairing:
    """The pairs in the order of their ids, and the files that found no partner."""

    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def find_pairs(source: Path) -> Pairing:
    """Match ``source/images`` with ``source/masks`` by file stem.

    ``source/index.csv``, if there, gives groups by the columns ``id`` (the stem) and ``group``;
    a case without a group is a group of its own.

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
            f"no pairs in {source}: {len(images)} images and {len(masks)} masks, none with the "
            "same file stem; name the mask of images/a.jpg masks/a.png"
        )
    groups, notes = _groups(source / "index.csv", stems)
    pairs = tuple(Pair(stem, groups[stem], images[stem], masks[stem]) for stem in stems)
    return Pairing(pairs, tuple(sorted(left_out, key=lambda item: item.file)), notes)


def _by_stem(folder: Path, suffixes: frozenset[str], left_out: list[LeftOut]) -> dict[str, Path]:
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_dir():
            continue
        if path.suffix.lower() in suffixes:
            files[path.stem].append(path)
        else:
            left_out.append(LeftOut(f"{folder.name}/{path.name}", "not a kind of file we read"))
    for paths in files.values():
        if len(paths) > 1:
            left_out += [LeftOut(f"{folder.name}/{p.name}", "two files of one stem") for p in paths]
    return {stem: paths[0] for stem, paths in files.items() if len(paths) == 1}


def _groups(index: Path, stems: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the group of each stem, and notes on what the index does not say."""
    own = {stem: stem for stem in stems}
    if not index.exists():
        return own, ("no index.csv: each case is a group of its own",)
    try:
        with index.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            # Spreadsheets write semicolons where a comma is the decimal point.
            semicolons = ";" in header and "," not in header
            rows = list(csv.DictReader(file, delimiter=";" if semicolons else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {index}: {error}; save it as UTF-8 CSV") from error
    if not rows or "id" not in rows[0]:
        found = ", ".join(rows[0]) if rows else "nothing"
        raise DataError(f"{index} needs a column id (and group), found {found}")
    if "group" not in rows[0]:
        return own, ("index.csv has no column group: each case is a group of its own",)
    given = {row["id"]: row["group"] for row in rows if row["id"] and row["group"]}
    _refuse_contradictions(index, rows)
    notes: list[str] = []
    if missing := sum(stem not in given for stem in stems):
        notes.append(f"{missing} cases have no group in index.csv: a group of their own")
    if absent := len(given.keys() - own):
        notes.append(f"index.csv names {absent} ids that have no pair of files")
    return own | {stem: given[stem] for stem in stems if stem in given}, tuple(notes)


def _refuse_contradictions(index: Path, rows: list[dict[str, str]]) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        if seen.setdefault(row["id"], row["group"]) != row["group"]:
            raise DataError(
                f"{index} puts id {row['id']!r} in two groups, {seen[row['id']]!r} and "
                f"{row['group']!r}; keep one"
            )
