"""The answer in plain words, made from the tables; `model id` in backticks names a model."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison import sentence
from twinseg.comparison.words import number, percent
from twinseg.core.words import amount
from twinseg.report.contents import Contents
from twinseg.report.models import Model
from twinseg.report.score_table import Cell, ScoreTable

FEWEST_TEST_GROUPS = 6  # with fewer, an interval spans little more than the groups themselves


@dataclass(frozen=True)
class Answer:
    """What a reader in a hurry takes home, and what belongs to it."""

    short: str
    more: str


def answer(study: Contents, table: ScoreTable) -> Answer:
    """Say how well the twins segment, whether they differ, and what is left open."""
    dice = table.cells["dice"]
    first, second = study.twins
    cases, groups = len(study.test_cases), len(set(study.test_groups))
    tested = f"On {amount(cases, 'test case')} of {amount(groups, 'group')}"
    if not any(cell.summary.cases for cell in dice.values()):
        return Answer(f"{tested} no model has a defined Dice: every mask is empty.", "")
    reached = (
        f"{tested} the `{first.id}` reached {_reached(dice[first])}, "
        f"the `{second.id}` {_reached(dice[second])}."
    )
    more = [*_rules(study, dice), *_missed(study, table), *_undefined(dice)]
    if groups < FEWEST_TEST_GROUPS:
        more.append(f"Intervals from {amount(groups, 'group')} are not to be relied on.")
    if empty := cases - table.with_object:
        more.append(
            f"Test cases with nothing to find: {empty}; there Dice is 0 as soon as a pixel is "
            "marked, and undefined if none is."
        )
    more.append("Each twin was trained once: other seeds may give other numbers.")
    said = [reached, *_difference_of_twins(study), *_shared_cases(study)]
    return Answer(" ".join(said), " ".join(more))


def sentences(study: Contents, metric: str, distance_unit: str) -> list[str]:
    """Say every comparison in one metric."""
    return [
        sentence(comparison, distance_unit=distance_unit)
        for comparison in study.comparisons
        if comparison.metric == metric
    ]


def _difference_of_twins(study: Contents) -> list[str]:
    twins = {twin.id for twin in study.twins}
    return [
        sentence(comparison)
        for comparison in study.comparisons
        if comparison.metric == "dice" and {comparison.first, comparison.second} == twins
    ]


def _shared_cases(study: Contents) -> list[str]:
    """Say how many cases the difference stands on, if a mean above stands on others."""
    defined = [np.isfinite(study.scores_of("dice", twin)) for twin in study.twins]
    shared = int(np.logical_and(*defined).sum())
    if all(int(one.sum()) == shared for one in defined):
        return []
    return [f"The difference is of the {shared} cases in which both have a defined Dice."]


def _rules(study: Contents, dice: dict[Model, Cell]) -> list[str]:
    rules = [model for model in study.pictured if model not in study.twins]
    if not rules:
        return []
    reached = ", ".join(f"`{rule.id}` {_reached(dice[rule])}" for rule in rules)
    return [f"Combined by rule, their masks reached: {reached}."]


def _missed(study: Contents, table: ScoreTable) -> list[str]:
    if not table.with_object:
        return []
    counts = ", ".join(f"`{twin.id}`: {table.missed[twin]}" for twin in study.twins)
    return [f"Objects missed completely, of {table.with_object}: {counts}."]


def _undefined(dice: dict[Model, Cell]) -> list[str]:
    counts = ", ".join(
        f"`{model.id}`: {cell.summary.undefined}"
        for model, cell in dice.items()
        if cell.summary.undefined
    )
    left_out = "Cases left out of the mean because mask and reference are both empty"
    return [f"{left_out}: {counts}."] if counts else []


def _reached(cell: Cell) -> str:
    if not cell.summary.cases:
        return "no defined Dice"
    mean = f"a mean Dice of {number(cell.summary.mean)}"
    low, high = cell.interval.low, cell.interval.high
    if low != low:
        return f"{mean} (one group: no interval)"
    return f"{mean} ({percent(cell.interval.level)} interval {number(low)} to {number(high)})"
