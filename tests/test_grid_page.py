"""The page of a grid: what each row of its figures is the difference of, and what is drawn."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from twinseg.records.grid import GridSettings
from twinseg.report.grid_contrasts import ContrastRow, most_and_least
from twinseg.report.grid_numbers import shown_tables
from twinseg.report.grid_page import _curves, _forests, _question

ROW = {
    "first": "random",
    "second": "imagenet",
    "init": "imagenet",
    "mean_difference": 0.1,
    "low": 0.05,
    "high": 0.15,
    "all_same": False,
}


def points(*amounts: tuple[str, float, int]) -> pd.DataFrame:
    """Rows of a table at each (design, fraction, number of training cases)."""
    names = ("design", "fraction", "train_cases")
    return pd.DataFrame([ROW | dict(zip(names, at, strict=True)) for at in amounts])


def test_rows_are_named_by_what_they_are_the_difference_of() -> None:
    rows = points(("random", 0.5, 20), ("random", 1.0, 40), ("sparse", 0.5, 18))
    (starts,) = _forests(rows, "{second} minus {first}")
    numbers = ": +0.100 (+0.050 to +0.150)"
    most, fewer, sparse = (
        starts.svg.index(f"imagenet minus random, {of}{numbers}")
        for of in ("40 cases", "20 cases", "18 cases, sparse")
    )
    assert most < fewer < sparse  # the largest amount first
    (designs,) = _forests(rows[2:], "{init}: {design} minus random")
    assert f"imagenet: sparse minus random, 18 cases{numbers}" in designs.svg


def test_many_rows_make_several_figures() -> None:
    rows = points(*(("random", 1 / n, n) for n in range(1, 31)))
    assert len([*_forests(rows, "{second} minus {first}")]) == 2


def test_a_curve_is_drawn_over_several_fractions_even_of_as_many_cases() -> None:
    mean = {"mean": 0.8}
    several = points(("random", 1.0, 40), ("random", 0.5, 20), ("sparse", 0.5, 20)).assign(**mean)
    (drawn,) = _curves(several, ["imagenet"])
    assert "drawn by design random" in drawn.caption
    rounded = points(("random", 1.0, 2), ("random", 0.9, 2)).assign(**mean)
    assert len([*_curves(rounded, ["imagenet"])]) == 1  # as its lead says


def contrast(name: str, cases: int, card: str = "card.jpg", design: str = "random") -> ContrastRow:
    twins = ("ImageNet twin", "random twin")
    return ContrastRow(name, f"{name}/index.html", cases, design, (0.8, 0.7), card, twins)


def test_contrasts_of_most_and_of_fewest_cases_are_shown_in_pictures() -> None:
    rows = [contrast("half", 20), contrast("all", 40), contrast("tenth", 4)]
    assert [row.id for row in most_and_least(rows)] == ["all", "tenth"]
    assert [row.id for row in most_and_least([*rows[:2], contrast("tenth", 4, "")])] == [
        "all",
        "half",
    ]
    seeds = [contrast(f"s{seed}", 40) for seed in range(3)]
    assert [row.id for row in most_and_least(seeds)] == ["s0", "s2"]
    assert most_and_least(seeds[:1]) == seeds[:1]
    assert most_and_least([contrast("bare", 40, "")]) == []
    twins = "a test case, the ImageNet twin, the random twin."
    assert rows[0].caption == f"With 20 training cases: {twins}"
    sparse = contrast("sparse", 9, design="sparse")
    assert sparse.caption == f"With 9 training cases drawn by design sparse: {twins}"


def test_tables_are_narrow_and_tell_once_what_is_alike_in_all_rows() -> None:
    rows = points(("random", 0.5, 20), ("random", 1.0, 40))
    rows = rows.assign(level=0.95, seeds=np.nan, sentence="random minus imagenet ...")
    (shown,) = shown_tables({"contrasts_by_amount": rows}, "contrasts_by_amount")
    assert [column.label for column in shown.columns] == ["fraction", "train cases"]
    assert shown.rows == (("0.500", "20"), ("1", "40"))
    assert ("level", "0.950") in shown.alike
    assert ("all same", "no") in shown.alike
    assert not {"sentence", "seeds"} & {name for name, _ in shown.alike}
    (alone,) = shown_tables({"contrasts_by_amount": rows[:1]}, "contrasts_by_amount")
    assert ("first", "random") in alone.alike  # words
    assert "level" in [column.label for column in alone.columns]  # numbers stay in the row
    assert [*shown_tables({"contrasts_by_amount": rows[:0]}, "contrasts_by_amount")] == []


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ({"seed": (0, 1)}, "How do the ImageNet twin and random twin compare?"),
        (
            {"fraction": (1.0, 0.5), "design": ("random", "sparse")},
            "How do the ImageNet twin and random twin compare, and at which amount of data, and "
            "with which training cases?",
        ),
    ],
)
def test_the_page_asks_what_the_grid_can_answer(asked: dict[str, Any], question: str) -> None:
    assert _question(GridSettings(**asked)) == question
