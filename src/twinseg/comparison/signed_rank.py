"""Signed ranks of paired differences: one test and the size of effect that belongs to it."""

from math import nan

import numpy as np
from scipy import stats

from twinseg.comparison.groups import GroupMeans

MOST_SIGNS_EXACT = 50  # differences that are not zero; beyond, the normal curve is close


def signed_rank_test(differences: GroupMeans) -> tuple[float, str]:
    """Test whether differences lie around zero (Wilcoxon 1945), with ranks for zeros (Pratt 1959).

    A zero has a rank but no sign, so that k other differences have 2**k equally likely patterns
    of signs: no p value is below 2 / 2**k. All patterns are counted for k up to 50.

    Args:
        differences: One per independent unit, (group,), all finite.

    Returns:
        Two-sided p value, and how it was computed. All zero give 1, fewer than two NaN.
    """
    if len(differences) < 2:
        return nan, "not computable"
    signed = np.count_nonzero(differences)
    if not signed:
        return 1.0, "all differences zero"
    if signed <= MOST_SIGNS_EXACT:
        return _exact_p_value(_signed_ranks(differences)), "exact"
    result = stats.wilcoxon(differences, zero_method="pratt", method="asymptotic")
    return float(result.pvalue), "normal approximation"


def _exact_p_value(signed_ranks: GroupMeans) -> float:
    """Share of the patterns of signs whose sum is at least as far from zero.

    The lowest rank is set apart, so that the table of how many ranks are taken, and of what they
    add up to beyond that, stays small however many zeros lie below.
    """
    doubled = np.rint(2 * np.abs(signed_ranks[signed_ranks != 0])).astype(int)  # ties: halves
    lowest = int(doubled.min())
    beyond = doubled - lowest
    shares = np.zeros((len(doubled) + 1, int(beyond.sum()) + 1))  # (ranks taken, sum beyond)
    shares[0, 0] = 1.0
    for more in beyond:
        shares /= 2
        shares[1:, more:] += shares[:-1, : shares.shape[1] - more].copy()
    taken, sums = np.indices(shares.shape)
    distance = np.abs(2 * (taken * lowest + sums) - int(doubled.sum()))
    seen = abs(round(2 * float(signed_ranks.sum())))
    return min(1.0, float(shares[distance >= seen].sum()))


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
