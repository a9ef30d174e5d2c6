"""A column of a table of scores as names, or as numbers: what it is for decides, not its looks."""

import re
from collections.abc import Collection
from math import inf, nan

import numpy as np
import pandas as pd

from twinseg.core.arrays import Values
from twinseg.core.cell_text import clean_names, is_empty
from twinseg.core.errors import DataError

_TITLE_ROWS = 20  # that may stand above a header
LARGEST = 1e100  # beyond, sums of squares overflow; tools write such numbers for "nothing found"
_MISSING = {
    "", "-", "--", "\u2013", "\u2014", ".", "?", "na", "n/a", "n.a.", "nan", "-nan", "none", "null",
    "nil", "<na>", "#n/a", "#na", "#n/a n/a", "nat", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan",
    "undefined",
}  # fmt: skip
_INFINITE = {"1.#inf": inf, "-1.#inf": -inf, "∞": inf, "+∞": inf, "-∞": -inf}
_MINUS = "\u2212"  # as typesetters write it
_LIST = re.compile(r"[\[(](.*)[\])]|([^\s_]+(?:_[^\s_]+)+)")


def is_missing(text: str) -> bool:
    """Tell whether a cell of a column of numbers says that there is none."""
    return text.strip().lower() in _MISSING


def names_of(column: pd.Series) -> pd.Series:
    """Return the names in a column, None where a cell is empty, with the same index."""
    return pd.Series(clean_names(column), index=column.index, name=column.name, dtype=object)


def column_of(table: pd.DataFrame, metric: str, name: str) -> pd.Series:
    """Return the column ``metric``, or of cells with several values, as ``dice.1``, one of them.

    Raises:
        DataError: If the table ``name`` has no such column.
    """
    if metric in table.columns:
        return table[metric]
    column, _, place = metric.rpartition(".")
    if column in table.columns and place.isdecimal():
        parts = table[column].map(_values_in)
        if all(len(values) > int(place) for values in parts if values):
            chosen = parts.map(lambda values: values[int(place)] if values else None)
            return chosen.astype(object).rename(metric)
    columns = ", ".join(map(str, table.columns))
    raise DataError(f"{name} lacks the column {metric}; it has: {columns}")


def numbers_of(column: pd.Series, name: str) -> Values:
    """Return a column as numbers, (row,): NaN where there is none, infinite where it says so.

    Args:
        column: Its index names the cases, its name the metric.
        name: Of the table, for messages.

    Raises:
        DataError: If a cell is something else.
    """
    values = np.array([_number(cell) for cell in column], dtype=object)
    unread = np.flatnonzero([value is None for value in values])
    if unread.size:
        cell, case = column.iloc[unread[0]], column.index[unread[0]]
        raise DataError(
            f"{column.name} of {name} is {cell!r} for the case {case}; {_advice(cell, column.name)}"
        )
    numbers: Values = values.astype(float)
    finite = np.abs(numbers[np.isfinite(numbers)])
    if finite.size and finite.max() > LARGEST:
        largest = int(np.flatnonzero(np.abs(numbers) == finite.max())[0])
        raise DataError(
            f"{column.name} of {name} is {finite.max():g} for the case {column.index[largest]}; "
            "write inf where "
            "the object was missed, and nothing where a case has no value"
        )
    return numbers


def are_numbers(column: pd.Series) -> bool:
    """Tell whether every cell is a number or says that there is none."""
    return all(_number(cell) is not None for cell in column)


def _number(cell: object) -> float | None:
    """The number in a cell; None if it is none."""
    if is_empty(cell):
        return nan
    if isinstance(cell, str):
        text = cell.strip()
        if is_missing(text):
            return nan
        if "_" in text:  # Python reads 0_5 as 5
            return None
        text = text.lower().replace(_MINUS, "-")
        cell = _INFINITE.get(text, text)
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _values_in(cell: object) -> list[object]:
    """Return the parts of a cell such as "[0.9, 0.8]", "0.9_0.8" or a list; [] for no list."""
    if isinstance(cell, (list, tuple, np.ndarray)):
        return list(cell)
    found = _LIST.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if not found:
        return []
    inside = found.group(1)
    parts = found.group(2).split("_") if inside is None else re.split(r"[,;\s]+", inside.strip())
    return list(parts) if all(_number(part) is not None for part in parts) else []


def _advice(cell: object, metric: object) -> str:
    if parts := _values_in(cell):
        last = len(parts) - 1
        return f"say which of its {len(parts)} values: --metric {metric}.0 to {metric}.{last}"
    text = str(cell).strip()
    if text.endswith("%"):
        return "write numbers without the sign"
    if re.fullmatch(r"[-+]?[\d.,'\u00a0\u202f ]+", text):
        return "write numbers with one decimal point, and nothing between thousands"
    return "numbers are needed, and nothing where a case has no value"


def require_header(table: pd.DataFrame, name: str, wanted: Collection[str]) -> None:
    """Refuse a table whose header stands below titles, that is, one of ``wanted`` is a cell there.

    Raises:
        DataError: If so.
    """
    for _, row in table.head(_TITLE_ROWS).iterrows():
        names = [cell for cell in clean_names(row) if cell]
        if len(names) > 1 and any(cell.lower() in wanted for cell in names):
            raise DataError(
                f"the header of {name} ({', '.join(names)}) is not in its first row; delete the "
                "rows above it"
            )
