"""How much models disagree about one case: known without the reference."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from twinseg.core.arrays import Mask, Plane
from twinseg.ensemble.checks import require_one_shape

SURE_OF_BACKGROUND = 0.05  # a probability of at most this


def disagreement(masks: Sequence[Mask]) -> float:
    """1 minus the mean Dice between any two models, [0, 1]; two empty masks agree.

    Args:
        masks: Two or more masks of one case, bool, (y, x).

    Raises:
        DataError: If there are fewer than two masks or their shapes differ.
    """
    require_one_shape(masks)
    dices = [_dice(first, second) for first, second in combinations(masks, 2)]
    return 1 - float(np.mean(dices))


def uncertainty(probability: Plane) -> float:
    """Mean entropy in bits, [0, 1], of the pixels with a probability above 0.05; 0 without any.

    The margin that every model calls background would drown the rest.

    Args:
        probability: Of foreground, [0, 1], (y, x).
    """
    shown = probability[probability > SURE_OF_BACKGROUND]
    return float(entropy(shown).mean()) if shown.size else 0.0


def entropy(probability: np.ndarray) -> np.ndarray:
    """Entropy in bits of a yes-or-no answer of each probability: 1 at one half, 0 at 0 and 1."""
    inside = np.clip(probability.astype(float), 1e-12, 1 - 1e-12)
    bits: np.ndarray = -(inside * np.log2(inside) + (1 - inside) * np.log2(1 - inside))
    return bits


def _dice(first: Mask, second: Mask) -> float:
    areas = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / areas if areas else 1.0
