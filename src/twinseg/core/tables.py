"""Tables on disk: Parquet for programs, and the same as CSV for people."""

from pathlib import Path
from typing import Any

import pandas as pd

from twinseg.core.errors import StoreError
from twinseg.core.plain_text import to_cell
from twinseg.core.sealed import CHECKSUMS, read_sealed, require_whole, write_sealed
from twinseg.core.store import facts_of, whole_file


def write_table(path: Path, table: pd.DataFrame, *, sealed: bool = False) -> None:
    """Write ``path`` (``.parquet``) and a ``.csv`` of the same beside it, each whole or absent.

    Args:
        path: File to write.
        table: What to write.
        sealed: Keep the digest in ``checksums.json`` beside it, which `read_table` checks.
    """
    _write_csv(path, table)
    with whole_file(path) as scratch:
        table.to_parquet(scratch, index=False)
        if sealed:  # before the table has its name, so that none is without
            known = _checksums(path.parent) | {path.name: facts_of(scratch).sha256}
            write_sealed(path.parent / CHECKSUMS, known)


class Rows:
    """Rows of a table that grows: of so many cases a dict a row would fill the memory."""

    _AT_ONCE = 4096

    def __init__(self) -> None:
        self._blocks: list[pd.DataFrame] = []
        self._waiting: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        """Add one row; all have the same columns."""
        self._waiting.append(row)
        if len(self._waiting) == self._AT_ONCE:
            self._pack()

    def table(self) -> pd.DataFrame:
        """Return the rows in their order; no columns if there are none."""
        if self._waiting:
            self._pack()
        if len(self._blocks) < 2:
            return self._blocks[0] if self._blocks else pd.DataFrame()
        return pd.concat(self._blocks, ignore_index=True)

    def _pack(self) -> None:
        self._blocks.append(pd.DataFrame(self._waiting))
        self._waiting = []


def write_csv_of(path: Path) -> None:
    """Write the ``.csv`` beside a Parquet table from what that holds.

    Raises:
        StoreError: If the table is absent or damaged.
    """
    _write_csv(path, read_table(path))


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    with whole_file(path.with_suffix(".csv")) as scratch:
        _harmless(table).to_csv(scratch, index=False)


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
    advice = f"delete {path} and give the same command again to make it anew"
    if not path.exists():
        raise StoreError(
            f"there is no table {path}; if its study is unfinished, the same command goes on"
        )
    known = _checksums(path.parent)
    if path.name in known:
        require_whole(path, known[path.name], advice=advice)
    try:
        return pd.read_parquet(path)
    except Exception as error:  # whatever a library makes of a damaged file
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(f"cannot read the table {path}: {line}; {advice}") from error


def _checksums(folder: Path) -> dict[str, str]:
    """Digests of the sealed tables of ``folder`` by file name."""
    file = folder / CHECKSUMS
    if not file.exists():
        return {}
    return read_sealed(
        file,
        advice=f"delete {file} and give the same command again: its tables are then read unchecked",
    )
