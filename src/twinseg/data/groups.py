"""Whose each case is: what ``index.csv`` or a table of a publisher says of patients."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twinseg.core.errors import DataError
from twinseg.core.names import how_alike
from twinseg.core.words import amount
from twinseg.data.index import Index, read_index, read_table

_PATIENTS = {"groups", "patient", "patient_id", "patientid", "patients", "subject", "subject_id"}
_MOST_LISTED = 8


@dataclass(frozen=True)
class Groups:
    """What an index says of groups.

    Notes count rows that are not used, and hold no names: a dataset may have to hide them.
    """

    of: Mapping[str, str]  # by case; {} if it has no groups
    notes: tuple[str, ...] = ()


def groups_of(index: Index, images: Mapping[str, PurePosixPath]) -> Groups:
    """Return the group of every case.

    A row names a case by its id, or by the path of its image, with or without suffix.

    Args:
        index: Beside the images.
        images: Of the cases, by id.

    Raises:
        DataError: If the index leaves a case without a group or gives it two.
    """
    if "group" not in index.columns:
        if misnamed := _PATIENTS & set(index.columns):
            raise DataError(
                f"{index.path} has the column {min(misnamed)} but no column group; call it group, "
                "or one patient may be in training and in test"
            )
        return Groups({}, tuple(_unused(index, [])))
    named = _cases_of_rows(index, images)
    groups = _said_groups(index, images)
    if missing := [name for name in images if name not in groups]:
        raise DataError(
            f"{index.path} gives no group to {len(missing)} of {amount(len(images), 'case')}, such "
            f"as {missing[0]!r}{_written_otherwise(missing[0], named.values())}; fill the column "
            "group (ids are file names without suffix), or one patient may be in training and in "
            "test"
        )
    # Of an index that names pairs, each row without a case is left out with its reason.
    strange = (
        [] if index.names_pairs else [n for n, (_, name) in named.items() if name not in images]
    )
    return Groups({name: groups[name] for name in images}, tuple(_unused(index, strange)))


def groups_where_said(source: Path, images: Mapping[str, PurePosixPath]) -> Mapping[str, str]:
    """Return the groups that ``index.csv`` of a source gives to pictures, which need none.

    Args:
        source: Folder; nothing is said if it is a file.
        images: Of the pictures, by id.

    Raises:
        DataError: If the index cannot be read, or gives a picture two groups.
    """
    path = source / "index.csv"
    index = read_index(path) if path.is_file() else None
    if index is None or "group" not in index.columns:
        return {}
    said = _said_groups(index, images)
    return {name: group for name, group in said.items() if name in images}


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
        for row in read_table(table).rows.values():
            name = next((Path(row[column]).stem for column in names if row.get(column)), "")
            group = next((row[column] for column in groups if row.get(column)), "")
            if name and group and found.setdefault(name, group) != group:
                raise DataError(f"{table} puts {name!r} in two groups, {found[name]!r}, {group!r}")
    return found


def _said_groups(index: Index, images: Mapping[str, PurePosixPath]) -> dict[str, str]:
    """Return the group of every case that a row gives one, also of cases that are not there."""
    groups: dict[str, str] = {}
    for number, (said, name) in _cases_of_rows(index, images).items():
        group = index.rows[number]["group"]
        if group and groups.setdefault(name, group) != group:
            raise DataError(
                f"{index.path} puts id {said!r} in two groups, {groups[name]!r} and {group!r}; "
                "keep one"
            )
    return groups


def _cases_of_rows(index: Index, images: Mapping[str, PurePosixPath]) -> dict[int, tuple[str, str]]:
    """What each row calls its case, and the id that is meant; rows of a mask alone name none."""
    known = {str(path): name for name, path in images.items()}
    known |= {str(path.with_suffix("")): name for name, path in images.items()}
    known |= {name: name for name in images}
    named = {}
    for number, row in index.rows.items():
        if said := row.get("id") or row.get("image", "").replace("\\", "/"):
            name = known.get(said) or known.get(str(PurePosixPath(said))) or Path(said).stem
            named[number] = said, name
    return named


def _written_otherwise(case: str, named: Iterable[tuple[str, str]]) -> str:
    """Say that a row means ``case`` but for capital letters or accents; "" if none does."""
    for said, name in named:
        if how := how_alike(case, name):
            return f" ({said!r} differs from it {how})"
    return ""


def _unused(index: Index, strange: list[int]) -> Iterable[str]:
    file = index.path.name
    if index.blank:
        yield f"{amount(index.blank, 'blank row')} of {file} left out"
    if strange:
        listed = ", ".join(map(str, strange[:_MOST_LISTED]))
        more = f" and {len(strange) - _MOST_LISTED} more" if len(strange) > _MOST_LISTED else ""
        of = f"{len(strange)} of {amount(len(index.rows), 'row')} of {file}"
        yield f"{of} not used, since no case has their id: number {listed}{more}"
