"""Many p values at once: how large each is when all were looked at."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from twinseg.core.arrays import Values


def holm(p_values: Values) -> Values:
    """Adjust p values so that the chance of any false alarm among them stays at the level.

    Step-down method of Holm 1979 (Scand. J. Statist. 6, 65-70), for tests of any dependence.

    Args:
        p_values: In [0, 1], (comparison,); NaN stays NaN and does not count as a test.

    Returns:
        Adjusted p values in the same order, in [0, 1], none below its own p value.
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    ascending = tested[np.argsort(p_values[tested])]
    still_to_test = np.arange(len(ascending), 0, -1)
    adjusted[ascending] = np.maximum.accumulate(still_to_test * p_values[ascending])
    return adjusted.clip(max=1.0)


def benjamini_hochberg(p_values: Values) -> Values:
    """Adjust p values so that the expected share of false alarms among all alarms stays small.

    Benjamini & Hochberg 1995, for independent or positively dependent tests; arguments and
    result as `holm`.
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = ~np.isnan(p_values)
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(p_values[tested])
    return adjusted


CORRECTIONS: dict[str, Callable[[Values], Values]] = {
    "holm": holm,
    "benjamini-hochberg": benjamini_hochberg,
}
CORRECTION_NAMES = {"holm": "Holm", "benjamini-hochberg": "Benjamini-Hochberg"}
