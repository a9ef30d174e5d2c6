"""The table of scores in short: mean, interval and median of each metric and model."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from twinseg.comparison import Interval
from twinseg.findings.score_summaries import ALL, BOTH_TWINS
from twinseg.metrics import METRICS, Summary
from twinseg.report.models import Model
from twinseg.report.study_contents import Contents


@dataclass(frozen=True)
class Cell:
    """One metric of one model over the test cases."""

    summary: Summary
    interval: Interval  # of the mean, over groups: the one to believe at their number
    interval_method: str

    def in_words(self, write: Callable[[float], str], *, undefined: str, named: str = "") -> str:
        """Write the mean and, where it is known, its interval behind what that is named."""
        if not self.summary.cases:
            return undefined
        mean = write(self.summary.mean)
        if not self.interval.is_known:
            return mean
        return f"{mean} ({named}{write(self.interval.low)} to {write(self.interval.high)})"


@dataclass(frozen=True)
class ScoreTable:
    """All cells, and what a mean cannot show."""

    cells: dict[str, dict[Model, Cell]]  # metric -> model -> cell
    headline: dict[Model, Cell]  # Dice on the cases in which both twins have one
    shared: int  # how many these are
    missed: dict[Model, int]  # reference objects without one pixel found
    with_object: int  # test cases whose reference is not empty
    interval_methods: tuple[str, ...]  # one, unless metrics are defined on very different cases
    distance_unit: str  # mm or px; "" if cases differ, which leaves distances undefined


def read_score_table(study: Contents) -> ScoreTable:
    """Read the summary of every metric of every model."""
    units = sorted(study.scores["distance_unit"].unique())
    found = {
        (row["model"], row["metric"], row["cases_of"]): _cell(row)
        for row in study.rows("score_summaries")
    }
    missed = study.table("objects_missed").set_index("model")
    headline = {model: found[model.id, "dice", BOTH_TWINS] for model in study.pictured}
    cells = {
        metric: {model: found[model.id, metric, ALL] for model in study.models}
        for metric in METRICS
    }
    methods = {cell.interval_method for row in cells.values() for cell in row.values()}
    return ScoreTable(
        cells=cells,
        interval_methods=tuple(sorted(methods)),
        headline=headline,
        shared=headline[study.twins[0]].summary.cases,
        missed={model: int(missed["missed"][model.id]) for model in study.models},
        with_object=int(missed["with_object"].iloc[0]),
        distance_unit=str(units[0]) if len(units) == 1 else "",
    )


def _cell(row: dict[str, Any]) -> Cell:
    summary = Summary(**{field.name: row[field.name] for field in fields(Summary)})
    interval = Interval(row["low"], row["high"], row["level"])
    return Cell(summary, interval, row["interval_method"])
