"""Excel files that unpack to more than any table: refused before they fill the memory."""

import zipfile
from pathlib import Path

from twinseg.core.errors import DataError

_MOST_UNPACKED_BYTES = 2**29
_MOST_CELLS = 20_000_000  # rows times the longest of them, as pandas makes all rows that long


def require_possible_workbook(path: Path) -> None:
    """Raise DataError if the first sheet of an Excel file is no table that fits the memory."""
    import openpyxl  # late, as few tables come in Excel

    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(member.file_size for member in packed.infolist())
        if size > _MOST_UNPACKED_BYTES:
            raise DataError(
                f"{path} unpacks to {size // 2**20} MiB, at most {_MOST_UNPACKED_BYTES // 2**20} "
                "are read; save the table as CSV"
            )
        book = openpyxl.load_workbook(path, read_only=True)
        try:
            longest = 0
            for count, row in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
                longest = max(longest, len(row))
                if count * longest > _MOST_CELLS:
                    raise DataError(
                        f"{path} has a cell in row {count} and column {longest} or beyond; "
                        "delete what lies beside the table, or save it as CSV"
                    )
        finally:
            book.close()
    except DataError:
        raise
    # The library raises whatever its arithmetic meets in a damaged file.
    except Exception as error:
        line = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(f"cannot read the table {path}: {line}; save it as CSV") from error
