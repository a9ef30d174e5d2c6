"""The page of a grid: the answers across all runs, and the way to each contrast's own page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import pandas as pd
from markupsafe import Markup

from twinseg.core.store import write_text
from twinseg.core.tables import read_table
from twinseg.core.words import amount
from twinseg.findings.grid.answers import takeaways
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import Grid, GridSettings
from twinseg.records.grid_tables import GRID_TABLES
from twinseg.records.inits import told_init
from twinseg.report.difference_figures import Span, forest
from twinseg.report.environment import environment
from twinseg.report.grid_contrasts import contrast_rows, most_and_least
from twinseg.report.grid_figures import MeasuredLine, lines_over_cases
from twinseg.report.grid_numbers import Shown, shown_tables
from twinseg.report.index_page import start_page_of
from twinseg.report.models import RULE_COLOURS, TWIN_COLOURS, twin_label
from twinseg.report.study_contents import read_study_facts, title_of

_MOST_SPANS = 24  # that one figure shows


@dataclass(frozen=True)
class Section:
    """One question: its answer in a sentence or two, figures, and the numbers behind folds."""

    id: str
    title: str
    lead: str
    figures: tuple["Drawn", ...]
    tables: tuple[Shown, ...]


@dataclass(frozen=True)
class Drawn:
    """A figure and what it shows."""

    svg: Markup
    caption: str


def write_grid_page(folder: StudyFolder, grid: Grid, missing: Sequence[str]) -> None:
    """Write the page of a grid from its tables.

    Args:
        folder: Of the grid.
        grid: What was asked.
        missing: Names of the contrasts that are not there, since a run failed.
    """
    tables = {name: read_table(folder.table(name)) for name in GRID_TABLES}
    scores = read_table(folder.table("scores"))
    sections = [section for section in _sections(tables, grid.axes) if section.tables]
    there = [one for one in grid.contrasts if one.contrast.id not in missing]
    contrasts = [*contrast_rows(folder, there, scores)]
    html = (
        environment()
        .get_template("grid_page.html")
        .render(
            about=_about(folder, grid, scores, missing),
            start=start_page_of(folder.path),
            takeaways=takeaways(tables),
            sections=sections,
            contrasts=contrasts,
            shown=most_and_least(contrasts),
        )
    )
    write_text(folder.report, html)


def _about(
    folder: StudyFolder, grid: Grid, scores: pd.DataFrame, missing: Sequence[str]
) -> dict[str, str]:
    axes = grid.axes
    cases, groups = scores["case"].nunique(), scores["group"].nunique()
    lost = (
        f"{amount(len(missing), 'contrast')} of {len(grid.contrasts)} came to nothing and are "
        f"missing from every answer: {', '.join(missing)}"
    )
    return {
        "title": title_of(read_study_facts(folder.path)),
        "remark": grid.shared.remark,
        "missing": lost if missing else "",
        "question": _question(axes),
        "stands_on": (
            f"{amount(scores.loc[scores['kind'] == 'run', 'model'].nunique(), 'run')} of "
            f"{amount(len(axes.fraction), 'amount')} of data, {amount(len(axes.design), 'design')} "
            f"and {amount(len(axes.seed), 'seed')}, all tested on the same {amount(cases, 'case')} "
            f"of {amount(groups, 'group')}. Intervals are over groups."
        ),
    }


def _question(axes: GridSettings) -> str:
    inits = " and ".join([", ".join(map(twin_label, axes.init[:-1])), twin_label(axes.init[-1])])
    amounts = ", and at which amount of data" if len(axes.fraction) > 1 else ""
    designs = ", and with which training cases" if len(axes.design) > 1 else ""
    return f"How do the {inits} compare{amounts}{designs}?"


def _sections(tables: dict[str, pd.DataFrame], axes: GridSettings) -> Iterator[Section]:
    """Yield every section; one without tables has nothing to say."""
    points, contrasts = tables["learning_points"], tables["contrasts_by_amount"]
    yield Section(
        "learning",
        "With more data",
        _said(tables["learning_laws"]) or _lead_of_curves(points),
        tuple(_curves(points[points["rule"] == ""], [*map(told_init, axes.init)])),
        shown_tables(tables, "learning_points", "learning_laws"),
    )
    yield Section(
        "starts",
        "Start against start",
        "The difference of two starts at each point of the grid, second minus first, case by case.",
        tuple(_forests(contrasts, "{second} minus {first}")),
        shown_tables(tables, "contrasts_by_amount", "seeds_and_cases", "grid_model"),
    )
    designs = tables["designs_against_random"]
    yield Section(
        "designs",
        "Which cases to train on",
        "Training cases drawn by a design, against as large a share drawn at random.",
        tuple(_forests(designs[designs["metric"] == "dice"], "{init}: {design} minus random")),
        shown_tables(tables, "designs_against_random"),
    )
    yield Section(
        "replicates",
        "Do replicates agree?",
        _said(tables["replicates"]) or _said(tables["variance_components"]),
        (),
        shown_tables(tables, "replicates", "variance_components"),
    )
    rules = tables["rules_by_amount"]
    yield Section(
        "rules",
        "Combining masks",
        "Each rule minus the twin that is better on validation cases.",
        tuple(_forests(rules[rules["best"].astype(bool)], "{rule}")),
        shown_tables(tables, "rules_by_amount"),
    )


def _said(table: pd.DataFrame) -> str:
    return " ".join(table["sentence"].iloc[:2]) if len(table) else ""


def _lead_of_curves(points: pd.DataFrame) -> str:
    if points["fraction"].nunique() > 1:
        return "Mean Dice over the number of training cases."
    return "Mean Dice at one amount of training data: a curve needs another, `--fraction 1,0.5`."


def _curves(points: pd.DataFrame, inits: Sequence[str]) -> Iterator[Drawn]:
    """Yield a figure for each design of several amounts: a line for each start."""
    colours = dict(zip(inits, cycle((*TWIN_COLOURS, *RULE_COLOURS)), strict=False))
    for design, rows in points.groupby("design", sort=False):
        if rows["fraction"].nunique() < 2:
            continue
        ordered = rows.sort_values("train_cases")
        lines = [
            _line(twin_label(init), colours[init], ordered[ordered["init"] == init])
            for init in inits
        ]
        caption = (
            f"Mean Dice of the test cases, training cases drawn by design {design}; lines "
            "upright: intervals over groups"
        )
        yield Drawn(lines_over_cases(lines, label="mean Dice"), caption)


def _forests(rows: pd.DataFrame, about: str) -> Iterator[Drawn]:
    """Yield figures of mean differences, largest amounts of data first.

    Args:
        rows: Of one of the tables.
        about: What a row is the difference of, with names of columns in braces.
    """
    rows = rows.sort_values("train_cases", ascending=False, kind="stable")
    for start in range(0, len(rows), _MOST_SPANS):
        some = rows.iloc[start : start + _MOST_SPANS]
        spans = [_span(row, about) for _, row in some.iterrows()]
        yield Drawn(
            forest(spans, label="difference of Dice"),
            "Mean differences with their intervals; a full dot: the interval does not hold 0",
        )


def _line(label: str, colour: str, points: pd.DataFrame) -> MeasuredLine:
    cases, means, low, high = (
        points[name].to_numpy(float) for name in ("train_cases", "mean", "low", "high")
    )
    return MeasuredLine(label, colour, cases, means, low, high)


def _span(row: pd.Series, about: str) -> Span:
    is_usual = row["design"] == "random" or "{design}" in about
    design = "" if is_usual else f", {row['design']}"
    mean, low, high = (float(row[name]) for name in ("mean_difference", "low", "high"))
    return Span(
        f"{about.format_map(row)}, {row['train_cases']} cases{design}",
        mean,
        low,
        high,
        low > 0 or high < 0,
        bool(row["all_same"]),
    )
