"""Bayesian signed-rank test: how probable is it that one model is better, or neither."""

from dataclasses import dataclass
from math import nan

import numpy as np

from twinseg.comparison.groups import GroupMeans
from twinseg.comparison.number_text import number, percent
from twinseg.core.errors import ConfigError

_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Posterior:
    """Probabilities that add up to 1; NaN for fewer than two groups.

    Attributes:
        first_higher: The difference lies below the region: the first model has higher values.
        equivalent: It lies in the region.
        second_higher: It lies above: the second model has higher values.
        rope: Half width of the region of practical equivalence, in the unit of the metric.
        draws: Monte-Carlo samples.
    """

    first_higher: float
    equivalent: float
    second_higher: float
    rope: float
    draws: int

    def __str__(self) -> str:
        """Say the three probabilities."""
        return (
            f"probability of being higher by more than {number(self.rope)}: "
            f"{percent(self.second_higher)}, of differing by less: {percent(self.equivalent)}, "
            f"of being lower: {percent(self.first_higher)}"
        )


def bayesian_signed_rank(
    differences: GroupMeans,
    *,
    rope: float,
    rng: np.random.Generator,
    draws: int = 20_000,
    prior: float = 0.5,
) -> Posterior:
    """Sample the Bayesian signed-rank test (Benavoli et al. 2014; 2017, JMLR 18:77, section 4.2).

    The differences get random weights from a Dirichlet distribution, with one more difference of
    0 of weight ``prior``. A sample speaks for the outcome that most weighted pairs (i, j) have by
    their sum z_i + z_j: below -2 rope, within, above.

    Args:
        differences: Second minus first, one per independent unit, (group,), all finite.
        rope: Half width of the region of practical equivalence, >= 0, in the unit of the metric.
        rng: Source of randomness.
        draws: Number of samples, > 0.
        prior: Weight of the difference of 0, > 0.

    Raises:
        ConfigError: If an argument is out of range.
    """
    for name, value, fits in (
        ("rope", rope, rope >= 0),
        ("draws", draws, draws > 0),
        ("prior", prior, prior > 0),
    ):
        if not fits:
            raise ConfigError(f"{name} of the Bayesian test is out of range: {value}")
    if len(differences) < 2:
        return Posterior(nan, nan, nan, rope, draws)
    z = np.concatenate([[0.0], differences])
    order = np.argsort(z, kind="stable")
    ascending, concentration = z[order], np.where(order == 0, prior, 1.0)
    wins = np.zeros(3)
    at_once = max(1, _CELLS_AT_ONCE // len(z))
    for start in range(0, draws, at_once):
        weights = rng.standard_gamma(concentration, size=(min(at_once, draws - start), len(z)))
        weights /= weights.sum(axis=1, keepdims=True)
        first_share = _share_below(-2 * rope, ascending, weights)
        second_share = 1 - _share_below(2 * rope, ascending, weights)
        shares = np.stack([first_share, 1 - first_share - second_share, second_share], axis=1)
        wins += np.bincount(shares.argmax(axis=1), minlength=3)
    first, same, second = (wins / draws).tolist()
    return Posterior(first, same, second, rope, draws)


def _share_below(limit: float, ascending: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weigh the pairs whose sum is below ``limit``, those at it by half, for each draw.

    The partners of a value that make such a pair come first in ascending order.
    """
    up_to = np.pad(np.cumsum(weights, axis=1), ((0, 0), (1, 0)))
    below = np.searchsorted(ascending, limit - ascending, side="left")
    not_above = np.searchsorted(ascending, limit - ascending, side="right")
    shares: np.ndarray = (weights * (up_to[:, below] + up_to[:, not_above]) / 2).sum(axis=1)
    return shares
