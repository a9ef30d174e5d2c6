"""How large a paired difference is in units of its own spread."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy import stats

from twinseg.comparison.bca import Interval, bca_interval, unknown
from twinseg.comparison.groups import GroupMeans
from twinseg.comparison.noncentral_t import noncentrality_of

_CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Effect:
    """Size of an effect; above 0 if the second model has the higher values."""

    value: float
    interval: Interval
    name: str


def paired_d(differences: GroupMeans, *, level: float = 0.95) -> Effect:
    """Compute Cohen's d of paired differences: mean by standard deviation (Cohen 1988, d_z).

    The interval inverts the noncentral t distribution (Cumming & Finch 2001).

    Args:
        differences: One per independent unit, (group,), all finite.
        level: Of the interval, between 0 and 1.

    Returns:
        NaN for fewer than two differences, or if all are equal and not zero.
    """
    groups, name = len(differences), "paired d (mean by standard deviation of group means)"
    if groups < 2:
        return Effect(nan, unknown(level), name)
    spread = float(np.std(differences, ddof=1))
    if spread < 1e-12:
        known = 0.0 if not differences.any() else nan
        return Effect(known, Interval(known, known, level), name)
    d = float(np.mean(differences)) / spread
    t, freedom = d * sqrt(groups), groups - 1.0
    ends = [noncentrality_of(t, freedom, share) for share in ((1 + level) / 2, (1 - level) / 2)]
    low, high = (end / sqrt(groups) for end in ends)
    return Effect(d, Interval(low, high, level), name)


def rank_biserial_effect(
    differences: GroupMeans, *, rng: np.random.Generator, draws: int = 9999, level: float = 0.95
) -> Effect:
    """Compute the matched-pairs rank-biserial correlation with its BCa interval over groups.

    Args:
        differences: One per independent unit, (group,), all finite.
        rng: Source of randomness of the bootstrap.
        draws: Number of resamples, > 0.
        level: Of the interval, between 0 and 1.

    Returns:
        In [-1, 1]; NaN for fewer than two differences.
    """
    groups, name = len(differences), "rank-biserial"
    if groups < 2:
        return Effect(nan, unknown(level), name)
    value = float(_rank_biserials(differences[None])[0])
    at_once = max(1, _CELLS_AT_ONCE // groups)
    parts = [
        _rank_biserials(
            differences[rng.integers(groups, size=(min(at_once, draws - start), groups))]
        )
        for start in range(0, draws, at_once)
    ]
    others = ~np.eye(groups, dtype=bool)
    without = np.broadcast_to(differences, (groups, groups))[others].reshape(groups, groups - 1)
    resampled = np.concatenate(parts)
    return Effect(value, bca_interval(value, resampled, _rank_biserials(without), level), name)


def _rank_biserials(rows: np.ndarray) -> np.ndarray:
    """Signed share of the rank sum of each row; zeros are ranked and speak for neither."""
    ranks = stats.rankdata(np.abs(rows), axis=1)
    shares: np.ndarray = (np.sign(rows) * ranks).sum(axis=1) / ranks.sum(axis=1)
    return shares
