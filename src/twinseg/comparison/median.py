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
    """Compute the median of the cases of all groups but one, for each group; NaN without cases.

    The r-th of the cases that stay has the rank r + t among all, where t counts the cases of the
    group that lie before it: one sorting serves all groups.
    """
    order = np.argsort(values, kind="stable")
    ascending, group_of = values[order], numbers[order]
    sizes = np.bincount(numbers)
    by_group = np.argsort(group_of, kind="stable")  # ranks of each group's cases, ascending
    within = np.arange(len(values)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    staying_before = by_group - within
    group = group_of[by_group]
    staying = len(values) - sizes
    middle = []
    for rank in ((staying - 1) // 2, staying // 2):
        skipped = np.bincount(group[staying_before <= rank[group]], minlength=len(sizes))
        middle.append(ascending[np.clip(rank + skipped, 0, len(values) - 1)])
    medians: GroupMeans = np.where(staying > 0, (middle[0] + middle[1]) / 2, np.nan)
    return medians
