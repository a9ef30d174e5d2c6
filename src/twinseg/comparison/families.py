"""Which p values are corrected together: the primary claims, and everything else."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twinseg.comparison.correction import CORRECTION_NAMES, CORRECTIONS
from twinseg.comparison.paired import Comparison
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
