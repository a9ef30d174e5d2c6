"""Anyone's table of scores: one row per case, whatever the columns are called."""

from pathlib import Path

import pandas as pd

from twinseg.core.errors import DataError
from twinseg.core.plain_text import from_cell

_EXCEL = {".xlsx", ".xlsm"}
_PARQUET = {".parquet", ".pq"}
_TEXT = {".csv", ".tsv", ".txt"}


def read_scores(path: Path) -> pd.DataFrame:
    """Read a table of scores from CSV (comma, semicolon or tab), Parquet or Excel (first sheet).

    Where semicolons separate the columns, numbers may have a decimal comma.

    Returns:
        The table as it stands, with stripped column names; no row is dropped.

    Raises:
        DataError: If the file is absent, empty, damaged, of another kind, or names a column twice.
    """
    kind = path.suffix.lower()
    if kind not in _EXCEL | _PARQUET | _TEXT:
        kinds = ", ".join(sorted(_EXCEL | _PARQUET | _TEXT))
        raise DataError(f"{path} ends in {kind or 'nothing'}; a table of scores is one of: {kinds}")
    if not path.is_file():
        raise DataError(f"there is no table {path}; check the path")
    try:
        table = _read(path, kind)
    except ImportError as error:
        raise DataError(f"{path} needs a package: {error}; or save the table as CSV") from error
    except (OSError, ValueError, KeyError, UnicodeError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"cannot read the table {path}: {first_line}") from error
    table.columns = [str(column).strip() for column in table.columns]
    twice = table.columns[table.columns.duplicated()].unique()
    if len(twice):
        raise DataError(f"{path} has more than one column {', '.join(twice)}; keep one of them")
    if table.empty:
        raise DataError(f"{path} has no rows; a table of scores has one per case")
    return table


def _read(path: Path, kind: str) -> pd.DataFrame:
    if kind in _PARQUET:
        return pd.read_parquet(path)
    if kind in _EXCEL:
        return _named_by_first_row(pd.read_excel(path, header=None)).infer_objects()
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline()
    separator = max(",;\t", key=header.count)
    rows = pd.read_csv(path, sep=separator, header=None, skipinitialspace=True, dtype=str)
    rows = rows.map(from_cell, na_action="ignore")
    return _named_by_first_row(rows).apply(_as_numbers, decimal_comma=separator == ";")


def _named_by_first_row(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the names as they stand: pandas would rename the second of two alike."""
    table = rows.iloc[1:].reset_index(drop=True)
    return table.set_axis([str(name).strip() for name in rows.iloc[0]], axis="columns")


def _as_numbers(column: pd.Series, *, decimal_comma: bool) -> pd.Series:
    """Turn a column of numbers into numbers; names as 007 stay names."""
    text = column.dropna().str.strip()
    if text.str.fullmatch(r"0\d+").any():
        return column
    if decimal_comma and text.str.fullmatch(r"[-+]?\d*,?\d+([eE][-+]?\d+)?").all():
        column = column.str.replace(",", ".")
    try:
        return pd.to_numeric(column)
    except ValueError:
        return column
