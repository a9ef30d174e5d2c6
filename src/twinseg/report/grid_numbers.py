"""The tables of a grid as its page shows them: narrow, without what its sentences say already."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinseg.comparison.number_text import number
from twinseg.records.grid_tables import GRID_TABLES
from twinseg.records.tables import Table

_IN_WORDS = ("sentence",)  # the row again


@dataclass(frozen=True)
class Heading:
    """Of a column."""

    label: str
    is_number: bool


@dataclass(frozen=True)
class Shown:
    """A table as the page writes it.

    Attributes:
        title: What a row is.
        file: Where all of it lies, from the page.
        alike: Columns with one value in all rows, and that value.
        columns: The others.
        rows: Their cells.
    """

    title: str
    file: str
    alike: tuple[tuple[str, str], ...]
    columns: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]


def shown_tables(tables: dict[str, pd.DataFrame], *names: str) -> tuple[Shown, ...]:
    """Return those of the tables that have rows."""
    return tuple(_as_shown(GRID_TABLES[name], tables[name]) for name in names if len(tables[name]))


def _as_shown(declared: Table, table: pd.DataFrame) -> Shown:
    told = [str(name) for name in table.columns if name not in _IN_WORDS]
    known = [name for name in told if not table[name].isna().all()]
    alike = [name for name in known if _is_alike(table[name])]
    kept = [name for name in known if name not in alike]
    headings = (Heading(_label(name), _is_number(table[name])) for name in kept)
    rows = (tuple(map(_cell, row)) for row in table[kept].itertuples(index=False))
    return Shown(
        title=f"{_label(declared.name)}: a row is {declared.row}",
        file=f"../tables/{declared.name}.csv",
        alike=tuple((_label(name), _cell(table[name].iloc[0])) for name in alike),
        columns=tuple(headings),
        rows=tuple(rows),
    )


def _is_alike(values: pd.Series) -> bool:
    """Whether a column says one thing; of a single row that is told of words alone."""
    if len(values) == 1:
        return not _is_number(values)
    return values.nunique(dropna=False) == 1


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else number(float(value))
    return "" if value is None or value is pd.NA else str(value)
