"""Signed ranks of paired differences: one test and the size of effect that belongs to it."""

from math import inf, nan

import numpy as np
from scipy import stats

from twinseg.comparison.groups import GroupMeans


def signed_rank_test(differences: GroupMeans) -> tuple[float, str]:
    """Test whether differences lie around zero (Wilcoxon 1945), with ranks for zeros (Pratt 1959).

    Args:
        differences: One per independent unit, (group,), all finite.

    Returns:
        Two-sided p value, and how it was computed. All zero give 1, fewer than two NaN.
    """
    groups = len(differences)
    if groups < 2:
        return nan, "not computable"
    if not differences.any():
        return 1.0, "all differences zero"
    tied = not differences.all() or len(np.unique(np.abs(differences))) < groups
    if tied and groups <= 13:  # SciPy's exact table knows no ties; 2**13 sign patterns are few
        result = stats.permutation_test(
            (_signed_ranks(differences),), np.sum, permutation_type="samples", n_resamples=inf
        )
        return float(result.pvalue), "exact"
    exact = not tied and groups <= 50
    result = stats.wilcoxon(
        differences, zero_method="pratt", method="exact" if exact else "asymptotic"
    )
    return float(result.pvalue), "exact" if exact else "normal approximation"


def rank_biserial(differences: GroupMeans) -> float:
    """Compute the matched-pairs rank-biserial correlation (Kerby 2014), in [-1, 1].

    The share of the rank sum that speaks for the second model minus the share that speaks for
    the first. Differences of zero are ranked (Pratt 1959) and speak for neither; all zero
    give 0, fewer than two differences NaN.
    """
    if len(differences) < 2:
        return nan
    groups = len(differences)
    return float(_signed_ranks(differences).sum() / (groups * (groups + 1) / 2))


def _signed_ranks(differences: GroupMeans) -> GroupMeans:
    signed: GroupMeans = np.sign(differences) * stats.rankdata(np.abs(differences))
    return signed
