"""What a comparison means, for readers who know no statistics."""

from math import isnan

from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.number_text import interval_text, number, probability
from twinseg.comparison.result import Comparison, Supplement
from twinseg.core.words import amount


def sentence(comparison: Comparison, *, label: str = "", unit: str = "") -> str:
    """Say which model is better and how sure that is, then the numbers, then what else was asked.

    Args:
        comparison: Of two models in one metric.
        label: What to call the metric; its name by default.
        unit: Of the metric, as ``mm``; "" of a share.
    """
    label = label or comparison.metric
    if comparison.why_not:
        return (
            f"Whether `{comparison.second}` and `{comparison.first}` differ in {label} cannot be "
            f"computed: {comparison.why_not} ({_counts(comparison)})."
        )
    said = [_verdict(comparison, label)]
    if comparison.needs_warning:
        said.append(comparison.left_out.warning(comparison.first, comparison.second, label))
    if any(comparison.infinite):
        said.append(_ranks(comparison, label))
    else:
        said.append(_means(comparison, unit))
    return " ".join([*said, *_claims(comparison)])


def _verdict(comparison: Comparison, label: str) -> str:
    if not comparison.is_clear:
        return (
            f"No clear difference in {label}: {_why_unclear(comparison)}. This does not show that "
            f"they are equal.{_too_few_groups(comparison)}"
        )
    if comparison.higher_is_better is None:
        way = "higher" if comparison.effect_size > 0 else "lower"
        return f"`{comparison.second}` has the {way} {label}."
    better = "better" if comparison.second_is_better else "worse"
    only = ", but only where both have a value" if comparison.is_by_survivors else ""
    return f"`{comparison.second}` is {better} in {label}{only}."


def _why_unclear(comparison: Comparison) -> str:
    by_chance = "the tests do not rule out chance"
    if any(comparison.infinite):
        opposite = "the ranks and the number of failures point in opposite directions"
        return by_chance if comparison.directions_agree else opposite
    if comparison.leaves_out_zero and comparison.is_beyond_chance:
        return "the mean and the ranks point in opposite directions"
    if comparison.leaves_out_zero:
        return f"the interval leaves out zero, but {by_chance}"
    if comparison.is_beyond_chance:
        return "the tests rule out chance, but the interval of the mean holds zero"
    return f"the interval holds zero and {by_chance}"


def _too_few_groups(comparison: Comparison) -> str:
    """Say so where no p value could have been small enough: 2 / 2**n times those of the family."""
    method, _, compared = comparison.correction.rpartition(" over ")
    times = int(compared) if method.startswith("Holm") else 1
    smallest_p = 2 / 2**comparison.groups * times
    if comparison.groups >= FEWEST_GROUPS and smallest_p < 1 - comparison.level:
        return ""
    return f" With only {amount(comparison.groups, 'group')} the tests can never rule out chance."


def _means(comparison: Comparison, unit: str) -> str:
    width = comparison.high - comparison.low
    mean = number(comparison.mean_difference, signed=True, within=width)
    difference = f"{mean} {unit}".rstrip()
    between = interval_text(comparison.low, comparison.high, comparison.level, signed=True)
    about = f"`{comparison.second}` minus `{comparison.first}` is {difference} on average"
    more = comparison.supplement
    if more:
        return (
            f"{about} ({between}, {more.mean.believed}: {more.mean.why}; median "
            f"{number(more.median.value, signed=True)}; {_tests(comparison, more)}; "
            f"{_counts(comparison)})."
        )
    p_value = f"Wilcoxon p {probability(comparison.p_adjusted)}"
    if comparison.is_corrected:
        p_value += f" after {comparison.correction}"
    elif comparison.correction != "none":
        p_value += comparison.correction.replace("none", ", not corrected")
    if comparison.is_clear:
        return f"{about} ({between}), which is unlikely to be chance ({p_value})."
    return f"{about} ({between}; {p_value})."


def _ranks(comparison: Comparison, label: str) -> str:
    first, second = map(abs, comparison.infinite)
    effect = f"{comparison.effect_name} {number(comparison.effect_size, signed=True)}"
    more = comparison.supplement
    if more:
        effect += f" ({more.rank_biserial.interval.text(signed=True)})"
    return (
        f"{label} is infinite in {amount(first, 'case')} of `{comparison.first}` and {second} "
        f"of `{comparison.second}`: failures, beyond every other value in rank, and no mean is "
        f"given. By ranks, `{comparison.second}` minus `{comparison.first}`: {effect}; "
        f"{_tests(comparison, more)}; {_counts(comparison)}."
    )


def _tests(comparison: Comparison, more: Supplement | None) -> str:
    """Name every p value, first raw, then after the correction."""
    said = _p_values(comparison.p_value, more.sign_flip.p_value if more else None)
    if not comparison.is_corrected:
        return said
    adjusted = _p_values(comparison.p_adjusted, more.sign_flip_adjusted if more else None)
    return f"{said}; after the correction of {comparison.correction}, which decides: {adjusted}"


def _p_values(wilcoxon: float, sign_flip: float | None) -> str:
    said = f"Wilcoxon p {probability(wilcoxon)}"
    if sign_flip is None or isnan(sign_flip):
        return said
    return f"{said}, sign-flip p {probability(sign_flip)}"


def _counts(comparison: Comparison) -> str:
    counts = (
        f"{amount(comparison.cases, 'case')} of {amount(comparison.groups, 'group')}, "
        f"{amount(comparison.undefined, 'undefined case')} left out"
    )
    if not comparison.undefined:
        return counts
    first, second = comparison.left_out.first, comparison.left_out.second
    return f"{counts}, `{comparison.first}` {first} and `{comparison.second}` {second}"


def _claims(comparison: Comparison) -> list[str]:
    more = comparison.supplement
    claims = (more.equivalence, more.non_inferiority, more.bayes) if more else ()
    return [
        f"`{comparison.second}` against `{comparison.first}`, {claim}." for claim in claims if claim
    ]
