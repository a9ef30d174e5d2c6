"""What a comparison means, for readers who know no statistics."""

from math import isnan

from twinseg.comparison.paired import Comparison
from twinseg.comparison.words import number, percent, probability
from twinseg.core.words import amount
from twinseg.metrics import DISTANCE, METRICS


def sentence(comparison: Comparison, *, distance_unit: str = DISTANCE) -> str:
    """Say in words which model is better and how sure that is.

    A difference is called clear only if all agree: the interval leaves out zero, the adjusted
    p value is below 1 - level, and mean and effect have the same sign.

    Args:
        comparison: Of two models in one metric.
        distance_unit: Unit of the distances, from the column ``distance_unit``.
    """
    if isnan(comparison.p_adjusted):
        return _not_computable(comparison)
    leaves_out_zero = comparison.low > 0 or comparison.high < 0
    beyond_chance = comparison.p_adjusted < 1 - comparison.level
    one_direction = comparison.mean_difference * comparison.effect_size > 0
    if leaves_out_zero and beyond_chance and one_direction:
        return _clear(comparison, distance_unit)
    if leaves_out_zero and beyond_chance:
        reason = "the mean and the test point in opposite directions"
    elif leaves_out_zero:
        reason = "the interval leaves out zero, but the test does not rule out chance"
    elif beyond_chance:
        reason = "the test rules out chance, but the interval of the mean holds zero"
    else:
        return _no_clear_difference(comparison, distance_unit)
    return (
        f"It stays open whether {_both(comparison)} differ in {_label(comparison)}: {reason}. "
        f"{_difference(comparison, distance_unit)}.{_too_few_groups(comparison)}"
        f"{_warning(comparison)}"
    )


def _clear(comparison: Comparison, distance_unit: str) -> str:
    higher = comparison.mean_difference > 0
    better = higher == METRICS[comparison.metric].higher_is_better
    survives = comparison.left_out.more_of(second=better)
    only = ", but only where both have a value" if survives else ""
    amounts = sorted(abs(end) for end in (comparison.low, comparison.high))
    return (
        f"The model `{comparison.second}` has a {'higher' if higher else 'lower'} "
        f"{_label(comparison)} than `{comparison.first}` by "
        f"{number(abs(comparison.mean_difference))}{_unit(comparison, distance_unit)} on average "
        f"({percent(comparison.level)} interval {number(amounts[0])} to {number(amounts[1])}), "
        f"which is {'better' if better else 'worse'}{only}: a difference this clear is unlikely "
        f"to be chance ({_p(comparison)}).{_warning(comparison)}"
    )


def _no_clear_difference(comparison: Comparison, distance_unit: str) -> str:
    return (
        f"No clear difference in {_label(comparison)} between {_both(comparison)}: the interval "
        f"holds zero and the test does not rule out chance. "
        f"{_difference(comparison, distance_unit)}. "
        f"This does not show that they are equal.{_too_few_groups(comparison)}"
        f"{_warning(comparison)}"
    )


def _warning(comparison: Comparison) -> str:
    if not comparison.left_out.is_lopsided:
        return ""
    names = comparison.first, comparison.second
    return " " + comparison.left_out.warning(*names, _label(comparison))


def _not_computable(comparison: Comparison) -> str:
    return (
        f"Whether {_both(comparison)} differ in {_label(comparison)} cannot be computed: it takes "
        f"at least two groups with a value for both models, there are {comparison.groups} "
        f"(cases with a value: {comparison.cases}, undefined: {comparison.undefined})."
    )


def _difference(comparison: Comparison, distance_unit: str) -> str:
    return (
        f"`{comparison.second}` minus `{comparison.first}` is "
        f"{number(comparison.mean_difference, signed=True)}{_unit(comparison, distance_unit)} on "
        f"average ({percent(comparison.level)} interval {number(comparison.low, signed=True)} to "
        f"{number(comparison.high, signed=True)}; {_p(comparison)})"
    )


def _too_few_groups(comparison: Comparison) -> str:
    _, _, compared = comparison.correction.rpartition(" over ")
    smallest_p = 2 / 2**comparison.groups * (int(compared) if compared.isdecimal() else 1)
    if smallest_p < 1 - comparison.level:
        return ""
    return f" With only {amount(comparison.groups, 'group')} the test can never rule out chance."


def _p(comparison: Comparison) -> str:
    adjusted = "" if comparison.correction == "none" else "adjusted "
    return f"{adjusted}p {probability(comparison.p_adjusted)}"


def _both(comparison: Comparison) -> str:
    return f"`{comparison.second}` and `{comparison.first}`"


def _label(comparison: Comparison) -> str:
    return METRICS[comparison.metric].label


def _unit(comparison: Comparison, distance_unit: str) -> str:
    return f" {distance_unit}" if METRICS[comparison.metric].unit == DISTANCE else ""
