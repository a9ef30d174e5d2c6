"""Which p values are corrected together: those of one test, of all that is told together.

Two things are not among them. The primary comparison, named before any data are seen, stands by
its own p value: correcting it for secondary ones would make the study's question depend on how many
others are asked beside it. And a hypothesis counts once: models with the same values in every case
share its p value, and where both models of a pair have the same, there is nothing to test, whatever
the level (Tarone 1990, Biometrics 46, 515-522).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from twinseg.comparison.correction import CORRECTION_NAMES, CORRECTIONS
from twinseg.comparison.equivalence import WithinMargin
from twinseg.comparison.many_models import ManyModels
from twinseg.comparison.result import Comparison, Supplement
from twinseg.comparison.strata import Strata
from twinseg.core.arrays import Values
from twinseg.core.registry import choose

PRIMARY = "none: the primary comparison"
Adjust = Callable[[Values], Values]


def correct(
    comparisons: Sequence[Comparison],
    *,
    correction: str = "holm",
    primary: Comparison | None = None,
) -> list[Comparison]:
    """Adjust every p value on which a verdict stands, over all comparisons that are told together.

    The p values of one test are a family: those of the signed-rank test, and where they were asked
    for, those of the sign-flip test, of equivalence and of not being worse.

    Args:
        comparisons: All of them; raw p values stay as they are.
        correction: Key of `CORRECTIONS`: "holm" or "benjamini-hochberg".
        primary: The one of them that stands apart.

    Returns:
        The same comparisons in the same order; their ``correction`` says the method and over how
        many p values.

    Raises:
        ConfigError: If the correction is not known.
    """
    adjust = choose(CORRECTIONS, correction, "correction")
    family = [one for one in comparisons if one is not primary and not one.same_as]
    raw = [one.p_value for one in family]
    name = f"{CORRECTION_NAMES[correction]} over {np.count_nonzero(~np.isnan(raw))}"
    adjusted = dict(zip(map(_asked, family), _adjusted(adjust, raw), strict=True))
    supplements = _corrected_supplements([one.supplement for one in comparisons], adjust)
    return [
        replace(one, supplement=supplement, correction=PRIMARY)
        if one is primary
        else replace(
            one,
            p_adjusted=adjusted.get(_asked(one), one.p_value),
            correction=name,
            supplement=supplement,
        )
        for one, supplement in zip(comparisons, supplements, strict=True)
    ]


def _asked(one: Comparison) -> tuple[str, ...]:
    """The hypothesis: equal for models with the same values."""
    return one.dataset, one.metric, one.first, one.same_as or one.second


def _corrected_supplements(
    supplements: Sequence[Supplement | None], adjust: Adjust
) -> list[Supplement | None]:
    asked = [one for one in supplements if one]
    signs = _adjusted(adjust, [one.sign_flip.p_value for one in asked])
    same = _adjusted_claims([one.equivalence for one in asked], adjust)
    no_worse = _adjusted_claims([one.non_inferiority for one in asked], adjust)
    found = (
        replace(one, sign_flip_adjusted=p_value, equivalence=equal, non_inferiority=not_worse)
        for one, p_value, equal, not_worse in zip(asked, signs, same, no_worse, strict=True)
    )
    return [one and next(found) for one in supplements]


def correct_many(found: dict[str, ManyModels], adjust: Adjust) -> dict[str, ManyModels]:
    """Adjust Friedman's p values over the metrics of one call; a single one stays as it is."""
    if len(found) < 2:
        return found
    adjusted = _adjusted(adjust, [one.p_value for one in found.values()])
    return {
        metric: replace(one, p_adjusted=p_value)
        for (metric, one), p_value in zip(found.items(), adjusted, strict=True)
    }


def correct_strata(found: Sequence[Strata], adjust: Adjust) -> list[Strata]:
    """Adjust the p values of interactions over the metrics of one call."""
    if len(found) < 2:
        return list(found)
    adjusted = _adjusted(adjust, [one.interaction.p_value for one in found])
    return [
        replace(one, interaction=replace(one.interaction, p_adjusted=p_value))
        for one, p_value in zip(found, adjusted, strict=True)
    ]


def _adjusted_claims(
    claims: Sequence[WithinMargin | None], adjust: Adjust
) -> list[WithinMargin | None]:
    raw = [float("nan") if claim is None else claim.p_value for claim in claims]
    return [
        claim and replace(claim, p_adjusted=p_value)
        for claim, p_value in zip(claims, _adjusted(adjust, raw), strict=True)
    ]


def _adjusted(adjust: Adjust, p_values: Sequence[float]) -> list[float]:
    return [float(p_value) for p_value in adjust(np.array(p_values, dtype=float))]
