"""Medians of many weighted copies of one set of values, all at once."""

import numpy as np
from jaxtyping import Float

from twinseg.comparison.groups import GroupMeans, GroupNumbers
from twinseg.comparison.resampling import CaseCounts
from twinseg.core.arrays import Values


def counted_medians(values: Values, counts: CaseCounts) -> Float[np.ndarray, " draw"]:
    """Compute the median of ``values``, (case,), with each taken ``counts`` times, (draw, case).

    Of an even number the middle two are averaged, as NumPy does; NaN where nothing is taken.
    """
    order = np.argsort(values, kind="stable")
    ascending, up_to = values[order], np.cumsum(counts[:, order], axis=1)
    taken = up_to[:, -1:]
    lower = ascending[(2 * up_to >= taken).argmax(axis=1)]
    upper = ascending[(2 * up_to > taken).argmax(axis=1)]
    medians: Float[np.ndarray, " draw"] = np.where(taken[:, 0] > 0, (lower + upper) / 2, np.nan)
    return medians


def medians_without_each_group(values: Values, numbers: GroupNumbers) -> GroupMeans:
    """Compute the median of the cases of all groups but one, for each group."""
    groups = np.arange(int(numbers.max()) + 1)
    return counted_medians(values, (groups[:, None] != numbers).astype(int))
