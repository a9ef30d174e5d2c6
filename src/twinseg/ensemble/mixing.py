"""The mean of several models' probabilities, equal or weighted."""

from collections.abc import Sequence

import numpy as np

from twinseg.core.arrays import Plane
from twinseg.core.errors import ConfigError
from twinseg.ensemble.checks import require_one_shape


def mix(planes: Sequence[Plane], weights: Sequence[float] | None = None) -> Plane:
    """Average probabilities pixel by pixel.

    Args:
        planes: Probabilities of each model for one case, [0, 1], (y, x), on one grid.
        weights: One a model, >= 0, adding up to 1; equal by default.

    Returns:
        float32 in [0, 1], never outside what the models say.

    Raises:
        DataError: If there are fewer than two models or their grids differ.
        ConfigError: If the weights are not such weights.
    """
    require_one_shape(planes)
    shares = np.full(len(planes), 1 / len(planes)) if weights is None else np.array(weights)
    if len(shares) != len(planes) or (shares < 0).any() or abs(shares.sum() - 1) > 1e-6:
        raise ConfigError(
            f"expected {len(planes)} weights, none negative, adding up to 1, got {weights}"
        )
    mixed: Plane = np.tensordot(shares, np.stack(planes).astype(float), axes=1)
    return mixed.astype(np.float32)
