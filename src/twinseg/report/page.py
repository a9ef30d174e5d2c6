"""What the templates of the page of a study are given."""

from dataclasses import dataclass

import jinja2
from markupsafe import Markup, escape

from twinseg.comparison.families import PRIMARY
from twinseg.findings.heat_maps import TOP_PERCENTILE
from twinseg.metrics import MAIN_METRICS, METRICS
from twinseg.report.annex.draw_annex import Annex
from twinseg.report.answer import answer
from twinseg.report.data_facts import shares_by_part
from twinseg.report.detail_section import draw_details
from twinseg.report.environment import environment, with_code
from twinseg.report.evidence_section import Evidence, measures_shown
from twinseg.report.figures import strips
from twinseg.report.gallery import Exhibit, most_telling
from twinseg.report.index_page import grid_page_of, start_page_of
from twinseg.report.label_section import LabelFigures
from twinseg.report.missed_section import draw_missed
from twinseg.report.models import Model, of_page
from twinseg.report.overlay_files import HeatScale
from twinseg.report.overlays import colour_bar
from twinseg.report.reproduce import PARTS, command_of
from twinseg.report.rule_section import draw_rules
from twinseg.report.score_table import ScoreTable
from twinseg.report.sections import (
    draw_comparisons,
    draw_differences,
    draw_distribution,
    draw_training,
)
from twinseg.report.settings_section import check_twins, settings_in_words
from twinseg.report.strata_section import draw_strata
from twinseg.report.stress_section import draw_stress
from twinseg.report.study_contents import Contents
from twinseg.report.tiles import data_uri

SHOWN_METRICS = ("dice", "type1_rate", "type2_rate", "hausdorff95")


@dataclass(frozen=True, kw_only=True)
class PageParts:
    """What is drawn before the page is filled."""

    scales: tuple[HeatScale, ...]
    exhibits: tuple[Exhibit, ...]
    labels: LabelFigures
    evidence: Evidence
    table: ScoreTable
    annex: Annex


def render_page(study: Contents, parts: PageParts) -> str:
    """Fill the templates; every text that comes from files is escaped."""
    told = answer(study, parts.table, parts.evidence)
    known = not told.few_groups
    template = _environment(study.models).get_template("page.html")
    return template.render(
        study=study,
        start=start_page_of(study.folder),
        grid=grid_page_of(study.files),
        answer=told,
        differences=draw_differences(study, known=known),
        shown_metrics=SHOWN_METRICS,
        table=parts.table,
        asked=settings_in_words(study.settings, study.runs[0].manifest),
        checks=check_twins(study),
        parts=study.rows("splits"),
        shares=strips(shares_by_part(study), label="share of foreground"),
        training=draw_training(study),
        distributions=[draw_distribution(study, metric) for metric in MAIN_METRICS],
        comparisons=draw_comparisons(study, parts.table.distance_unit, known=known),
        said_of={
            fact: sorted({getattr(one, fact) for one in study.comparisons})
            for fact in ("level", "method", "correction", "effect_name")
        },
        primary=PRIMARY,
        rules=draw_rules(study),
        exhibits=parts.exhibits,
        telling=most_telling(parts.exhibits),
        missed=draw_missed(study),
        annex=parts.annex,
        command=command_of(study.settings),
        parts_of_study=PARTS,
        labels=parts.labels,
        evidence=parts.evidence,
        details=draw_details(study),
        stress=draw_stress(study),
        strata=draw_strata(study),
        about_evidence=measures_shown(),
        scales=parts.scales,
        top_percentile=TOP_PERCENTILE,
        colour_bar=data_uri(colour_bar()),
        metrics=METRICS,
    )


def name_models(text: str, models: tuple[Model, ...]) -> Markup:
    """Escape a text and put the label and colour of a model where its id stands in backticks."""
    html = str(escape(text))
    for model in models:
        html = html.replace(f"`{escape(model.id)}`", str(_chip(model)))
    return with_code(Markup(html))


def _environment(models: tuple[Model, ...]) -> jinja2.Environment:
    page = environment()
    page.filters |= {
        "chip": _chip,
        "name_models": lambda text: name_models(text, models),
    }
    return page


def _chip(model: Model) -> Markup:
    template = Markup('<span class="model" style="--colour: {}">{}</span>')
    return template.format(of_page(model.colour), model.label)
