"""Names of cases, groups, strata and models: text, joined by name, never by the order of rows."""

from datetime import datetime
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twinseg
from twinseg.comparison import compare_tables, join_cases, read_scores
from twinseg.core.cell_text import clean_name
from twinseg.core.errors import DataError

ROLES = {"case": "case", "group": "group"}
# What a reader of numbers, dates or missing values would not leave alone.
HARD = ["1.1", "1.10", "007", "7", "1e5", "100000", "True", "NA", "None", "nan", "null", "N/A"]
HARD += ["2026-03-01", "20250314120000000001", "20250314120000000002", "-0", "inf", "#3"]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (" P1\u00a0", "P1"),
        ("P 1", "P 1"),
        ("p1", "p1"),
        ("1.10", "1.10"),
        (7.0, "7"),
        (np.float32(7), "7"),
        (7, "7"),
        (1.5, "1.5"),
        (True, "True"),
        (datetime(2026, 3, 1), "2026-03-01"),
        ("NA", "NA"),
        ("  ", None),
        (np.nan, None),
        (pd.NA, None),
        (pd.NaT, None),
        (None, None),
    ],
)
def test_blanks_at_the_ends_go_and_nothing_else(cell, name):
    assert clean_name(cell) == name


@pytest.mark.parametrize(
    ("ending", "other"), list(product(["csv", "tsv", "xlsx", "parquet"], ["csv", "xlsx"]))
)
def test_names_stay_text_whatever_they_look_like(tmp_path: Path, ending, other):
    first = pd.DataFrame({"case": HARD, "group": HARD, "dice": np.linspace(0.5, 0.9, len(HARD))})
    second = first.assign(dice=first["dice"] - 0.1 * np.arange(len(HARD)) / 20)
    second = second.iloc[::-1].assign(case=[f" {name} " for name in HARD[::-1]])
    for name, table in ((f"a.{ending}", first), (f"b.{other}", second)):
        write = {"csv": table.to_csv, "xlsx": table.to_excel, "parquet": table.to_parquet}
        if name.endswith("tsv"):
            table.to_csv(tmp_path / name, index=False, sep="\t")
        else:
            write[name.rpartition(".")[2]](tmp_path / name, index=False)
    tables = [read_scores(tmp_path / f"a.{ending}"), read_scores(tmp_path / f"b.{other}")]
    joined = join_cases([("a", tables[0]), ("b", tables[1])], "dice", **ROLES)
    assert joined.cases == tuple(sorted(HARD))
    assert joined.groups.tolist() == sorted(HARD)
    found = dict(zip(joined.cases, joined.values[:, 0] - joined.values[:, 1], strict=True))
    assert found == pytest.approx({name: 0.1 * place / 20 for place, name in enumerate(HARD)})


def three(tmp_path: Path, *, spoil) -> list[Path]:
    """A is always best, then B, then C; 12 groups of two cases that differ a lot."""
    base = np.random.default_rng(1).uniform(0.4, 0.95, 24)
    cases, groups = [f"P{n:02d}" for n in range(24)], [f"G{n // 2:02d}" for n in range(24)]
    files = []
    for place, name in enumerate("ABC"):
        table = pd.DataFrame({
            "case": cases, "group": groups, "dice": (base - 0.02 * place).round(4),
            "sex": ["F", "M"] * 12,
        })  # fmt: skip
        files.append(tmp_path / f"{name}.csv")
        (spoil(table) if name != "A" else table).to_csv(files[-1], index=False)
    return files


def spaced(table: pd.DataFrame) -> pd.DataFrame:
    """As typed by hand: a blank before every third case, one behind every fourth group."""
    cases = [" " * (n % 3 == 0) + one for n, one in enumerate(table["case"])]
    groups = [one + "\u00a0" * (n % 4 == 0) for n, one in enumerate(table["group"])]
    return table.assign(case=cases, group=groups, sex=[f"{one} " for one in table["sex"]])


def test_three_tables_are_joined_as_two_are(tmp_path: Path):
    # In all 12 groups the ranks are 1, 2, 3: chi-square is 24.
    many = twinseg.compare_files(three(tmp_path, spoil=spaced)).many["dice"]
    assert (many.models, many.mean_ranks, many.groups) == (("A", "B", "C"), (1, 2, 3), 12)
    assert many.chi_square == pytest.approx(24)


def test_strata_are_joined_by_name(tmp_path: Path):
    files = three(tmp_path, spoil=spaced)
    (strata,) = twinseg.compare_files(files[:2], strata="sex").strata
    assert [(one.name, one.cases) for one in strata.strata] == [("F", 12), ("M", 12)]
    assert [one.mean.value for one in strata.strata] == pytest.approx([-0.02, -0.02])
    assert strata.interaction.p_value == 1  # a difference of 1e-17 is none
    with pytest.raises(DataError, match="another sex to the cases P00; mend one"):
        other = three(tmp_path, spoil=lambda one: one.assign(sex=["M", *one["sex"][1:]]))
        twinseg.compare_files(other[:2], strata="sex")


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(12)), st.permutations(range(12)))
def test_the_order_of_rows_is_of_no_effect_and_swapping_turns_the_sign(one, other):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"case": [f"c{n}" for n in range(12)], "dice": rng.random(12)})
    second = table.assign(dice=rng.random(12), group=[f"g{n // 2}" for n in range(12)])
    plain, shuffled, swapped = (
        compare_tables(*tables, "dice", rng=np.random.default_rng(0), draws=50)
        for tables in (
            (table, second),
            (table.iloc[list(one)], second.iloc[list(other)]),
            (second, table),
        )
    )
    assert shuffled == plain
    assert swapped.mean_difference == pytest.approx(-plain.mean_difference)
    assert swapped.p_value == pytest.approx(plain.p_value)
    assert swapped.effect_size == pytest.approx(-plain.effect_size)


def test_a_group_called_na_and_a_stratum_called_none_stay(tmp_path: Path):
    names = ["NA", "None", "nan", "null", "N/A", "a"] * 2
    for name, shift in (("a", 0.0), ("b", 0.1)):
        pd.DataFrame({
            "case": [f"c{n}" for n in range(12)], "group": names,
            "dice": np.linspace(0.1, 0.5, 12) + shift, "finding": ["None", "nodule"] * 6,
        }).to_csv(tmp_path / f"{name}.csv", index=False)  # fmt: skip
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    found = twinseg.compare_files(files, strata="finding")
    assert found.pairs[0].groups == 6
    assert [one.name for one in found.strata[0].strata] == ["None", "nodule"]


def test_an_empty_stratum_is_left_out_and_said(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(
            "case,dice,site\n"
            + "".join(f"c{n},0.{n + 1},{'xy'[n % 2]}\n" for n in range(8))
            + "z,0.5, \n"
        )
    (strata,) = twinseg.compare_files(
        [tmp_path / "a.csv", tmp_path / "b.csv"], strata="site"
    ).strata
    assert strata.without_stratum == 1
    assert "1 case without site left out" in strata.sentence


def test_names_that_are_one_after_cleaning_are_refused():
    table = pd.DataFrame({"case": ["a", "a ", "b"], "dice": [0.1, 0.2, 0.3]})
    with pytest.raises(DataError, match="more than one row for 1 case: a; one row per case"):
        compare_tables(table, table, "dice", rng=np.random.default_rng(0))


def test_numbers_with_decimals_as_names_are_said():
    # A sheet that holds 1.10 as a number keeps 1.1: nobody can tell the two apart any more.
    table = pd.DataFrame({"case": list("abcd"), "group": [1.1, 1.1, 2.0, 2.5], "dice": 0.5})
    found = compare_tables(table, table, "dice", rng=np.random.default_rng(0), draws=9)
    assert found.groups == 3
    assert any(
        "the column group holds numbers, in which 1.1 and 1.10" in one for one in found.notes
    )


def test_rows_without_a_model_are_said(tmp_path: Path):
    rows = [f"c{n},{model},0.{n + 1}\n" for n in range(8) for model in ("NA", " b ")]
    (tmp_path / "t.csv").write_text("case,model,dice\n" + "".join(rows) + "c9,,0.5\n")
    found = twinseg.compare_files([tmp_path / "t.csv"])
    assert (found.pairs[0].first, found.pairs[0].second) == ("NA", "b")
    assert any("1 row without a model left out" in note for note in found.notes)


def test_a_learning_curve_reads_names_the_same_way(tmp_path: Path):
    for size, dice in ((10, 0.5), (20, 0.6), (40, 0.7)):
        rows = [f"{' ' * (size == 20)}1.{n}0,NA,{size},{dice}\n" for n in range(8)]
        rows += [f"1.{n},b,{size},{dice}\n" for n in range(8)]
        (tmp_path / f"{size}.csv").write_text(
            "case,group,train_cases,dice\n" + "".join(rows) + f"mean,,{size},0.1\n"
        )
    found = twinseg.data_needs([tmp_path / f"{size}.csv" for size in (10, 20, 40)])
    assert found.curves["all"].means == pytest.approx([0.5, 0.6, 0.7])
    assert found.curves["all"].groups == 2
    assert any("1 row of a summary left out (mean)" in note for note in found.notes)
