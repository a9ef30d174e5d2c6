"""Anyone's table of scores: one row per case, whatever the columns are called."""

from pathlib import Path

import pandas as pd

from twinseg.comparison.nnunet_summary import read_summary
from twinseg.comparison.sheet import parse_text, table_of
from twinseg.core.errors import DataError
from twinseg.core.text import GUESSED, read_text
from twinseg.core.workbooks import read_workbook

_EXCEL = {".xlsx", ".xlsm"}
_PARQUET = {".parquet", ".pq"}
_TEXT = {".csv", ".tsv", ".txt"}
_JSON = {".json"}


def read_scores(path: Path, notes: list[str] | None = None) -> pd.DataFrame:
    """Read a table of scores from CSV, Parquet, Excel or nnU-Net's summary.json.

    CSV may be parted by commas, semicolons, tabs, | or blanks, in UTF-8, UTF-16 or Latin-1, and
    have comment lines that begin with #. Where commas do not part the columns, numbers may have
    decimal commas. Of Excel, the first sheet that holds a table is read.

    Args:
        path: The file.
        notes: Gets what was left out or guessed, in words.

    Returns:
        The table as it stands, with stripped column names and without empty rows. Cells of text
        files stay text, so that 1.10 is not 1.1: `compare_tables` makes numbers of the metric.

    Raises:
        DataError: If the file is absent, empty, damaged, of another kind, or names a column twice.
    """
    kind = path.suffix.lower()
    known = _EXCEL | _PARQUET | _TEXT | _JSON
    if kind not in known:
        kinds = ", ".join(sorted(known))
        raise DataError(f"{path} ends in {kind or 'nothing'}; a table of scores is one of: {kinds}")
    if not path.is_file():
        raise DataError(f"there is no table {path}; check the path")
    try:
        table = _read(path, kind, [] if notes is None else notes)
    except ImportError as error:
        raise DataError(f"{path} needs a package: {error}; or save the table as CSV") from error
    except (OSError, ValueError, KeyError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"cannot read the table {path}: {first_line}") from error
    table.columns = [str(column).strip() for column in table.columns]
    twice = table.columns[table.columns.duplicated()].unique()
    if len(twice):
        raise DataError(f"{path} has more than one column {', '.join(twice)}; keep one of them")
    if table.empty:
        raise DataError(f"{path} has no rows; a table of scores has one per case")
    return table


def _read(path: Path, kind: str, notes: list[str]) -> pd.DataFrame:
    if kind in _PARQUET:
        return _with_index(pd.read_parquet(path), path, notes)
    if kind in _JSON:
        return read_summary(path, notes)
    if kind in _EXCEL:
        return table_of(read_workbook(path, notes), path, notes)
    text, encoding = read_text(path)
    if encoding == GUESSED:
        notes.append(f"{path} is not UTF-8: read as {encoding}; check that its names are right")
    return parse_text(text, path, notes)


def _with_index(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Make columns of the index where it holds names, as pandas keeps them."""
    names = [name for name in table.index.names if name is not None]
    is_text = table.index.nlevels == 1 and not pd.api.types.is_numeric_dtype(table.index.dtype)
    if not names and is_text and "case" not in table.columns:
        names = ["case"]
        table = table.rename_axis("case")
    kept = [name for name in names if name not in table.columns]
    if not kept:
        return table.reset_index(drop=True)
    notes.append(f"{path}: {', '.join(map(str, kept))} taken from the index")
    return table.reset_index(level=kept).reset_index(drop=True)
