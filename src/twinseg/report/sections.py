"""From tables to the figures and sentences of training, case by case, and comparison."""

from dataclasses import dataclass

from markupsafe import Markup

from twinseg.comparison import Comparison
from twinseg.metrics import METRICS, Metric
from twinseg.report.answer import sentences
from twinseg.report.figures import CaseValues, Curve, Span, curves, forest, paired, strips
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
    """All comparisons in one metric."""

    metric: Metric
    forest: Markup
    sentences: list[str]
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


def draw_comparisons(study: Contents, distance_unit: str) -> list[Block]:
    """Draw and say every comparison, metric by metric."""
    labels = {model.id: model.label for model in study.models}
    blocks = []
    for metric in dict.fromkeys(comparison.metric for comparison in study.comparisons):
        rows = [comparison for comparison in study.comparisons if comparison.metric == metric]
        spans = [
            Span(
                f"{labels[row.second]} minus {labels[row.first]}",
                row.mean_difference,
                row.low,
                row.high,
            )
            for row in rows
        ]
        drawn = forest(spans, label=f"mean difference in {METRICS[metric].label}")
        blocks.append(Block(METRICS[metric], drawn, sentences(study, metric, distance_unit), rows))
    return blocks
