"""From tables to the figures and sentences of training, case by case, and comparison."""

from dataclasses import dataclass
from math import nan

from markupsafe import Markup

from twinseg.comparison import Comparison, sentence
from twinseg.core.words import amount
from twinseg.metrics import DISTANCE, METRICS, Metric
from twinseg.report.answer import twins_compared
from twinseg.report.difference_figures import Span, differences, forest
from twinseg.report.figures import CaseValues, Curve, curves, paired, strips
from twinseg.report.study_contents import Contents

_CURVES = {"train_loss": "mean loss of the epoch", "validation_dice": "validation Dice"}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One metric case by case; the counts are cases, without those undefined for a twin."""

    metric: Metric
    strips: Markup
    paired: Markup
    first_higher: int
    second_higher: int
    equal: int


@dataclass(frozen=True)
class Block:
    """All comparisons in one metric.

    Attributes:
        metric: In which.
        forest: Every mean difference with its numbers.
        common: What most of them have in common, in one sentence.
        alike: Which models have the same values in every case, in words.
        exceptions: What is clear, in words.
        rows: The numbers.
    """

    metric: Metric
    forest: Markup
    common: str
    alike: list[str]
    exceptions: list[str]
    rows: list[Comparison]


def draw_training(study: Contents) -> list[Markup]:
    """Draw loss and validation Dice of both twins over the epochs."""
    return [
        curves(
            [
                Curve(
                    run.model.label,
                    run.model.colour,
                    run.history["epoch"].to_numpy(dtype=float),
                    run.history[column].to_numpy(dtype=float),
                    run.manifest["kept_epoch"],
                )
                for run in study.runs
            ],
            label=label,
        )
        for column, label in _CURVES.items()
    ]


def draw_distribution(study: Contents, metric: str) -> Distribution:
    """Draw one metric of every test case: model by model, and twin against twin."""
    series = [
        CaseValues(model.label, model.colour, study.scores_of(metric, model))
        for model in study.pictured
    ]
    (wins,) = (row for row in study.rows("win_counts") if row["metric"] == metric)
    label = METRICS[metric].label
    return Distribution(
        metric=METRICS[metric],
        strips=strips(series, label=f"{label} per case"),
        paired=paired(series[0], series[1], label=label),
        first_higher=wins["first_higher"],
        second_higher=wins["second_higher"],
        equal=wins["equal"],
    )


def draw_comparisons(study: Contents, distance_unit: str, *, known: bool) -> list[Block]:
    """Draw every comparison, metric by metric, and say what stands out.

    Args:
        study: What was compared.
        distance_unit: Of distances, mm or px.
        known: Whether there are groups enough for intervals and tests to mean anything.
    """
    labels = {model.id: model.label for model in study.models}
    blocks = []
    for metric in dict.fromkeys(comparison.metric for comparison in study.comparisons):
        rows = [comparison for comparison in study.comparisons if comparison.metric == metric]
        apart = [row for row in rows if not row.same_as]
        about = METRICS[metric]
        unit = distance_unit if about.unit == DISTANCE else ""
        clear = [row for row in apart if row.is_clear and known]
        blocks.append(
            Block(
                about,
                forest(
                    [_span(row, labels, known=known) for row in apart],
                    label=f"mean difference in {about.label}",
                ),
                _common(apart, clear, about, known=known),
                _alike(rows, about),
                _exceptions(clear, {twin.id for twin in study.twins}, about, unit),
                rows,
            )
        )
    return blocks


def _span(row: Comparison, labels: dict[str, str], *, known: bool) -> Span:
    label = f"{labels[row.second]} minus {labels[row.first]}"
    if not known:
        return Span(label, row.mean_difference, nan, nan)
    return Span(label, row.mean_difference, row.low, row.high, row.is_clear)


def _common(rows: list[Comparison], clear: list[Comparison], about: Metric, *, known: bool) -> str:
    if not known:
        return f"Mean differences in {about.label} on these cases; nothing is tested."
    if not clear:
        return (
            f"Of {amount(len(rows), 'comparison')} in {about.label} none is clear. That does not "
            "show that masks are equal."
        )
    rest = len(rows) - len(clear)
    others = (
        f"; of the other {rest} none is, which does not show that they are equal" if rest else ""
    )
    return f"In {about.label} {len(clear)} of {amount(len(rows), 'comparison')} are clear{others}."


def _alike(rows: list[Comparison], about: Metric) -> list[str]:
    """Say which models were compared once for several, and which with themselves."""
    others: dict[tuple[str, bool], list[str]] = {}
    for row in rows:
        if row.same_as:
            others.setdefault((row.same_as, row.same_as == row.first), []).append(f"`{row.second}`")
    return [
        f"The {about.label} of {', '.join(names)} is that of `{same}` in every case: "
        f"{'nothing to test.' if is_first else 'told and counted once.'}"
        for (same, is_first), names in others.items()
    ]


def _exceptions(clear: list[Comparison], twins: set[str], about: Metric, unit: str) -> list[str]:
    """Say which twin is better, and which combinations are better and worse than which model."""
    said = [
        sentence(row, label=about.label, unit=unit)
        for row in clear
        if {row.first, row.second} == twins
    ]
    ways: dict[tuple[str, str], list[str]] = {}
    for row in clear:
        if {row.first, row.second} != twins:
            way = "better" if row.second_is_better else "worse"
            ways.setdefault((way, row.first), []).append(f"`{row.second}`")
    return said + [
        f"Clearly {way} than `{first}`: {', '.join(names)}." for (way, first), names in ways.items()
    ]


def draw_differences(study: Contents, *, known: bool) -> Markup:
    """Draw by how much the Dice of the twins differ, case by case; "" if they were not compared."""
    compared = twins_compared(study, "dice")
    if compared is None:
        return Markup()
    first, second = (
        CaseValues(twin.label, twin.colour, study.scores_of("dice", twin)) for twin in study.twins
    )
    sign = -1 if compared.second == study.twins[1].id else 1
    ends = sorted((sign * compared.low, sign * compared.high)) if known else (nan, nan)
    mean = Span("", sign * compared.mean_difference, *ends)
    return differences(first, second, mean, label=METRICS["dice"].label)
