"""Tables beside the images: ``index.csv`` and what publishers add. A slip would mix patients."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.core.plain_text import from_cell
from twinseg.core.text_files import read_text_file
from twinseg.data.masks import MASK_SUFFIXES
from twinseg.images.files.picture_file import PICTURE_SUFFIXES
from twinseg.images.ids import unique_ids
from twinseg.images.unit import LeftOut

_NAMES = ("id", "image", "mask")  # columns that say what a row is about
_USED = (*_NAMES, "group")


@dataclass(frozen=True)
class Index:
    """A table as read; names of columns in lower case, cells without blanks around them."""

    path: Path
    columns: tuple[str, ...]
    rows: Mapping[int, Mapping[str, str]]  # by the number that a spreadsheet shows; none is blank
    blank: int  # rows of empty cells, which spreadsheets leave behind

    @property
    def names_pairs(self) -> bool:
        """Whether it says which mask belongs to which image."""
        return {"image", "mask"} <= set(self.columns)


@dataclass(frozen=True)
class IndexPairs:
    """The pairs that an index names."""

    images: dict[str, PurePosixPath]  # by id
    masks: dict[str, PurePosixPath]
    left_out: tuple[LeftOut, ...]


def read_table(path: Path) -> Index:
    """Read a table in UTF-8 parted by commas, semicolons or tabs; of an empty one nothing is there.

    Raises:
        DataError: If the file cannot be read.
    """
    try:
        text = read_text_file(path, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}; save it as CSV in UTF-8") from error
    header = next((line for line in text.split("\n") if line.strip()), "")
    # Spreadsheets write semicolons where a comma is the decimal point.
    delimiter = next((mark for mark in (",", ";", "\t") if mark in header), ",")
    try:
        read = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise DataError(f"cannot read {path}: {error}; save it as CSV in UTF-8") from error
    lines = {
        number: [from_cell(cell).strip() for cell in cells]
        for number, cells in enumerate(read, start=1)
        if cells
    }
    full = {number: cells for number, cells in lines.items() if any(cells)}
    columns = [name.lower() for name in full.pop(min(full))] if full else []
    rows = {number: dict.fromkeys(columns, "") for number in full}
    for number, cells in full.items():
        rows[number] |= dict(zip(columns, cells, strict=False))
    return Index(path, tuple(columns), rows, sum(not any(cells) for cells in lines.values()))


def read_index(path: Path) -> Index:
    """Read ``index.csv``: columns ``id``, ``group``, ``image``, ``mask``; others are no matter.

    Raises:
        DataError: If it cannot be read, has neither ids nor images, two columns of one name, no
            row, or a row that does not say which case it is about.
    """
    index = read_table(path)
    columns = set(index.columns)
    if not columns & {"id", "image"}:
        found = ", ".join(index.columns) or "nothing"
        raise DataError(f"{path} needs the columns id and group, found {found}")
    if "mask" in columns and "image" not in columns:
        raise DataError(f"{path} has the column mask without image; add the column image")
    times = Counter(index.columns)
    if twice := [name for name in _USED if times[name] > 1]:
        raise DataError(f"{path} has {times[twice[0]]} columns called {twice[0]}; keep one")
    if not index.rows:
        raise DataError(f"{path} has a header and no rows below; give each case a row")
    for number, row in index.rows.items():
        if not any(row.get(name) for name in _NAMES):
            raise DataError(f"{path} has no id in row {number}; fill it, or delete the row")
    return index


def pairs_of(index: Index, files: Iterable[PurePosixPath]) -> IndexPairs:
    """Return the pairs that the columns ``image`` and ``mask`` name, relative to the index.

    Raises:
        DataError: If an id is there twice, or a path leads out of the folder of the index.
    """
    there = set(files)
    named: list[tuple[str, PurePosixPath, PurePosixPath]] = []
    left_out: list[LeftOut] = []
    times: dict[PurePosixPath, set[PurePosixPath]] = {}
    for row in index.rows.values():
        image, mask = (_inside(row[name], index.path) for name in ("image", "mask"))
        if reason := _unusable(image, mask, there):
            left_out.append(LeftOut(str(mask if reason[0] else image), reason[1]))
        else:
            times.setdefault(image, set()).add(mask)
            named.append((row.get("id", ""), image, mask))
    for image, masks in times.items():
        if len(masks) > 1:
            listed = ", ".join(map(str, sorted(masks)))
            left_out.append(LeftOut(str(image), f"{len(masks)} masks: {listed}; keep one"))
    named = [item for item in dict.fromkeys(named) if len(times[item[1]]) == 1]
    by_stem = unique_ids(image for _, image, _ in named)
    mentioned = {
        _inside(row[name], index.path) for row in index.rows.values() for name in ("image", "mask")
    }
    left_out += [
        LeftOut(str(path), f"not in {index.path.name}")
        for path in sorted(there - mentioned)
        if path.suffix.lower() in PICTURE_SUFFIXES
    ]
    images: dict[str, PurePosixPath] = {}
    partners: dict[str, PurePosixPath] = {}
    for given, image, mask in named:
        name = given or by_stem[image]
        if name in images:
            raise DataError(
                f"{index.path} has the id {name!r} for {images[name]} and {image}; keep one"
            )
        images[name], partners[name] = image, mask
    return IndexPairs(images, partners, tuple(left_out))


def _inside(said: str, index: Path) -> PurePosixPath:
    path = index.parent / said.replace("\\", "/")
    # Not resolved: a link inside the folder may lead elsewhere, what is written may not.
    parts = PurePosixPath(said.replace("\\", "/"))
    if ".." in parts.parts or (parts.is_absolute() and index.parent not in path.parents):
        raise DataError(f"{index} names {said}, which is not below {index.parent}; move it there")
    return PurePosixPath(path.relative_to(index.parent).as_posix())


def _unusable(
    image: PurePosixPath, mask: PurePosixPath, there: set[PurePosixPath]
) -> tuple[bool, str] | None:
    """Whether the mask is to blame, and why a row cannot be used; None if it can."""
    nothing = PurePosixPath()
    if nothing in (image, mask):
        return (image == nothing, "no image" if image == nothing else "no mask")
    for path, suffixes in ((image, PICTURE_SUFFIXES), (mask, MASK_SUFFIXES)):
        if path not in there:
            return (path == mask, "is not there, although index.csv names it")
        if path.suffix.lower() not in suffixes:
            return (path == mask, "not a kind of file we read")
    return None
