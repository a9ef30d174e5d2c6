"""Cases of a view: what filters find, in which order, and which texts are refused."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinseg.core.errors import ConfigError
from twinseg.view.case_table import CaseTable, Query
from twinseg.view.columns import Column, Columns, Type
from twinseg.view.plots import histogram, points

DICE = {"one": [0.9, 0.2, np.nan, 0.5, 0.5], "two": [0.8, 0.6, 0.1, np.nan, 0.5]}
IDS = ["a", "b'; DROP TABLE cases; --", "ü🙂", 'd"e', "x" * 300]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> CaseTable:
    folder = tmp_path_factory.mktemp("tables")
    rows = [
        {"case": case, "model": model, "dice": value}
        for model, values in DICE.items()
        for case, value in zip(IDS, values, strict=True)
    ]
    pd.DataFrame(rows[::-1]).to_parquet(folder / "scores.parquet")
    sizes = pd.DataFrame({"case": IDS, "size": [5, 4, 3, 2, 1], "place": list("ssttt")})
    sizes.to_parquet(folder / "sizes.parquet")
    columns = [
        Column(f"dice.{m}", Type.NUMBER, "", "", folder / "scores.parquet", "dice",
               {"model": m}, "dice", m)
        for m in DICE
    ] + [
        Column(name, kind, "", "", folder / "sizes.parquet", name, {}, name)
        for name, kind in (("size", Type.NUMBER), ("place", Type.TEXT))
    ]  # fmt: skip
    cases = pd.DataFrame({"case": IDS, "group": list("ggghh"), "stack": ""})
    cases = cases.assign(height_px=4, width_px=6)
    return CaseTable(cases, Columns(tuple(columns), {"first": "one", "second": "two"}))


def found(table: CaseTable, where: str = "", sort: str = "", **how) -> list[int]:
    rows = table.page(Query(where, sort, **how), 0, 100).rows
    return [IDS.index(row[0]) for row in rows]


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("dice.first < 0.6", [1, 3, 4]),
        ("dice.first < dice.second", [1]),
        ("dice['one'] == dice['two']", [4]),
        ("0.1 <= dice.two < 0.7 and not size > 3", [2, 4]),
        ("abs(dice.one - dice.two) > 0.3 or size == 5", [0, 1]),
        ("max(dice.one, dice.two) >= 0.8", [0]),
        ("place in ['s', 'u']", [0, 1]),
        ("place not in ['s'] and size in (1, 3)", [2, 4]),
        ("contains(place, 'S')", [0, 1]),
        ("size / 0 > 1", []),
        ("-size < -4", [0]),
        ("size * 2 - 1 == 7", [1]),
        ("flagged", [3]),
        ("not flagged and size < 4", [2, 4]),
        ("size < median(size)", [3, 4]),
        ("size < median(size, size > 2)", [2, 3, 4]),
        ("size <= quantile(size, 0, place == 's')", [1, 2, 3, 4]),
        ("size >= quantile(size, 0.75) and dice.one < 0.9", [1]),
        ("dice.one >= median(dice.one - 0)", [0, 3, 4]),
    ],
)
def test_a_filter_finds_what_it_says(table: CaseTable, where: str, places: list[int]) -> None:
    table.mark([(IDS[3], "look"), (IDS[0], "")])
    assert found(table, where) == places


def test_the_undefined_comes_last_either_way_and_ties_keep_their_order(table: CaseTable) -> None:
    assert found(table, sort="dice.first") == [1, 3, 4, 0, 2]
    assert found(table, sort="dice.first", descending=True) == [0, 3, 4, 1, 2]
    assert found(table, sort="-size") == [0, 1, 2, 3, 4]
    assert found(table, descending=True) == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("sort", ["", "dice.first", "dice.second - size"])
@pytest.mark.parametrize("where", ["", "size < 5", "contains(place, 't') and size < 3"])
@pytest.mark.parametrize("descending", [False, True])
def test_the_rank_is_the_place_on_the_pages(table, sort: str, where: str, descending) -> None:
    query = Query(where, sort, descending)
    pages = [row[0] for start in range(0, 6, 2) for row in table.page(query, start, 2).rows]
    assert [table.rank(case, query) for case in pages] == list(range(len(pages)))
    assert all(table.rank(case, query) is None for case in {*IDS} - {*pages})


def test_a_page_has_its_columns_and_the_total(table: CaseTable) -> None:
    page = table.page(Query("size > 1", "size"), 1, 2, ["dice.second", "place"])
    assert page.total == 4
    assert [row[0] for row in page.rows] == [IDS[2], IDS[1]]
    assert [row[-2:] for row in page.rows] == [(0.1, "t"), (0.6, "s")]
    assert table.page(Query("size > 9"), 0, 5).rows == []


def test_histograms_count_every_case_once(table: CaseTable) -> None:
    counted = histogram(table, "dice.first", "")
    assert (counted["low"], counted["high"], counted["undefined"]) == (0.2, 0.9, 1)
    assert sum(counted["counts"]) == 4
    assert counted["median"] == 0.5  # of 0.2, 0.5, 0.5, 0.9
    assert counted["counts"][0] == counted["counts"][-1] == 1
    assert histogram(table, "place", "") == {"values": ["t", "s"], "counts": [3, 2]}
    assert histogram(table, "dice.first", "size > 9")["low"] is None
    assert sum(histogram(table, "size", "size == 3")["counts"]) == 1


def test_points_are_cases_where_both_are_defined(table: CaseTable) -> None:
    assert points(table, "dice.first", "dice.second", "")["points"] == [
        (0.9, 0.8, IDS[0]), (0.2, 0.6, IDS[1]), (0.5, 0.5, IDS[4])
    ]  # fmt: skip
    assert points(table, "size", "size", "size > 4")["points"] == [(5, 5, IDS[0])]
    with pytest.raises(ConfigError, match="choose two columns of numbers"):
        points(table, "place", "size", "")


def test_all_values_of_a_case(table: CaseTable) -> None:
    values = table.values(IDS[2])
    assert values == {"dice.one": None, "dice.two": 0.1, "size": 3, "place": "t"}


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("1; DROP TABLE cases", "cannot be read"),
        ("size in (SELECT 1)", "cannot be read"),
        ("dice", "say which, such as dice.one or dice.two"),
        ("dise.first", "did you mean dice"),
        ("dice.frist", "did you mean first"),
        ("sizes < 3", "did you mean size"),
        ("__import__('os').system('x')", r"no function is called __import__\('os'\).system; there"),
        ("size.__class__", "no model is called '__class__'"),
        ("lambda: 1", "cannot be used in a filter"),
        ("[x for x in size]", "cannot be used in a filter"),
        ("size if 1 else 2", "cannot be used in a filter"),
        ("size ** 9", r"use \+ - \* or /"),
        ("size is None", "neither a number nor a text|use < <="),
        ("size < 'a'", "texts and numbers do not go together"),
        ("place + 1 > 2", "texts and numbers do not go together"),
        ("size == None", "neither a number nor a text"),
        ("size in []", r"in \[\] holds of nothing"),
        ("min(size)", "min takes two values or more, got 1 value"),
        ("median(size, size > 1, 2)", "median takes a column, and a condition"),
        ("quantile(size)", "quantile takes a column and a share from 0 to 1"),
        ("quantile(size, 1.5)", "quantile takes a column and a share from 0 to 1"),
        ("quantile(size, size)", "quantile takes a column and a share from 0 to 1"),
        ("quantile(size, True)", "quantile takes a column and a share from 0 to 1"),
        ("median(place) < 2", "texts and numbers do not go together"),
        ("read_csv('/etc/passwd')", "no function is called read_csv; there are min"),
        ("contains(size, 'a', b=1)", "without names"),
        ("9" * 100, "too large a number"),
        ("1 +" * 900 + "1", "at most 2000"),
        ("(" * 60 + "size" + ")" * 60 + " + ", "cannot be read"),
        ("-" * 100 + "size", "nested more than"),
        ("size < 3\x00", "cannot be read"),
    ],
)
@pytest.mark.parametrize("part", ["where", "sort"])
def test_what_is_no_filter_is_refused_in_one_line(table, part: str, where: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        table.page(Query(**{part: where}), 0, 1)
    assert "\n" not in str(error.value)
    assert found(table) == [0, 1, 2, 3, 4]


@given(st.text(max_size=60))
def test_no_text_does_harm(table: CaseTable, text: str) -> None:
    with suppress(ConfigError):
        assert table.page(Query(text, text), 0, 9).total <= len(IDS)
    assert found(table) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("offset", "limit"), [(-1, 5), (0, 501), (0, -1)])
def test_too_many_rows_are_refused(table: CaseTable, offset: int, limit: int) -> None:
    with pytest.raises(ConfigError, match="at most 500"):
        table.page(Query(), offset, limit)


def test_a_file_is_read_when_its_column_is_first_asked_for(tmp_path: Path) -> None:
    column = Column("x", Type.NUMBER, "", "", tmp_path / "x.parquet", "x", {}, "x")
    cases = pd.DataFrame({"case": ["a"], "group": "g", "stack": "", "height_px": 1, "width_px": 1})
    lazy = CaseTable(cases, Columns((column,), {}))
    assert lazy.page(Query(), 0, 1).total == 1
    pd.DataFrame({"case": ["a"], "x": [7]}).to_parquet(tmp_path / "x.parquet")
    assert lazy.page(Query("x == 7"), 0, 1).total == 1


def test_a_case_of_a_large_table_has_its_own_numbers(tmp_path: Path) -> None:
    count = 30_000
    ids = [f"c{n * 7919 % count:05d}" for n in range(count)]
    table = pd.DataFrame({"case": ids, "x": np.arange(count) * 1.0})
    table.to_parquet(tmp_path / "x.parquet")
    column = Column("x", Type.NUMBER, "", "", tmp_path / "x.parquet", "x", {}, "x")
    cases = pd.DataFrame({"case": ids[:9], "group": "g", "stack": ""})
    large = CaseTable(cases.assign(height_px=1, width_px=1), Columns((column,), {}))
    assert [large.values(case)["x"] for case in ids[:9]] == [*range(9)]
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_many_readers_at_once_get_the_same(table: CaseTable) -> None:
    asked = [("dice.first < 0.6", "size"), ("size > 1", "dice.second"), ("", "dice.one - size")]
    alone = [found(table, where, sort) for where, sort in asked]
    with ThreadPoolExecutor(8) as pool:
        together = [*pool.map(lambda n: found(table, *asked[n % 3]), range(60))]
    assert together == [alone[n % 3] for n in range(60)]
