"""Two published checklists with what a study answers of them; the rest is open to its authors.

Items are in our own words, with the official numbers: TRIPOD+AI of 2024 (27 items, of which parts
have letters) and CLAIM of 2020 (42 items).
"""

from collections.abc import Mapping
from dataclasses import dataclass

DATA, SPLIT, LEFT_OUT, MODEL, START = "data", "split", "left out", "model", "start"
TRAINING, KEPT, RULES, METRICS, TESTS = "training", "kept", "rules", "metrics", "tests"
STRATA, MAPS, SCORES, FAILURES, LIMITS = "strata", "maps", "scores", "failures", "limits"
SOFTWARE, SHOWN, GOAL = "software", "shown", "goal"
PARTLY_SCORES = "scores without groups of people"


@dataclass(frozen=True)
class Item:
    """One item of a checklist.

    Attributes:
        number: The official one.
        what: What is to be reported, in our words.
        answered_by: Key of what a study knows of it; "" where nobody can know it from the data.
    """

    number: str
    what: str
    answered_by: str = ""


@dataclass(frozen=True)
class Row:
    """An item with its answer; open where the authors have to give it."""

    number: str
    what: str
    answer: str

    @property
    def is_open(self) -> bool:
        """Whether the authors have to answer it."""
        return not self.answer


def filled(items: tuple[Item, ...], answers: Mapping[str, str]) -> tuple[Row, ...]:
    """Put the answers of a study to the items of a checklist."""
    return tuple(Row(one.number, one.what, answers.get(one.answered_by, "")) for one in items)


TRIPOD_AI = (
    Item("1", "title says what is predicted, for whom, and that a model is made or tested"),
    Item("2", "abstract by the rules of TRIPOD+AI for abstracts"),
    Item("3a", "the medical question and why a model is wanted"),
    Item("3b", "who is meant, and where in care the model would be used"),
    Item("3c", "known inequalities in health between groups of people"),
    Item("4", "aim: whether a model is made, tested, or both", GOAL),
    Item("5a", "where data come from, for making and for testing"),
    Item("5b", "dates of the data"),
    Item("6a", "kind and number of places the data come from"),
    Item("6b", "who was eligible"),
    Item("6c", "treatments received, if they matter"),
    Item("7", "how data were prepared, and whether alike for all groups of people", SHOWN),
    Item("8a", "what is to be found, and how and when it was determined"),
    Item("8b", "who determined it, with which training"),
    Item("8c", "whether that was done without knowing the model's answer"),
    Item("9a", "why these predictors: here, the images"),
    Item("9b", "how predictors were defined and measured: here, how images were shown", SHOWN),
    Item("9c", "who assessed predictors, if people did"),
    Item("10", "how the number of cases came about, and whether it is enough"),
    Item("11", "what was missing and how that was handled", LEFT_OUT),
    Item("12a", "how data were divided for making and testing", SPLIT),
    Item("12b", "how predictors entered the model", SHOWN),
    Item("12c", "kind of model, how it was built, and all settings", TRAINING),
    Item("12d", "differences between places and how they were handled"),
    Item("12e", "measures of performance and why", METRICS),
    Item("12f", "whether the model was changed after testing"),
    Item("12g", "how predictions follow from the model", MODEL),
    Item("13", "whether and how an imbalance of classes was handled", TRAINING),
    Item("14", "how fairness was looked at"),
    Item("15", "what the model gives out, and thresholds", MODEL),
    Item("16", "differences between the data for making and for testing", SPLIT),
    Item("17", "approval by an ethics board, consent"),
    Item("18a", "funding and the funders' part"),
    Item("18b", "conflicts of interest"),
    Item("18c", "where the protocol is"),
    Item("18d", "registration"),
    Item("18e", "where the data are"),
    Item("18f", "where the code is"),
    Item("19", "part of patients and the public in the study"),
    Item("20a", "flow of cases through the study", SPLIT),
    Item("20b", "characteristics of the cases, by place"),
    Item("20c", "comparison of the characteristics between making and testing", SPLIT),
    Item("21", "numbers of cases and of events in each analysis", SPLIT),
    Item("22", "the full model, so that others can use it", START),
    Item("23a", "performance with intervals, also for groups of people", PARTLY_SCORES),
    Item("23b", "differences of performance between places"),
    Item("24", "results of updating the model, if it was updated"),
    Item("25", "what the results mean, with fairness and earlier studies"),
    Item("26", "limits and their effect on bias and generality", LIMITS),
    Item("27a", "how bad input is handled when the model is used", LEFT_OUT),
    Item("27b", "which users and which skill the model needs"),
    Item("27c", "next steps"),
)

CLAIM = (
    Item("1", "title or abstract says that artificial intelligence is used, and which kind"),
    Item("2", "structured abstract"),
    Item("3", "background, with the intended use and clinical part"),
    Item("4", "aims and hypotheses", GOAL),
    Item("5", "prospective or retrospective"),
    Item("6", "goal of the study", GOAL),
    Item("7", "sources of the data"),
    Item("8", "who or what was eligible"),
    Item("9", "preparation of the data", SHOWN),
    Item("10", "subsets of the data that were selected", DATA),
    Item("11", "definitions of data elements"),
    Item("12", "how data were de-identified"),
    Item("13", "how missing data were handled", LEFT_OUT),
    Item("14", "definition of the reference standard"),
    Item("15", "why this reference standard"),
    Item("16", "who annotated, with which qualification"),
    Item("17", "tools of annotation"),
    Item("18", "variability within and between annotators"),
    Item("19", "intended number of cases and how it was determined"),
    Item("20", "how cases were assigned to parts", SPLIT),
    Item("21", "level at which parts are disjoint", SPLIT),
    Item("22", "the model in detail: inputs, outputs, layers", MODEL),
    Item("23", "software, libraries, versions", SOFTWARE),
    Item("24", "how parameters were initialised", START),
    Item("25", "training in detail: augmentation, settings, number of models", TRAINING),
    Item("26", "how the final model was selected", KEPT),
    Item("27", "how models were combined", RULES),
    Item("28", "metrics of performance", METRICS),
    Item("29", "statistics of significance and uncertainty", TESTS),
    Item("30", "robustness and sensitivity", STRATA),
    Item("31", "methods of explanation, and how they were validated", MAPS),
    Item("32", "validation or testing on external data"),
    Item("33", "flow of cases, with numbers", SPLIT),
    Item("34", "demographic and clinical characteristics of each part"),
    Item("35", "performance of the best models on all parts", SCORES),
    Item("36", "estimates of accuracy and their precision", SCORES),
    Item("37", "analysis of failures", FAILURES),
    Item("38", "limits", LIMITS),
    Item("39", "implications for practice"),
    Item("40", "registration"),
    Item("41", "where the protocol is"),
    Item("42", "funding and the funders' part"),
)
