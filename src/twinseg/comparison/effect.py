"""How large a paired difference is in units of its own spread."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Float, Int

from twinseg.comparison.bca import Interval, bca_interval, unknown
from twinseg.comparison.groups import GroupMeans
from twinseg.comparison.noncentral_t import noncentrality_of

_CELLS_AT_ONCE = 1_000_000

TimesTaken = Int[np.ndarray, "draw group"]


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
    ranked = _Ranked.of(differences)
    value = float(ranked.rank_biserials(np.ones((1, groups), dtype=int))[0])
    at_once = max(1, _CELLS_AT_ONCE // groups)
    parts = [
        ranked.rank_biserials(_times_taken(rng, min(at_once, draws - start), groups))
        for start in range(0, draws, at_once)
    ]
    resampled = np.concatenate(parts)
    return Effect(value, bca_interval(value, resampled, ranked.without_each(), level), name)


def _times_taken(rng: np.random.Generator, draws: int, groups: int) -> TimesTaken:
    """Draw as many groups as there are, with replacement, and count each."""
    chosen = rng.integers(groups, size=(draws, groups)) + groups * np.arange(draws)[:, None]
    return np.bincount(chosen.ravel(), minlength=draws * groups).reshape(draws, groups)


@dataclass(frozen=True)
class _Ranked:
    """Differences in the order of their sizes, ranked once for all resamples.

    Attributes:
        order: Places of the differences, the smallest size first.
        signs: Of the differences in that order; zeros speak for neither.
        starts: Where each size begins in that order; equal ones share a rank.
    """

    order: Int[np.ndarray, " group"]
    signs: Float[np.ndarray, " group"]
    starts: Int[np.ndarray, " size"]

    @classmethod
    def of(cls, differences: GroupMeans) -> "_Ranked":
        sizes = np.abs(differences)
        order = np.argsort(sizes, kind="stable")
        is_new = np.diff(sizes[order], prepend=-1.0) != 0
        return cls(order, np.sign(differences[order]), np.flatnonzero(is_new))

    def rank_biserials(self, taken: TimesTaken) -> Float[np.ndarray, " draw"]:
        """Signed share of the rank sum, of each row of times the groups, in order, are taken."""
        alike, signed = taken, taken * self.signs
        if len(self.starts) < len(self.order):
            alike, signed = (np.add.reduceat(part, self.starts, axis=1) for part in (alike, signed))
        ranks = np.cumsum(alike, axis=1) - (alike - 1) / 2
        total = len(self.order) * (len(self.order) + 1) / 2
        shares: Float[np.ndarray, " draw"] = np.einsum("dg,dg->d", ranks, signed) / total
        return shares

    def without_each(self) -> GroupMeans:
        """Return the rank-biserial correlation of all differences but one, for each.

        Ranks above the one left out fall by one, those of its equals by a half.
        """
        groups = len(self.order)
        alike = np.diff(self.starts, append=groups)
        ranks = np.repeat(np.cumsum(alike) - (alike - 1) / 2, alike)
        signed = np.repeat(np.add.reduceat(self.signs, self.starts), alike)
        above = self.signs.sum() - np.repeat(np.cumsum(signed[self.starts]), alike)
        sums = (ranks * self.signs).sum() - ranks * self.signs - above - (signed - self.signs) / 2
        shares: GroupMeans = sums / (groups * (groups - 1) / 2)
        return shares
