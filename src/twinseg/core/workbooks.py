"""Excel files: which sheet holds the table, and none that unpacks to more than fits the memory."""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twinseg.core.cell_text import clean_names
from twinseg.core.errors import DataError
from twinseg.core.words import amount

_MOST_UNPACKED_BYTES = 2**29
_MOST_ROWS = 2**20  # of a sheet, in Excel as well
_LARGE_BYTES, _MOST_UNPACKED_TIMES = 2**26, 100  # tables of scores unpack to 5 to 20 times as much
_CHUNK_BYTES = 2**20
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_LONGEST_ROW_TAG = 64  # bytes; two chunks overlap by less
_MOST_CELLS = 20_000_000  # rows times the longest of them, as pandas makes all rows that long
_SHOWN = 3  # formulas named in a note

Place = tuple[int, int]  # row and column, from 0


@dataclass(frozen=True)
class _Sheet:
    header: tuple[str | None, ...]  # of the first row that is not empty
    formulas: Mapping[Place, str]  # and what Excel calls the cell

    @property
    def is_table(self) -> bool:
        return sum(name is not None for name in self.header) > 1


def read_workbook(path: Path, notes: list[str]) -> list[list[Any]]:
    """Read the rows of the sheet that holds a table: the first with two named columns or more.

    Args:
        path: The file.
        notes: Gets which sheet was read, and formulas that have no value.

    Raises:
        DataError: If it is damaged or too large, or sheets have the same columns.
    """
    sheets = _sheets(path)
    if not sheets:
        raise DataError(f"cannot read the table {path}: it has no sheet of cells")
    tables = {name: sheet.header for name, sheet in sheets.items() if sheet.is_table}
    name = next(iter(tables or sheets))
    if alike := [other for other, header in tables.items() if header == tables[name]][1:]:
        raise DataError(
            f"{path} has the same columns in the sheets {', '.join([name, *alike])}; keep one of "
            "them, or save the right one as CSV"
        )
    if others := [other for other in sheets if other != name and sheets[other].header]:
        notes.append(f"{path}: the sheet {name} is read, not {', '.join(others)}")
    cells = pd.read_excel(path, sheet_name=name, header=None, dtype=object, keep_default_na=False)
    rows: list[list[Any]] = cells.to_numpy().tolist()
    without_value = [
        called
        for (row, column), called in sheets[name].formulas.items()
        if row >= len(rows) or column >= len(rows[row]) or rows[row][column] in ("", None)
    ]
    if without_value:
        more = ", ..." if len(without_value) > _SHOWN else ""
        notes.append(
            f"{path}: {amount(len(without_value), 'formula')} without a stored value, read as "
            f"empty cells ({', '.join(without_value[:_SHOWN])}{more}); open the file in Excel and "
            "save it"
        )
    return rows


def _sheets(path: Path) -> dict[str, _Sheet]:
    """Look through all sheets row by row, before any is held in memory."""
    import openpyxl  # late, as few tables come in Excel

    try:
        _require_moderate(path)
        book = openpyxl.load_workbook(path, read_only=True)
        try:
            return {sheet.title: _sheet(sheet, path) for sheet in book.worksheets}
        finally:
            book.close()
    except DataError:
        raise
    # The library raises whatever its arithmetic meets in a damaged file.
    except Exception as error:
        line = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(f"cannot read the table {path}: {line}; save it as CSV") from error


def _require_moderate(path: Path) -> None:
    """Refuse what unpacks to too much, or holds too many rows, before any cell is read."""
    with zipfile.ZipFile(path) as packed:
        members = packed.infolist()
        size = sum(member.file_size for member in members)
        if size > _MOST_UNPACKED_BYTES:
            raise DataError(
                f"{path} unpacks to {size // 2**20} MiB, at most {_MOST_UNPACKED_BYTES // 2**20} "
                "are read; save the table as CSV"
            )
        for member in members:
            is_dense = member.file_size > _MOST_UNPACKED_TIMES * member.compress_size
            if is_dense and member.file_size > _LARGE_BYTES:
                raise DataError(
                    f"{path} unpacks {member.filename} to {member.file_size // 2**20} MiB, more "
                    f"than {_MOST_UNPACKED_TIMES} times its size; save the table as CSV"
                )
        for member in members:
            rows, end = 0, b""
            with packed.open(member) as unpacked:
                while chunk := unpacked.read(_CHUNK_BYTES):
                    text = end + chunk
                    ends = [found.end() for found in _ROW.finditer(text)]
                    rows += len(ends)
                    end = text[max([*ends[-1:], len(text) - _LONGEST_ROW_TAG]) :]
                    _require_possible_rows(rows, path)


def _require_possible_rows(rows: int, path: Path) -> None:
    if rows > _MOST_ROWS:
        raise DataError(
            f"{path} has a sheet of more than {_MOST_ROWS} rows, the most that Excel allows; "
            "delete the rows that are no cases, or save it as CSV"
        )


def _sheet(sheet: Any, path: Path) -> _Sheet:
    header: tuple[str | None, ...] = ()
    formulas = {}
    longest = 0
    for count, row in enumerate(sheet.iter_rows(), start=1):
        longest = max(longest, len(row))
        _require_possible_rows(count, path)
        if count * longest > _MOST_CELLS:
            raise DataError(
                f"{path} has a cell in row {count} and column {longest} or beyond; "
                "delete what lies beside the table, or save it as CSV"
            )
        if not header and any(names := clean_names(cell.value for cell in row)):
            header = tuple(names)
        for place, cell in enumerate(row):
            if cell.data_type == "f":
                formulas[count - 1, place] = cell.coordinate
    return _Sheet(header, formulas)
