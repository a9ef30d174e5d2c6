"""The answer in plain words, made from the tables; `model id` in backticks names a model."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison import sentence
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.number_text import ends, number, percent
from twinseg.comparison.result import Comparison
from twinseg.core.words import amount
from twinseg.findings.belief import Judgement
from twinseg.metrics import METRICS
from twinseg.report.evidence_section import Evidence
from twinseg.report.score_table import Cell, ScoreTable
from twinseg.report.study_contents import Contents

_TRAINED_ONCE = "Each twin was trained once: other seeds may give other numbers."
_OWN_GROUPS = (
    " Every test case is a group of its own: if some of them are of one patient, the intervals are "
    "too narrow."
)


@dataclass(frozen=True)
class Point:
    """A sentence, and the section that it stands on."""

    text: str
    section: str


@dataclass(frozen=True)
class Answer:
    """What a reader in a hurry takes home, and what belongs to it.

    Attributes:
        question: In one line.
        points: The answer, at most five sentences.
        notes: What the numbers stand on.
        few_groups: What too few test groups mean for all of the page; "" if there are enough.
        caveat: What no test on this page covers.
    """

    question: str
    points: tuple[Point, ...]
    notes: tuple[str, ...]
    few_groups: str
    caveat: str


def answer(study: Contents, table: ScoreTable, evidence: Evidence) -> Answer:
    """Say how well the twins segment, whether they differ, and what is left open."""
    first, second = study.twins
    question = f"Do other first weights change the masks: the `{first.id}` or the `{second.id}`?"
    if study.settings.point.init[0] == "imagenet":
        question = (
            "Does it help a model that segments these images to start from ImageNet, not from "
            "random weights?"
        )
    groups = len(set(study.test_groups))
    these = "is this group" if groups == 1 else "are these groups"
    few = "" if has_enough_groups(study) else (
        f"Only {amount(groups, 'test group')}: no interval and no test can be relied on. What this "
        f"page shows {these}, not others."
    )  # fmt: skip
    if not any(cell.summary.cases for cell in table.cells["dice"].values()):
        tested = f"{amount(len(study.test_cases), 'test case')} of {amount(groups, 'group')}"
        nothing = f"On {tested} no model has a defined Dice: every mask is empty."
        return Answer(question, (Point(nothing, "scores"),), (), few, _TRAINED_ONCE)
    points = (
        Point(_reached(study, table), "scores"),
        *_difference_of_twins(study, known=not few),
        Point(_errors(study, table), "scores"),
        *_combined(study, known=not few),
        Point(_maps(evidence), "evidence"),
    )
    caveat = _TRAINED_ONCE
    if groups == len(study.test_cases):
        caveat += _OWN_GROUPS
    return Answer(question, points, tuple(_notes(study, table)), few, caveat)


def has_enough_groups(study: Contents) -> bool:
    """Tell whether intervals and tests over the test groups mean anything."""
    return len(set(study.test_groups)) >= FEWEST_GROUPS


def twins_compared(study: Contents, metric: str) -> Comparison | None:
    """Return the comparison of the twins in one metric; None if there is none."""
    twins = {twin.id for twin in study.twins}
    found = (c for c in study.comparisons if c.metric == metric and {c.first, c.second} == twins)
    return next(found, None)


def _reached(study: Contents, table: ScoreTable) -> str:
    dice, (first, second) = table.headline, study.twins
    cases, groups = len(study.test_cases), len(set(study.test_groups))
    on = f"{amount(cases, 'test case')} of {amount(groups, 'group')}"
    if table.shared < cases:
        on = f"the {table.shared} of {on} in which both twins have a Dice"
    return (
        f"On {on} the `{first.id}` reached "
        f"{_mean_dice(dice[first])}, the `{second.id}` {_mean_dice(dice[second])}."
    )


def _mean_dice(cell: Cell) -> str:
    level = f"{percent(cell.interval.level)} interval "
    said = cell.in_words(number, undefined="", named=level)
    return f"a mean Dice of {said}" if said else "no defined Dice"


def _difference_of_twins(study: Contents, *, known: bool) -> list[Point]:
    compared = twins_compared(study, "dice")
    if compared is None:
        return []
    if not known:
        mean = number(compared.mean_difference, signed=True)
        text = f"On these cases `{compared.second}` minus `{compared.first}` is {mean} in Dice."
        return [Point(text, "comparison")]
    return [Point(sentence(compared, label=METRICS["dice"].label), "comparison")]


def _errors(study: Contents, table: ScoreTable) -> str:
    """Say who misses what, and who marks too much."""

    def rates(metric: str) -> str:
        return ", ".join(
            f"{cell.in_words(percent, undefined='an undefined share')} by the `{twin.id}`"
            for twin in study.twins
            for cell in [table.cells[metric][twin]]
        )

    missed = ", ".join(f"{table.missed[twin]} by the `{twin.id}`" for twin in study.twins)
    objects = (
        f"; of {amount(table.with_object, 'case')} with an object missed whole: {missed}"
        if table.with_object
        else ""
    )
    return (
        f"Missed of the target (type II): {rates('type2_rate')}; marked of the rest by mistake "
        f"(type I): {rates('type1_rate')}{objects}{_false_alarms(study)}."
    )


def _false_alarms(study: Contents) -> str:
    """Say in how many cases with nothing to find each twin marks something; "" without such."""
    empty = study.scores[study.scores["reference_pixels"] == 0]
    alarms = empty[empty["predicted_pixels"] > 0].groupby("model").size()
    if not len(empty):
        return ""
    by = ", ".join(f"{int(alarms.get(twin.id, 0))} by the `{twin.id}`" for twin in study.twins)
    return f"; of {amount(empty['case'].nunique(), 'case')} with nothing to find marked: {by}"


def _combined(study: Contents, *, known: bool) -> list[Point]:
    """Say how many combinations of the masks are clearly better than the better twin, or worse."""
    rules = {rule.id for rule in study.rules}
    found = [c for c in study.comparisons if c.metric == "dice" and c.second in rules]
    found = [c for c in found if np.isfinite(c.mean_difference)]
    if not found:
        return []
    if not (apart := [c for c in found if not c.same_as]):
        text = f"Each of {amount(len(found), 'combination')} of their masks"
        return [Point(f"{text} scores as the `{found[0].first}` in every case.", "rules")]
    told = amount(len(apart), "different " * (len(apart) < len(found)) + "combination")
    most = max(apart, key=lambda one: one.mean_difference)
    if not known:
        gain = number(most.mean_difference, signed=True)
        text = f"Of {told} of their masks `{most.second}` gained most"
        return [Point(f"{text} over the `{most.first}` on these cases: {gain} in Dice.", "rules")]
    if most.mean_difference <= 0:
        text = f"None of {told} of their masks has a higher mean Dice "
        return [Point(f"{text}than the `{most.first}`.", "rules")]
    clear = [one for one in apart if one.is_clear]
    better = sum(bool(one.second_is_better) for one in clear)
    span = f"({ends(most.low, most.high, signed=True)})"
    text = (
        f"Of {told} of their masks {better} "
        f"{'is' if better == 1 else 'are'} clearly better than the `{most.first}` in Dice and "
        f"{len(clear) - better} clearly worse; `{most.second}` gained most on these cases: "
        f"{number(most.mean_difference, signed=True, within=most.high - most.low)} {span}."
    )
    return [Point(text, "rules")]


def _maps(evidence: Evidence) -> str:
    verdicts = [one for kind in evidence.kinds for one in kind.verdicts.values()]
    believed = sum(one.believed is Judgement.HOLDS for one in verdicts)
    if all(one.believed is Judgement.OPEN for one in verdicts):
        return (
            f"Of {len(verdicts)} kinds of heat map (layer, region, twin) none could be judged: the "
            "test groups are too few or too unlike."
        )
    return (
        f"Of {len(verdicts)} kinds of heat map (layer, region, twin) {believed} passed every test "
        f"of whether {'it' if believed == 1 else 'they'} may be believed."
    )


def _notes(study: Contents, table: ScoreTable) -> list[str]:
    notes = list(_apart(study, table))
    if empty := len(study.test_cases) - table.with_object:
        notes.append(
            f"Test cases with nothing to find: {empty}; there Dice is 0 as soon as a pixel is "
            "marked, and undefined if none is."
        )
    notes.append(
        "A group is what was never parted between training and test: a patient, lesion, slide or "
        "series. Means are over cases; their intervals, and the tests, take whole groups."
    )
    return notes


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
