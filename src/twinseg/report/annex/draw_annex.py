"""Everything of the annex, for the templates."""

from dataclasses import dataclass

from twinseg.report.annex import checklists as known
from twinseg.report.annex.cards import Entry, data_card, model_card
from twinseg.report.annex.checklists import CLAIM, TRIPOD_AI, Row, filled
from twinseg.report.annex.methods_text import MethodsText, methods_text
from twinseg.report.answer import has_enough_groups
from twinseg.report.score_table import ScoreTable
from twinseg.report.study_contents import Contents


@dataclass(frozen=True)
class Annex:
    """The section."""

    methods: MethodsText
    model_card: tuple[Entry, ...]
    data_card: tuple[Entry, ...]
    checklists: dict[str, tuple[Row, ...]]


def draw_annex(study: Contents, table: ScoreTable) -> Annex:
    """Write methods, cards and checklists from what the study knows."""
    methods = methods_text(study, table)
    answers = _answers(study, dict(methods.paragraphs))
    return Annex(
        methods=methods,
        model_card=model_card(study, table, known=has_enough_groups(study)),
        data_card=data_card(study),
        checklists={
            "TRIPOD+AI (2024)": filled(TRIPOD_AI, answers),
            "CLAIM (2020)": filled(CLAIM, answers),
        },
    )


def _answers(study: Contents, paragraphs: dict[str, str]) -> dict[str, str]:
    """Say where on the page an item is answered; what has no section has no answer."""

    def at(section: str, name: str = "Methods") -> str:
        return f"see “{section}” in {name}" if section in paragraphs else ""

    answers = {
        known.GOAL: "two models that differ in their first weights are trained and compared",
        known.DATA: at("Data") + " and the data card",
        known.SHOWN: at("Data"),
        known.SPLIT: at("Data") + "; numbers stand under “Data and split”",
        known.LEFT_OUT: "see “Data and split”: what was left out, with reasons",
        known.MODEL: at("Models"),
        known.START: at("Models") + "; weights lie in runs/ with their checksums",
        known.TRAINING: at("Training") + "; all settings stand under “The twins”",
        known.KEPT: at("Training"),
        known.RULES: at("Combinations"),
        known.METRICS: at("Evaluation"),
        known.TESTS: at("Evaluation"),
        known.MAPS: at("Heat maps") + "; verdicts stand under “May these heat maps be believed?”",
        known.SCORES: "see “Results”",
        known.PARTLY_SCORES: "in part: see “Results”; groups of people are open",
        known.FAILURES: "see “Cases”: the worst and those where the models part",
        known.LIMITS: "see “How to read this, and its limits”",
        known.SOFTWARE: at("Software"),
    }
    if len(study.table("strata")):
        answers[known.STRATA] = "see “Among parts of the cases”"
    return answers
