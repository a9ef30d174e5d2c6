"""The answer in plain words, made from the tables; `model id` in backticks names a model."""

from dataclasses import dataclass

from twinseg.comparison import sentence
from twinseg.comparison.number_text import number, percent
from twinseg.core.words import amount
from twinseg.metrics import DISTANCE, METRICS
from twinseg.report.models import Model
from twinseg.report.score_table import Cell, ScoreTable
from twinseg.report.study_contents import Contents

FEWEST_TEST_GROUPS = 6  # with fewer, an interval spans little more than the groups themselves


@dataclass(frozen=True)
class Answer:
    """What a reader in a hurry takes home, and what belongs to it."""

    short: str
    more: str


def answer(study: Contents, table: ScoreTable) -> Answer:
    """Say how well the twins segment, whether they differ, and what is left open."""
    dice = table.headline
    first, second = study.twins
    cases, groups = len(study.test_cases), len(set(study.test_groups))
    tested = f"On {amount(cases, 'test case')} of {amount(groups, 'group')}"
    if not any(cell.summary.cases for cell in table.cells["dice"].values()):
        return Answer(f"{tested} no model has a defined Dice: every mask is empty.", "")
    reached = (
        f"{tested} the `{first.id}` reached {_reached(dice[first])}, "
        f"the `{second.id}` {_reached(dice[second])}."
    )
    more = [*_rules(study, dice), *_missed(study, table), *_apart(study, table)]
    if groups < FEWEST_TEST_GROUPS:
        more.append(f"Intervals from {amount(groups, 'group')} are not to be relied on.")
    if empty := cases - table.with_object:
        more.append(
            f"Test cases with nothing to find: {empty}; there Dice is 0 as soon as a pixel is "
            "marked, and undefined if none is."
        )
    more.append("Each twin was trained once: other seeds may give other numbers.")
    said = [reached, *_difference_of_twins(study)]
    return Answer(" ".join(said), " ".join(more))


def sentences(study: Contents, metric: str, distance_unit: str) -> list[str]:
    """Say every comparison in one metric; distances are in ``distance_unit``."""
    label = METRICS[metric].label
    unit = distance_unit if METRICS[metric].unit == DISTANCE else ""
    return [
        sentence(comparison, label=label, unit=unit)
        for comparison in study.comparisons
        if comparison.metric == metric
    ]


def _difference_of_twins(study: Contents) -> list[str]:
    twins = {twin.id for twin in study.twins}
    return [
        sentence(comparison, label=METRICS["dice"].label)
        for comparison in study.comparisons
        if comparison.metric == "dice" and {comparison.first, comparison.second} == twins
    ]


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


def _apart(study: Contents, table: ScoreTable) -> list[str]:
    """Say on which cases all of these means stand, and what stands apart."""
    apart = len(study.test_cases) - table.shared
    if not apart:
        return []
    fewer = ", ".join(
        f"`{model.id}` on {cell.summary.cases}"
        for model, cell in table.headline.items()
        if cell.summary.cases < table.shared
    )
    return [
        f"These means and their difference stand on the {amount(table.shared, 'case')} in which "
        f"both twins have a defined Dice{f' ({fewer} of them)' if fewer else ''}; in "
        f"{amount(apart, 'more case')} there was nothing to find and at least one marked nothing."
    ]


def _reached(cell: Cell) -> str:
    if not cell.summary.cases:
        return "no defined Dice"
    mean = f"a mean Dice of {number(cell.summary.mean)}"
    low, high = cell.interval.low, cell.interval.high
    if low != low:
        return f"{mean} (fewer than six groups: no interval)"
    return f"{mean} ({percent(cell.interval.level)} interval {number(low)} to {number(high)})"
