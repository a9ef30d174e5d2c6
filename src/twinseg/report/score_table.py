"""The table of scores in short: mean, interval and median of each metric and model."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison import Interval, estimate_mean
from twinseg.core.seeds import stream
from twinseg.metrics import DISTANCE, METRICS, Summary, summarise
from twinseg.report.contents import Contents
from twinseg.report.models import Model


@dataclass(frozen=True)
class Cell:
    """One metric of one model over the test cases."""

    summary: Summary
    interval: Interval  # of the mean, over groups: the one to believe at their number
    interval_method: str


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


def summarise_scores(study: Contents) -> ScoreTable:
    """Summarise every metric of every model."""
    units = sorted(study.scores["distance_unit"].unique())
    unit = str(units[0]) if len(units) == 1 else ""
    reference_px = study.scores_of("reference_pixels", study.twins[0])
    cells = {
        metric: {model: _cell(study, metric, model, unit) for model in study.models}
        for metric in METRICS
    }
    both = np.all([np.isfinite(study.scores_of("dice", twin)) for twin in study.twins], axis=0)
    methods = {cell.interval_method for row in cells.values() for cell in row.values()}
    return ScoreTable(
        cells=cells,
        interval_methods=tuple(sorted(methods)),
        headline={model: _cell(study, "dice", model, unit, among=both) for model in study.pictured},
        shared=int(both.sum()),
        missed={
            model: int(((study.scores_of("dice", model) == 0) & (reference_px > 0)).sum())
            for model in study.models
        },
        with_object=int((reference_px > 0).sum()),
        distance_unit=unit,
    )


def _cell(
    study: Contents, metric: str, model: Model, unit: str, *, among: np.ndarray | None = None
) -> Cell:
    values = study.scores_of(metric, model)
    if among is not None:
        values = np.where(among, values, np.nan)
    if METRICS[metric].unit == DISTANCE and not unit:
        values = np.full_like(values, np.nan)  # millimetres and pixels have no common mean
    rng = stream(study.seed, "report", study.dataset["name"], metric, model.id)
    estimate = estimate_mean(values, study.test_groups, rng=rng, bounds=METRICS[metric].range)
    return Cell(summarise(values), estimate.trusted, estimate.believed)
