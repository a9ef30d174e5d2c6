"""What the labels hold, for readers who know no statistics."""

from collections.abc import Sequence
from math import isnan

from twinseg.core.words import amount
from twinseg.data.labels.describe import LabelReport
from twinseg.data.labels.distribution import SIGNIFICANT, Moments, NormalityTest

_CLEAR_SKEW, _CLEAR_KURTOSIS = 0.5, 1.0
_FEW_GROUPS = 20


def sentences(report: LabelReport) -> list[str]:
    """Say what is in the labels, the most important first."""
    said = [_counts(report), *_leaks(report), *_big_groups(report), _sizes(report)]
    said += [_parts(report), *_shapes(report), *_tests(report), *_rarest(report)]
    return [sentence for sentence in said if sentence]


def shape_in_words(found: Moments) -> str:
    """Say how a distribution differs from a normal one: skew, tails, or neither."""
    if isnan(found.skewness) or isnan(found.excess_kurtosis):
        return "too few different values to speak of a shape"
    skewed = abs(found.skewness) >= _CLEAR_SKEW
    side = "to the right (few very large)" if found.skewness > 0 else "to the left (few very small)"
    tailed = abs(found.excess_kurtosis) >= _CLEAR_KURTOSIS
    tails = "heavy tails" if found.excess_kurtosis > 0 else "light tails"
    words = [f"skewed {side}"] * skewed + [tails if skewed else f"symmetric, with {tails}"] * tailed
    numbers = f"skewness {found.skewness:+.2f}, excess kurtosis {found.excess_kurtosis:+.2f}"
    return f"{' with '.join(words) or 'near symmetric with tails like a normal one'} ({numbers})"


def normality_in_words(tests: Sequence[NormalityTest]) -> str:
    """Say what the tests of one quantity found, and once what they cannot say."""
    answers = [_answer(test) for test in tests]
    cautions = dict.fromkeys(test.caution for test in tests if test.caution and _was_run(test))
    said = f"Is the {tests[0].quantity} normal? {'; '.join(answers)}."
    return said + "".join(f" {caution[0].upper()}{caution[1:]}." for caution in cautions)


def _answer(test: NormalityTest) -> str:
    if not _was_run(test):
        return f"{test.test} not run ({test.caution})"
    found = "no" if test.p_value < SIGNIFICANT else "no departure found"
    return f"{test.test}: {found} (statistic {test.statistic:.3g}, p {p_in_words(test)})"


def _was_run(test: NormalityTest) -> bool:
    return not isnan(test.p_value)


def p_in_words(test: NormalityTest) -> str:
    """Write a p value after the letter p; at the ends of a table only which side it is on."""
    low, high = test.p_range
    if test.p_value <= max(low, 0.001):
        return f"< {max(low, 0.001):g}"
    if test.p_value >= high and high < 1:
        return f"> {high:g}"
    return f"= {test.p_value:.2g}"


def _counts(report: LabelReport) -> str:
    alone = "each case a group of its own" if report.groups == report.cases else ""
    groups = alone or f"in {amount(report.groups, 'group')}"
    empty, full = report.empty_masks, report.full_masks
    marks = f"{amount(empty, 'mask')} {_marks(empty)} nothing, {full} "
    marks += f"{_marks(full)} everything"
    return f"{amount(report.cases, 'case')}, {groups}; {marks}."


def _marks(masks: int) -> str:
    return "marks" if masks == 1 else "mark"


def _leaks(report: LabelReport) -> list[str]:
    said = []
    if report.duplicates:
        across = sum(not pair.same_group for pair in report.duplicates)
        pairs = f"{amount(len(report.duplicates), 'pair')} of cases equal in every pixel"
        leak = f"{across} of them in different groups: the same case may be trained on and tested"
        safe = "none of them in different groups, so none is both trained on and tested"
        said.append(f"{pairs}, {leak if across else safe}.")
    if report.near_duplicates:
        ids = report.table["case"]
        best = report.near_duplicates[0]
        said.append(
            f"{amount(len(report.near_duplicates), 'pair')} of pictures in different groups look "
            f"like the same picture taken or stored twice, such as {ids[best.first]} and "
            f"{ids[best.second]} (similarity {best.similarity:.2f}): look at them, and keep those "
            "that are in one part of the split."
        )
    return said


def _big_groups(report: LabelReport) -> list[str]:
    return [
        f"Group {big.group} has {big.cases} cases where half of the groups have "
        f"{big.median_cases:g} or fewer: results would speak for it more than for others."
        for big in report.big_groups
    ]


def _sizes(report: LabelReport) -> str:
    found = report.moments["foreground share"]
    if not found.n:
        return "No mask marks anything."
    return (
        f"Where something is marked it fills {100 * found.median:.3g} % of the picture in the "
        f"median, {100 * found.p05:.3g} % to {100 * found.p95:.3g} % in nine of ten cases; the "
        f"share is {shape_in_words(found)}, its log odds are "
        f"{shape_in_words(report.moments['log odds of foreground share'])}."
    )


def _parts(report: LabelReport) -> str:
    found = report.moments["number of parts"]
    if not found.n:
        return ""
    parts = f"{found.median:g} connected {'part' if found.median == 1 else 'parts'}"
    touch = "touches" if report.touching_border == 1 else "touch"
    return (
        f"Targets have {parts} in the median, {found.maximum:g} at most; {report.touching_border} "
        f"of {report.cases} {touch} the border of their picture."
    )


def _shapes(report: LabelReport) -> list[str]:
    contrast = report.table["contrast"].median()
    if isnan(contrast):
        return []
    direction = "brighter" if contrast > 0 else "darker"
    low = int((report.table["contrast"].abs() < 0.5).sum())
    return [
        f"Targets are {direction} than the ring around them by {abs(contrast):.2g} standard "
        f"deviations in the median; {amount(low, 'case')} "
        f"{'has' if low == 1 else 'have'} a contrast below half a standard deviation."
    ]


def _tests(report: LabelReport) -> list[str]:
    said = [
        normality_in_words([test for test in report.tests if test.quantity == quantity])
        for quantity in report.moments
    ]
    if report.groups < report.cases:
        said.append(
            "These tests take cases for independent; cases of one group are alike, so their p "
            "values come out too small."
        )
    return said


def _rarest(report: LabelReport) -> list[str]:
    if not report.rarest:
        return ["Rarity cannot be computed: it takes cases of at least two groups."]
    named = "; ".join(f"{case.case} ({case.reason})" for case in report.rarest[:5])
    few = (
        " With so few groups, rare here may be common elsewhere."
        if report.groups < _FEW_GROUPS
        else ""
    )
    return [f"The rarest cases, and what sets them apart: {named}.{few}"]
