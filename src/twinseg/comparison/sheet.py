"""Cells of a sheet, as people and programs fill them, to a table with named columns."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from twinseg.comparison.columns import is_missing
from twinseg.core.cell_text import clean_name
from twinseg.core.errors import DataError
from twinseg.core.plain_text import from_cell
from twinseg.core.words import amount

Row = Sequence[object]
_QUOTED = re.compile(r'"[^"]*"')
_WITH_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?")
_WITHOUT_POINT = re.compile(r"[-+]?\d+([eE][-+]?\d+)?|[-+]?inf", re.IGNORECASE)
_TOLD = re.compile(r"\ufeff?sep=(.)\s*", re.IGNORECASE)
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+")


def parse_text(text: str, path: Path, notes: list[str]) -> pd.DataFrame:
    """Part the text of a table at commas, semicolons, tabs, | or blanks; every cell stays text.

    A first line such as ``sep=;``, which Excel writes, says at what.

    Where commas do not part the columns, a column of numbers may have decimal commas; they become
    points. Lines that begin with # are comments, unless they have the cells of a row; the last
    one before the numbers may name the columns.
    """
    lines = text.splitlines()
    told = _TOLD.fullmatch(lines[0]) if lines else None
    lines = lines[1:] if told else lines
    comments = 0
    while comments < len(lines) and lines[comments].lstrip().startswith("#"):
        comments += 1
    rest = [line for line in lines[comments:] if line.strip()]
    before = lines[comments - 1].lstrip()[1:] if comments else ""
    separator = told.group(1) if told else _separator(rest)
    width = _count(rest[0], separator) if rest else 0
    if comments and rest and width and _count(before, separator) == width and _has_number(rest[0]):
        comments, rest = comments - 1, [before, *rest]
    kept = [
        line
        for line in rest
        if not line.lstrip().startswith("#") or _count(line, separator) == width
    ]
    if left_out := comments + len(rest) - len(kept):
        notes.append(f"{path}: {amount(left_out, 'comment line')} left out")
    try:
        if separator == " ":  # of any number
            kept = [line.strip() for line in kept]
        rows = list(csv.reader(kept, delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise DataError(f"cannot read the table {path}: {error}; mend its quotes") from error
    table = table_of([[from_cell(cell) for cell in row] for row in rows], path, notes)
    if separator == ",":
        return table
    return _with_points(table, path, notes)


def table_of(rows: Sequence[Row], path: Path, notes: list[str]) -> pd.DataFrame:
    """Name the columns by the first row that is not empty; empty rows are left out and counted.

    Raises:
        DataError: If a row has more cells than there are columns.
    """
    filled = [row for row in rows if any(clean_name(cell) for cell in row)]
    if blank := len(rows) - len(filled):
        notes.append(f"{path}: {amount(blank, 'empty row')} left out")
    if not filled:
        raise DataError(f"cannot read the table {path}: it is empty")
    names = [clean_name(cell) or "" for cell in filled[0]]
    width = len(names)
    for number, row in enumerate(filled[1:], start=2):
        if len(row) > width and any(clean_name(cell) for cell in row[width:]):
            raise DataError(
                f"{path} has {len(row)} cells in row {number} and {amount(width, 'column')}; if "
                "commas stand in numbers or names, part the columns by semicolons"
            )
    cells = [[*row[:width], *[None] * (width - len(row))] for row in filled[1:]]
    table = pd.DataFrame(cells, columns=range(width), dtype=object)
    named = [
        place
        for place in range(width)
        if names[place] or table[place].map(clean_name).notna().any()
    ]
    table = table[named]
    table.columns = [names[place] or f"column {place + 1}" for place in named]
    return table


def _separator(lines: Sequence[str]) -> str:
    """Tell at what the first line is parted; at blanks if all lines have as many words."""
    header = _QUOTED.sub("q", lines[0]) if lines else ""
    separator = max(",;\t|", key=header.count)
    if separator in header:
        return separator
    rows = [line for line in lines if not line.lstrip().startswith("#")]
    widths = {len(_QUOTED.sub("q", line).split()) for line in rows}
    return " " if len(widths) == 1 and widths != {1} else separator


def _count(line: str, separator: str) -> int:
    if separator == " ":
        return len(_QUOTED.sub("q", line).split()) - 1
    return _QUOTED.sub("", line).count(separator)


def _has_number(line: str) -> bool:
    return any(
        re.fullmatch(r"[-+]?\d*[.,]?\d+", cell.strip()) for cell in re.split(r"[,;\t]", line)
    )


def _with_points(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Turn decimal commas into points, column by column; what is not all numbers stays."""
    filled = {
        name: [text for cell in table[name] if not is_missing(text := str(cell or "").strip())]
        for name in table.columns
    }
    commas = [
        name
        for name, texts in filled.items()
        if all(_WITH_COMMA.fullmatch(text) or _WITHOUT_POINT.fullmatch(text) for text in texts)
        and any("," in text for text in texts)
    ]
    for name, texts in filled.items():
        if commas and texts and all(_GROUPED.fullmatch(text) for text in texts):
            notes.append(
                f"{path}: the points in {name} ({texts[0]}) are taken as decimal points, "
                "though other columns have commas there; if they part thousands, leave them out"
            )
    with_points = {
        name: table[name].map(lambda cell: cell and cell.replace(",", ".")) for name in commas
    }
    return table.assign(**with_points)
