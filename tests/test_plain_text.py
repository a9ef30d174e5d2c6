"""Names of others are harmless where they are printed, put into a table, or shown on a page."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinseg.cli.terminal import stop
from twinseg.comparison.read_scores import read_scores
from twinseg.core.plain_text import from_cell, to_cell, visible
from twinseg.core.progress import LiveBars, PlainLines
from twinseg.core.store import write_csv
from twinseg.core.tables import read_table, write_table
from twinseg.data.index import read_index
from twinseg.report.environment import environment

FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "a;=1+1")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_gets_a_quote(text: str) -> None:
    cell = to_cell(text)
    assert isinstance(cell, str)
    # Whichever of ; and tab a spreadsheet parts cells at, none begins with such a sign.
    cells = [part for way in (";", "\t", "\0") for part in cell.split(way)]
    assert not [one for one in cells if one.startswith(("=", "+", "-", "@", "\uff1d"))]
    assert from_cell(cell) == text


def test_no_control_character_gets_into_a_csv(tmp_path: Path) -> None:
    names = ["\x1b[31mred", "a\x9bb\x07", "=1\x00", r"a\x1b", "C:\\xyz"]
    cells = [str(to_cell(name)) for name in names]
    assert cells == [r"\x1b[31mred", r"a\x9bb\x07", r"'=1\x00", r"a\x5cx1b", "C:\\xyz"]
    assert [from_cell(cell) for cell in cells] == names
    write_csv(tmp_path / "index.csv", ("id", "group"), [("b", "\x1b[31mred")])
    assert "\x1b" not in (tmp_path / "index.csv").read_text()
    assert read_index(tmp_path / "index.csv").rows[2]["group"] == "\x1b[31mred"


@pytest.mark.parametrize("value", ["-1", "+2.5e-3", -3, 1.5, "a-1", "O'Neill", "'abc", None, ""])
def test_numbers_and_plain_words_stay_as_they_are(value: object) -> None:
    assert to_cell(value) == value


@given(st.text(alphabet="'=+-@;\t\r\na1\x00\x1b\x9b\x7f\\x5cb"))
def test_every_text_comes_back(text: str) -> None:
    cell = to_cell(text)
    assert isinstance(cell, str)
    assert from_cell(cell) == text


def test_tables_keep_the_text_and_their_csv_is_harmless(tmp_path: Path) -> None:
    table = pd.DataFrame({"case": ["=HYPERLINK(1)", "b"], "@dice": [-0.5, 0.25], "n": [1, 2]})
    write_table(tmp_path / "scores.parquet", table)
    lines = (tmp_path / "scores.csv").read_text().splitlines()
    assert lines == ["case,'@dice,n", "'=HYPERLINK(1),-0.5,1", "b,0.25,2"]
    pd.testing.assert_frame_equal(read_table(tmp_path / "scores.parquet"), table)
    read = read_scores(tmp_path / "scores.csv")
    assert read.to_dict("list") == table.astype(str).to_dict("list")


def test_an_index_we_write_is_read_with_the_same_text(tmp_path: Path) -> None:
    write_csv(tmp_path / "index.csv", ("id", "group"), [("-a", "=x"), ("b", "y")])
    with (tmp_path / "index.csv").open() as file:
        assert list(csv.reader(file))[1] == ["'-a", "'=x"]
    assert read_index(tmp_path / "index.csv").rows[2] == {"id": "-a", "group": "=x"}


def test_what_cannot_be_seen_is_written_out() -> None:
    assert visible("a\x1b[2Jb\nc\u202egpj.exe\u200b\udcfc\x9b") == (
        r"a\x1b[2Jb\nc\u202egpj.exe\u200b\udcfc\x9b"
    )
    assert visible("Müller 李 Иван é") == "Müller 李 Иван é"


def test_nothing_is_printed_raw(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x\x1b]0;owned\x07\u202e\nforged"
    for progress in (PlainLines(), LiveBars()):
        progress.say(evil)
        with progress.task(evil, 1, unit=evil) as task:
            task.advance(note=evil)
    with pytest.raises(SystemExit):
        stop(evil, status=2)
    said = "".join(capsys.readouterr())
    assert not set(said) & {"\x07", "\u202e"}
    assert "\x1b]" not in said
    assert not [line for line in said.splitlines() if line.startswith("forged")]
    assert r"\x1b]0;owned\x07\u202e\nforged" in said


def test_pages_escape_names_of_files(tmp_path: Path) -> None:
    name = '<img src=x onerror=alert(1)>" onload="x\u202e'
    template = environment().from_string('<a title="{{ name }}">{{ name }}</a>')
    html = template.render(name=name)
    assert html.count("<") == 2
    assert html.count('"') == 2
    assert "\u202e" not in html
