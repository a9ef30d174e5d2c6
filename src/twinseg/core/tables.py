"""Tables on disk: Parquet for programs, and the same as CSV for people."""

from pathlib import Path

import pandas as pd

from twinseg.core.errors import StoreError
from twinseg.core.plain_text import to_cell
from twinseg.core.store import whole_file


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write ``path`` (``.parquet``) and a ``.csv`` of the same beside it, each whole or absent."""
    with whole_file(path.with_suffix(".csv")) as scratch:
        _harmless(table).to_csv(scratch, index=False)
    with whole_file(path) as scratch:
        table.to_parquet(scratch, index=False)


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return ``table`` with no text that a spreadsheet would run, names of columns included."""
    texts = [not pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    columns = [
        table.iloc[:, at].map(to_cell) if text else table.iloc[:, at]
        for at, text in enumerate(texts)
    ]
    harmless = pd.concat(columns, axis=1) if columns else table
    return harmless.set_axis([to_cell(name) for name in table.columns], axis=1)


def read_table(path: Path) -> pd.DataFrame:
    """Read a Parquet table.

    Raises:
        StoreError: If it is absent or damaged.
    """
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read the table {path}: {error}") from error
