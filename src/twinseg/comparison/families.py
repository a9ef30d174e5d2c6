"""Which p values are corrected together: the primary claims, and everything else."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from twinseg.comparison.analysis import Analysis
from twinseg.comparison.correction import CORRECTION_NAMES, CORRECTIONS
from twinseg.comparison.equivalence import WithinMargin
from twinseg.comparison.many import ManyModels
from twinseg.comparison.paired import Comparison
from twinseg.comparison.strata import Strata
from twinseg.core.arrays import Values
from twinseg.core.errors import ConfigError
from twinseg.core.registry import choose


def correct(
    comparisons: Sequence[Comparison],
    *,
    correction: str = "holm",
    primary: Sequence[tuple[tuple[str, str], str]] = (),
) -> list[Comparison]:
    """Adjust the p values of all comparisons that one report claims.

    Args:
        comparisons: All of them; raw p values stay as they are.
        correction: Key of `CORRECTIONS`: "holm" or "benjamini-hochberg".
        primary: Claims named before the data were seen, ((first, second), metric): a family of
            their own. Each more of them weakens the others.

    Returns:
        The same comparisons in the same order; their ``correction`` says the method, the family,
        and over how many p values.

    Raises:
        ConfigError: If the correction is not known or a primary claim was not compared.
    """
    choose(CORRECTIONS, correction, "correction")
    claims = [((one.first, one.second), one.metric) for one in comparisons]
    for claim in primary:
        if claim not in claims:
            raise ConfigError(
                f"the primary claim {claim} is not among the comparisons; add its pair"
            )
    is_primary = np.array([claim in primary for claim in claims], dtype=bool)
    raw = np.array([one.p_value for one in comparisons], dtype=float)
    adjusted, names = np.full(len(raw), np.nan), np.full(len(raw), "", dtype=object)
    for members, family in ((is_primary, ", primary,"), (~is_primary, ", others," * bool(primary))):
        adjusted[members] = CORRECTIONS[correction](raw[members])
        tests = np.count_nonzero(~np.isnan(raw[members]))
        names[members] = f"{CORRECTION_NAMES[correction]}{family} over {tests}"
    return [
        replace(one, p_adjusted=float(p_value), correction=str(name))
        for one, p_value, name in zip(comparisons, adjusted, names, strict=True)
    ]


Adjust = Callable[[Values], Values]


def correct_metrics(pairs: Sequence[Analysis], adjust: Adjust, name: str) -> list[Analysis]:
    """Adjust every p value by which a verdict is given, over the metrics of one call.

    Args:
        pairs: One for each metric; a single one needs no correction and stays as it is.
        adjust: As `holm`.
        name: Of the correction, for readers.
    """
    if len(pairs) < 2:
        return list(pairs)
    ranks = _adjusted(adjust, [one.wilcoxon.p_value for one in pairs])
    signs = _adjusted(adjust, [one.sign_flip.p_value for one in pairs])
    same = _adjusted_claims([one.equivalence for one in pairs], adjust)
    no_worse = _adjusted_claims([one.non_inferiority for one in pairs], adjust)
    return [
        replace(
            one,
            p_adjusted=ranks[place],
            sign_flip_adjusted=signs[place],
            correction=f"{name} over {len(pairs)} metrics",
            equivalence=same[place],
            non_inferiority=no_worse[place],
        )
        for place, one in enumerate(pairs)
    ]


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
