"""Everything on the page, section by section, and the templates that hold it."""

from math import isnan

import jinja2
from markupsafe import Markup, escape

from twinseg.comparison.words import number, percent, probability
from twinseg.metrics import METRICS, WHEN_EMPTY
from twinseg.report.answer import answer, sentences
from twinseg.report.asked import check_twins, settings_in_words
from twinseg.report.contents import Contents
from twinseg.report.data_facts import parts_of, shares_by_part
from twinseg.report.figures import Curve, Series, Span, curves, forest, paired, strips
from twinseg.report.gallery import Exhibit
from twinseg.report.models import Model
from twinseg.report.overlay_files import HeatScale
from twinseg.report.overlays import TOP_PERCENTILE, colour_bar
from twinseg.report.score_table import summarise_scores
from twinseg.report.tiles import TYPE1_COLOUR, TYPE2_COLOUR, data_uri

_SHOWN_METRICS = ("dice", "type1_rate", "type2_rate")


def render_page(
    study: Contents, scales: tuple[HeatScale, ...], exhibits: tuple[Exhibit, ...]
) -> str:
    """Fill the templates; every text that comes from files is escaped."""
    table = summarise_scores(study)
    template = _environment(study.models).get_template("page.html")
    return template.render(
        study=study,
        answer=answer(study, table),
        table=table,
        asked=settings_in_words(study.settings),
        checks=check_twins(study),
        parts=parts_of(study),
        shares=strips(shares_by_part(study), label="share of foreground"),
        training=_training_figures(study),
        distributions=[_distribution(study, metric) for metric in _SHOWN_METRICS],
        comparisons=_compared(study, table.distance_unit),
        exhibits=exhibits,
        scales=scales,
        top_percentile=TOP_PERCENTILE,
        colour_bar=data_uri(colour_bar()),
        error_colours=(TYPE1_COLOUR, TYPE2_COLOUR),
        metrics=METRICS,
        when_empty=WHEN_EMPTY,
        said_of={
            fact: sorted({getattr(one, fact) for one in study.comparisons})
            for fact in ("level", "method", "correction", "effect_name")
        },
    )


def name_models(text: str, models: tuple[Model, ...]) -> Markup:
    """Escape a text and put the label and colour of a model where its id stands in backticks."""
    html = str(escape(text))
    for model in models:
        html = html.replace(f"`{escape(model.id)}`", str(_chip(model)))
    return Markup(html)


def _environment(models: tuple[Model, ...]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("twinseg.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "percent": percent,
        "chip": _chip,
        "top": lambda top: "no value above 0" if isnan(top) else number(top),
        "p_value": lambda p_value: probability(p_value).removeprefix("= "),
        "name_models": lambda text: name_models(text, models),
    }
    return environment


def _chip(model: Model) -> Markup:
    template = Markup('<span class="model" style="--colour: {}">{}</span>')
    return template.format(model.colour, model.label)


def _training_figures(study: Contents) -> list[Markup]:
    columns = {"train_loss": "mean loss of the epoch", "validation_dice": "validation Dice"}
    return [
        curves(
            [
                Curve(
                    run.model.label,
                    run.model.colour,
                    run.history["epoch"].to_numpy(dtype=float),
                    run.history[column].to_numpy(dtype=float),
                    run.manifest["best_epoch"],
                )
                for run in study.runs
            ],
            label=label,
        )
        for column, label in columns.items()
    ]


def _distribution(study: Contents, metric: str) -> dict[str, object]:
    """Both figures of a metric, and on how many cases each twin has the higher value."""
    series = [
        Series(model.label, model.colour, study.scores_of(metric, model)) for model in study.models
    ]
    first, second = series[0].values, series[1].values
    label = METRICS[metric].label
    return {
        "metric": METRICS[metric],
        "strips": strips(series, label=f"{label} per case"),
        "paired": paired(series[0], series[1], label=label),
        "first_higher": int((first > second).sum()),
        "second_higher": int((first < second).sum()),
        "equal": int((first == second).sum()),
    }


def _compared(study: Contents, distance_unit: str) -> list[dict[str, object]]:
    """One block a metric: the forest plot, the sentences, the rows of the table."""
    labels = {model.id: model.label for model in study.models}
    blocks: list[dict[str, object]] = []
    for metric in dict.fromkeys(comparison.metric for comparison in study.comparisons):
        rows = [one for one in study.comparisons if one.metric == metric]
        spans = [
            Span(
                f"{labels.get(one.second, one.second)} minus {labels.get(one.first, one.first)}",
                one.mean_difference,
                one.low,
                one.high,
            )
            for one in rows
        ]
        about = METRICS[metric]
        side = "right" if about.higher_is_better else "left"
        blocks.append(
            {
                "metric": about,
                "side": side,
                "forest": forest(spans, label=f"mean difference in {about.label}"),
                "sentences": sentences(study, metric, distance_unit),
                "rows": rows,
            }
        )
    return blocks
