"""``index.csv``: which cases are one group. A slip would put a patient on both sides."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from twinseg.core.errors import DataError


def read_groups(index: Path, stems: Sequence[str]) -> dict[str, str]:
    """Return the group of every stem by the columns ``id`` and ``group``; {} if it has no groups.

    Names of columns may be written in capitals; an id may carry the suffix of its file.

    Raises:
        DataError: If the file cannot be read, has no column id, leaves a case without a group
            or gives it two.
    """
    rows = _rows(index)
    if not rows or "id" not in rows[0]:
        found = ", ".join(rows[0]) if rows else "nothing"
        raise DataError(f"{index} needs the columns id and group, found {found}")
    if "group" not in rows[0]:
        return {}
    known = set(stems)
    groups: dict[str, str] = {}
    for row in rows:
        stem = row["id"] if row["id"] in known else Path(row["id"]).stem
        if row["group"] and groups.setdefault(stem, row["group"]) != row["group"]:
            raise DataError(
                f"{index} puts id {row['id']!r} in two groups, {groups[stem]!r} and "
                f"{row['group']!r}; keep one"
            )
    if missing := [stem for stem in stems if stem not in groups]:
        raise DataError(
            f"{index} gives no group to {len(missing)} of {len(stems)} cases, such as "
            f"{missing[0]!r}; fill the column group (ids are file names without suffix), or one "
            "patient may be in training and in test"
        )
    return groups


def _rows(index: Path) -> list[dict[str, str]]:
    try:
        text = index.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {index}: {error}; save it as CSV in UTF-8") from error
    header = text.partition("\n")[0]
    # Spreadsheets write semicolons where a comma is the decimal point.
    delimiter = next((mark for mark in (",", ";", "\t") if mark in header), ",")
    return [
        {str(name).strip().lower(): str(value or "").strip() for name, value in row.items()}
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)
    ]
