"""Spread of groups and of cases within them."""

import numpy as np

from twinseg.comparison.groups import Groups, group_totals
from twinseg.core.arrays import Values


def nested_components(values: Values, groups: Groups) -> tuple[float, float]:
    """Estimate the variance between groups and within them, by the method of moments.

    One-way random model of groups of any size (Searle et al. 1992, section 3.6).

    Args:
        values: One per case, (case,), all finite.
        groups: The group of each case.

    Returns:
        Between and within, in the squared unit of ``values``: between can be negative by chance.
        NaN for both where every group has one case, or there is one group.
    """
    totals = group_totals(values, groups)
    cases, of_groups = len(values), len(totals.cases)
    if not 1 < of_groups < cases:
        return float("nan"), float("nan")
    between_squares = float(np.sum(totals.cases * (totals.means - totals.mean) ** 2))
    all_squares = float(np.sum((values - totals.mean) ** 2))
    within = (all_squares - between_squares) / (cases - of_groups)
    typical_size = (cases - float(np.sum(totals.cases**2)) / cases) / (of_groups - 1)
    return (between_squares / (of_groups - 1) - within) / typical_size, within
