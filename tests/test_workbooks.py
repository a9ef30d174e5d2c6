"""Tables in Excel and Parquet: the sheet, the cells and the index that hold them."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from tests.test_foreign_tables import CASES, DICE, GAIN
from twinseg.comparison import read_scores
from twinseg.core.errors import DataError

SCORES = pd.DataFrame({"case": CASES, "dice": DICE})


def workbook(path: Path, sheets: dict[str, pd.DataFrame]) -> Path:
    with pd.ExcelWriter(path) as writer:
        for name, table in sheets.items():
            table.to_excel(writer, sheet_name=name, index=False)
    return path


def test_excel_with_comments_empty_rows_and_summaries(tmp_path: Path):
    for name, values in (("A", DICE), ("B", DICE + GAIN)):
        rows = [["case", "dice"], *zip(CASES, values, strict=True), [None, None], ["Mean", 0.7]]
        pd.DataFrame(rows).to_excel(tmp_path / f"{name}.xlsx", index=False, header=False)
    found = twinseg.compare_files([tmp_path / "A.xlsx", tmp_path / "B.xlsx"])
    assert found.pairs[0].mean_difference == pytest.approx(0.03)
    assert sum("left out" in note for note in found.notes) == 4


def test_the_sheet_that_holds_a_table_is_read_and_said(tmp_path: Path):
    notes: list[str] = []
    first = pd.DataFrame({"note": ["read me"]})
    sheets = {"readme": first, "scores": SCORES, "ages": SCORES.rename(columns={"dice": "age"})}
    path = workbook(tmp_path / "a.xlsx", sheets)
    assert list(read_scores(path, notes)["case"]) == CASES
    assert notes == [f"{path}: the sheet scores is read, not readme, ages"]
    notes.clear()
    path = workbook(tmp_path / "b.xlsx", {"scores": SCORES, "empty": pd.DataFrame()})
    assert list(read_scores(path, notes)["case"]) == CASES
    assert notes == []


def test_sheets_that_look_alike_are_asked(tmp_path: Path):
    path = workbook(tmp_path / "a.xlsx", {"old": SCORES, "final": SCORES})
    with pytest.raises(DataError, match="the same columns in the sheets old, final; keep one of"):
        read_scores(path)


def test_formulas_without_a_value_are_said(tmp_path: Path):
    table = SCORES.astype(object)
    table.loc[3, "dice"] = "=0.5+0.2"
    notes: list[str] = []
    path = workbook(tmp_path / "a.xlsx", {"scores": table})
    assert read_scores(path, notes)["dice"].isin(["", None, np.nan]).tolist().index(True) == 3
    assert notes == [
        f"{path}: 1 formula without a stored value, read as empty cells (B5); open the file in "
        "Excel and save it"
    ]


@pytest.mark.parametrize("called", ["case", None])
def test_cases_in_the_index_of_parquet(tmp_path: Path, called):
    for name, values in (("A", DICE), ("B", DICE + GAIN)):
        index = pd.Index(CASES, name=called)
        pd.DataFrame({"dice": values}, index=index).to_parquet(tmp_path / f"{name}.parquet")
    found = twinseg.compare_files([tmp_path / "A.parquet", tmp_path / "B.parquet"])
    assert found.pairs[0].mean_difference == pytest.approx(0.03)
    assert f"{tmp_path / 'A.parquet'}: case taken from the index" in found.notes


def test_numbers_of_rows_are_no_cases(tmp_path: Path):
    SCORES.sample(frac=1, random_state=0).to_parquet(tmp_path / "a.parquet")
    assert list(read_scores(tmp_path / "a.parquet").columns) == ["case", "dice"]


def sheet_of(path: Path, rows: bytes) -> Path:
    """Write a workbook whose only sheet holds these rows of XML."""
    workbook(path, {"scores": SCORES})
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/worksheets/sheet1.xml"] = (
        b'<worksheet xmlns="' + space + b'"><sheetData>' + rows + b"</sheetData></worksheet>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return path


ROW = b'<row><c t="inlineStr"><is><t>k</t></is></c><c><v>0.5</v></c></row>'


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b"<row/>" * 1001, "more than 1000 rows, the most that Excel allows; delete the rows that"),
        (ROW * 40_000, "sheet1.xml to 2 MiB, more than 100 times its size; save the table as"),
    ],
)
def test_a_workbook_with_more_rows_than_there_can_be_is_refused_before_a_cell_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows, message
):
    path = sheet_of(tmp_path / "bomb.xlsx", rows)
    monkeypatch.setattr("twinseg.core.workbooks._MOST_ROWS", 1000)
    monkeypatch.setattr("twinseg.core.workbooks._LARGE_BYTES", 2**21)
    monkeypatch.setattr("openpyxl.load_workbook", None)  # reading cells would take minutes
    with pytest.raises(DataError, match=message):
        read_scores(path)


def test_a_row_beyond_what_excel_allows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("twinseg.core.workbooks._MOST_ROWS", 1000)
    path = sheet_of(tmp_path / "far.xlsx", ROW + b'<row r="90000000"><c><v>1</v></c></row>')
    with pytest.raises(DataError, match="more than 1000 rows"):
        read_scores(path)


def test_a_workbook_of_20_000_rows_is_read(tmp_path: Path):
    row = b'<row><c t="inlineStr"><is><t>k%d</t></is></c><c><v>0.%d</v></c></row>'
    header = ROW.replace(b"k", b"case").replace(b"<v>0.5</v>", b"<is><t>dice</t></is>")
    header = header.replace(b"<c><is>", b'<c t="inlineStr"><is>')
    rows = header + b"".join(row % (place, place) for place in range(20_000))
    table = read_scores(sheet_of(tmp_path / "large.xlsx", rows))
    assert table.shape == (20_000, 2)
    assert table.iloc[19_999].tolist() == ["k19999", 0.19999]
