"""What is one click away: only what the tables can answer, of a grid's first contrast."""

from pathlib import Path

import pytest

from twinseg.view.columns import Column, Columns, Type
from twinseg.view.questions import questions_of
from twinseg.view.shown import ShownContrast

CONTRAST = ShownContrast("imagenet-random-f100-s0", "a", "b", "A and B", ("A", "B"))


def column(metric: str, model: str) -> Column:
    name = f"{metric}.{model}" if model else metric
    return Column(name, Type.NUMBER, "", "", Path(), metric, {}, metric, model)


@pytest.mark.parametrize(
    ("model", "sort"),
    [("", "disagreement"), (CONTRAST.id, f'disagreement["{CONTRAST.id}"]')],
)
def test_disagreement_of_a_pair_and_of_a_grid(model: str, sort: str) -> None:
    columns = Columns((column("disagreement", model),), {})
    asked = {one.id: one.sort for one in questions_of(columns, [CONTRAST])}
    assert asked["disagreeing"] == sort
    assert "worst" not in asked  # there is no Dice


def test_without_disagreement_it_is_not_asked() -> None:
    columns = Columns((column("rarity", ""),), {})
    assert "disagreeing" not in {one.id for one in questions_of(columns, [CONTRAST])}
