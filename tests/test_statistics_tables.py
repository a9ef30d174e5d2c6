"""Two tables from anyone, read, matched case by case, and said in one result."""

import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twinseg.comparison import (
    Comparison,
    as_table,
    compare,
    compare_tables,
    estimate_median,
    read_scores,
    sentence,
)
from twinseg.comparison.columns import numbers_of
from twinseg.comparison.differences import paired_differences
from twinseg.core.errors import ConfigError, DataError


def table(cases: int = 24, gain: float = 0.0, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    names = [f"c{number:02d}" for number in range(cases)]
    return pd.DataFrame({
        "case": names,
        "patient": [f"p{number // 2}" for number in range(cases)],
        "dice": 0.7 + gain + rng.uniform(0, 0.1, size=cases),
    })  # fmt: skip


def compared(first, second, metric="dice", **settings) -> Comparison:
    settings = {"group": "patient", "draws": 300, "names": ("A", "B")} | settings
    return compare_tables(first, second, metric, rng=np.random.default_rng(0), **settings)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "xlsx", "semicolon.csv", "comma.csv"])
def test_every_kind_of_table_gives_the_same_result(tmp_path: Path, ending: str):
    if ending == "xlsx":
        pytest.importorskip("openpyxl")
    scores = table().round(4)
    path = tmp_path / f"scores.{ending}"
    separator, decimal = {
        "tsv": ("\t", "."),
        "semicolon.csv": (";", "."),
        "comma.csv": (";", ","),
    }.get(ending, (",", "."))
    if ending == "parquet":
        scores.to_parquet(path)
    elif ending == "xlsx":
        scores.to_excel(path, index=False)
    else:
        scores.to_csv(path, index=False, sep=separator, decimal=decimal)
    read = read_scores(path)
    assert list(read.columns) == ["case", "patient", "dice"]
    np.testing.assert_array_equal(numbers_of(read["dice"], "A"), scores["dice"])
    assert list(read["case"]) == list(scores["case"])


def test_names_with_leading_zeros_stay_names(tmp_path: Path):
    (tmp_path / "a.csv").write_text("\ufeffcase; dice ;note\n007;0,5;1,2,3\n010;;x\n")
    read = read_scores(tmp_path / "a.csv")
    assert list(read["case"]) == ["007", "010"]
    dice = numbers_of(read["dice"], "A")
    assert dice[0] == 0.5
    assert math.isnan(dice[1])
    assert list(read["note"]) == ["1,2,3", "x"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("scores.doc", b"x", r"ends in .doc; a table of scores is one of: .csv, .json, .parquet"),
        ("scores.csv", b"case,dice\n", "has no rows"),
        ("scores.csv", b"", "cannot read the table"),
        ("scores.csv", b"case, case\n1,2\n", "more than one column case"),
        ("scores.csv", b"case,dice\n\x00\x01\xfe,1\n", "is not text, or is damaged"),
        ("scores.parquet", b"PAR1", "cannot read the table"),
        ("scores.csv", None, "there is no table"),
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path: Path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_scores(tmp_path / name)


def test_cases_are_matched_by_name_not_by_row():
    first, second = table(), table(gain=0.05, seed=1)
    result = compared(first, second)
    shuffled = compared(first, second.sample(frac=1, random_state=0).drop(columns="patient"))
    assert shuffled == result
    assert result.mean_difference == pytest.approx((second["dice"] - first["dice"]).mean())
    assert (result.cases, result.groups, result.undefined) == (24, 12, 0)
    assert result.notes == ()
    numbers = table(3).assign(case=[1, 2, 3])
    assert compared(numbers, numbers.assign(case=["1", "2", "3"])).cases == 3
    assert compared(numbers, numbers.assign(case=[1.0, 2.0, 3.0])).cases == 3


def test_undefined_cases_are_counted():
    first, second = table(), table(gain=0.05, seed=1)
    first.loc[3, "dice"], second.loc[[3, 7], "dice"] = np.nan, np.nan
    result = compared(first, second)
    assert (result.cases, result.undefined) == (22, 2)
    assert "22 cases of 12 groups, 2 undefined cases left out" in sentence(result)


def test_without_groups_the_assumption_is_said():
    plain = table().drop(columns="patient")
    result = compared(plain, plain.assign(dice=plain["dice"] + 0.01))
    assert result.groups == 24
    (note,) = result.notes
    assert note.startswith("no column patient: each case counts as its own group, which assumes")
    assert compared(table(), table(), group=None).notes[0].startswith("each case counts as its")


def change(column, row, value):
    return lambda scores: scores.assign(
        **{column: scores[column].where(scores.index != row, value)}
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda scores: scores.iloc[3:],
            r"different cases: only A has c00, c01, c02; only B has none; score all models on",
        ),
        (change("case", 0, "c99"), "only A has c00; only B has c99"),
        (change("case", 0, "c01"), "B has more than one row for 1 case: c01; one row per case"),
        (change("case", 0, None), "B has 1 row without a name in the column case"),
        (change("patient", 0, None), "B has 1 row without a patient"),
        (change("patient", 0, "p9"), "another patient to the cases c00"),
        (lambda scores: scores.drop(columns="dice"), "B lacks the column dice; it has: case, pat"),
        (
            lambda scores: scores.astype({"dice": object}).assign(
                dice=["good", *scores["dice"][1:]]
            ),
            "dice of B is 'good' for the case c00; numbers are needed",
        ),
    ],
)
def test_tables_that_do_not_fit_are_refused(spoil, message):
    with pytest.raises(DataError, match=message):
        compared(table(), spoil(table()))


def test_a_clear_difference_is_said_with_its_margin_and_region():
    result = compared(table(), table(gain=0.1), margin=0.02, rope=0.01)
    assert result.is_clear
    assert sentence(result).startswith("`B` is better in dice. `B` minus `A` is +0.100 on average")
    assert "95 % interval" in sentence(result)
    assert "equivalent within 0.020: not shown" in sentence(result)
    assert "not worse by 0.020: shown" in sentence(result)
    assert "probability of being higher by more than 0.010: 100 %" in sentence(result)
    lower = compared(table(), table(gain=0.1).rename(columns={"dice": "x"}).assign(dice=0.0))
    assert sentence(lower).startswith("`B` is worse in dice.")


def test_no_clear_difference_and_too_few_groups():
    result = compared(table(), table(seed=1))
    assert sentence(result).startswith(
        "No clear difference in dice: the interval holds zero and the tests do not rule out "
        "chance. This does not show that they are equal. `B` minus `A` is"
    )
    few = compared(table(8), table(8, gain=0.1))
    assert "With only 4 groups the tests can never rule out chance." in sentence(few)
    assert not few.is_clear
    lax = compared(table(8), table(8, gain=0.1), level=0.8)
    assert lax.p_value < 0.2
    assert not lax.is_clear
    alone = compared(table(2), table(2, gain=0.1))
    assert "cannot be computed: it takes at least two groups" in sentence(alone)


def test_an_unknown_metric_has_no_better_direction_unless_named():
    first, second = (table(gain=gain).rename(columns={"dice": "growth"}) for gain in (0.0, 0.1))
    result = compared(first, second, "growth", margin=0.02)
    assert sentence(result).startswith("`B` has the higher growth.")
    assert result.supplement.non_inferiority is None
    named = compared(first, second, "growth", margin=0.02, higher_is_better=False)
    assert sentence(named).startswith("`B` is worse in growth.")
    assert not named.supplement.non_inferiority.is_shown


def test_the_row_holds_what_the_result_holds():
    result = compared(table(), table(gain=0.1), margin=0.02, rope=0.01)
    row = as_table([result]).iloc[0]
    student = result.supplement.mean.student
    assert (row["low"], row["high"]) == (result.low, result.high) == (student.low, student.high)
    assert (row["interval_method"], row["cases"], row["level"]) == ("Student", 24, 0.95)
    assert row["p_value"] == result.p_value
    assert row["method"] == "Wilcoxon signed-rank on group means, exact"
    assert row["p_sign_flip"] == result.supplement.sign_flip.p_value
    assert row["p_equivalence"] == result.supplement.equivalence.p_value
    assert row["probability_second_higher"] == result.supplement.bayes.second_higher
    assert result.effect_size == result.supplement.rank_biserial.value
    plain = as_table([compared(table(), table(gain=0.1))])
    assert {"margin", "rope"}.isdisjoint(plain.columns)
    with pytest.raises(FrozenInstanceError):
        result.cases = 3


def test_the_seed_alone_decides_and_parts_do_not_shift_each_other():
    first, second = table(), table(seed=1)
    plain, again = compared(first, second), compared(first, second)
    assert plain == again
    own = np.random.default_rng(0).spawn(5)[1]
    values = paired_differences(first["dice"].to_numpy(), second["dice"].to_numpy())
    assert plain.supplement.median == estimate_median(
        values, first["patient"].to_numpy(), rng=own, draws=300
    )
    more = compared(first, second, rope=0.01, margin=0.1)
    for part in ("mean", "median", "rank_biserial", "sign_flip"):
        assert getattr(more.supplement, part) == getattr(plain.supplement, part)


@pytest.mark.usefixtures("as_users_run_it")
def test_bad_settings_are_refused():
    settings = {"groups": ["a", "b"], "metric": "dice", "names": ("A", "B")}
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="A has 1 cases and B has 2"):
        compare(np.ones(1), np.ones(2), rng=rng, **settings)
    with pytest.raises(ConfigError, match="draws must be at least 1, got 0"):
        compare(np.ones(2), np.ones(2), rng=rng, draws=0, **settings)
