"""Tables beside the images: ``index.csv`` and what publishers add. A slip would mix patients."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.core.plain_text import from_cell
from twinseg.core.text_files import read_text_file
from twinseg.data.case import LeftOut
from twinseg.data.layout import unique_ids
from twinseg.data.masks import MASK_SUFFIXES
from twinseg.data.pictures import PICTURE_SUFFIXES

Rows = list[dict[str, str]]
_PATIENTS = {"groups", "patient", "patient_id", "patientid", "patients", "subject", "subject_id"}


@dataclass(frozen=True)
class IndexPairs:
    """The pairs that an index names."""

    images: dict[str, PurePosixPath]  # by id
    masks: dict[str, PurePosixPath]
    left_out: tuple[LeftOut, ...]


def read_rows(index: Path) -> Rows:
    """Read a table in UTF-8 parted by commas, semicolons or tabs; names of columns in lower case.

    Raises:
        DataError: If the file cannot be read.
    """
    try:
        text = read_text_file(index, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {index}: {error}; save it as CSV in UTF-8") from error
    header = text.partition("\n")[0]
    # Spreadsheets write semicolons where a comma is the decimal point.
    delimiter = next((mark for mark in (",", ";", "\t") if mark in header), ",")
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise DataError(f"cannot read {index}: {error}; save it as CSV in UTF-8") from error
    return [
        {
            from_cell(str(name)).strip().lower(): from_cell(str(value or "")).strip()
            for name, value in row.items()
        }
        for row in rows
    ]


def read_index(index: Path) -> Rows:
    """Read ``index.csv``: columns ``id``, ``group``, ``image``, ``mask``; others are no matter.

    Raises:
        DataError: If it cannot be read, or has neither ids nor images.
    """
    rows = read_rows(index)
    columns = set(rows[0]) if rows else set()
    if not columns & {"id", "image"}:
        found = ", ".join(rows[0]) if rows else "nothing"
        raise DataError(f"{index} needs the columns id and group, found {found}")
    if "mask" in columns and "image" not in columns:
        raise DataError(f"{index} has the column mask without image; add the column image")
    return rows


def names_pairs(rows: Rows) -> bool:
    """Tell whether the index says which mask belongs to which image."""
    return bool(rows) and {"image", "mask"} <= rows[0].keys()


def pairs_of(rows: Rows, index: Path, files: Iterable[PurePosixPath]) -> IndexPairs:
    """Return the pairs that the columns ``image`` and ``mask`` name, relative to the index.

    Raises:
        DataError: If an id is there twice, or a path leads out of the folder of the index.
    """
    there = set(files)
    named: list[tuple[str, PurePosixPath, PurePosixPath]] = []
    left_out: list[LeftOut] = []
    times: dict[PurePosixPath, set[PurePosixPath]] = {}
    for row in rows:
        image, mask = _inside(row["image"], index), _inside(row["mask"], index)
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
    mentioned = {_inside(row[name], index) for row in rows for name in ("image", "mask")}
    left_out += [
        LeftOut(str(path), f"not in {index.name}")
        for path in sorted(there - mentioned)
        if path.suffix.lower() in PICTURE_SUFFIXES
    ]
    images: dict[str, PurePosixPath] = {}
    partners: dict[str, PurePosixPath] = {}
    for given, image, mask in named:
        name = given or by_stem[image]
        if name in images:
            raise DataError(f"{index} has the id {name!r} for {images[name]} and {image}; keep one")
        images[name], partners[name] = image, mask
    return IndexPairs(images, partners, tuple(left_out))


def groups_of(rows: Rows, index: Path, images: Mapping[str, PurePosixPath]) -> dict[str, str]:
    """Return the group of every case; {} if the index has no groups.

    A row names a case by its id, or by the path of its image, with or without suffix.

    Args:
        rows: Of the index.
        index: Named in messages.
        images: Of the cases, by id.

    Raises:
        DataError: If the index leaves a case without a group or gives it two.
    """
    if "group" not in rows[0]:
        if misnamed := _PATIENTS & rows[0].keys():
            raise DataError(
                f"{index} has the column {min(misnamed)} but no column group; call it group, or "
                "one patient may be in training and in test"
            )
        return {}
    known = {str(path): name for name, path in images.items()}
    known |= {str(path.with_suffix("")): name for name, path in images.items()}
    known |= {name: name for name in images}
    groups: dict[str, str] = {}
    for row in rows:
        said = row.get("id") or row["image"].replace("\\", "/")
        name = known.get(said) or known.get(str(PurePosixPath(said))) or Path(said).stem
        if row["group"] and groups.setdefault(name, row["group"]) != row["group"]:
            raise DataError(
                f"{index} puts id {said!r} in two groups, {groups[name]!r} and "
                f"{row['group']!r}; keep one"
            )
    if missing := [name for name in images if name not in groups]:
        raise DataError(
            f"{index} gives no group to {len(missing)} of {len(images)} cases, such as "
            f"{missing[0]!r}; fill the column group (ids are file names without suffix), or one "
            "patient may be in training and in test"
        )
    return {name: groups[name] for name in images}


def published_groups(
    tables: Iterable[Path], names: tuple[str, ...], groups: tuple[str, ...]
) -> dict[str, str]:
    """Return group by stem from tables of a publisher; those without such columns say nothing.

    Args:
        tables: CSV files.
        names: Columns that may hold the name of the image.
        groups: Columns that may hold its group, the best first.

    Raises:
        DataError: If a table cannot be read, or two put one image in two groups.
    """
    found: dict[str, str] = {}
    for table in tables:
        for row in read_rows(table):
            name = next((Path(row[column]).stem for column in names if row.get(column)), "")
            group = next((row[column] for column in groups if row.get(column)), "")
            if name and group and found.setdefault(name, group) != group:
                raise DataError(f"{table} puts {name!r} in two groups, {found[name]!r}, {group!r}")
    return found


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
