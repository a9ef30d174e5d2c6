"""Many p values at once: how large each is when all were looked at."""

import numpy as np

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
