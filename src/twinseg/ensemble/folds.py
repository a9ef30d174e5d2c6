"""Groups dealt into folds: what is fitted on some groups is judged on others."""

import numpy as np
from jaxtyping import Shaped

from twinseg.core.arrays import Indices

Groups = Shaped[np.ndarray, " case"]  # names of groups
FOLDS = 5


def group_folds(groups: Groups, rng: np.random.Generator, folds: int = FOLDS) -> Indices:
    """Deal groups to folds at random, as evenly as their number allows.

    Args:
        groups: The group of each case.
        rng: Source of randomness.
        folds: Number of folds; fewer if there are fewer groups.

    Returns:
        Fold of each case, (case,), from 0; cases of one group share it.
    """
    names, numbers = np.unique(groups, return_inverse=True)
    dealt = rng.permutation(len(names)) % min(folds, len(names))
    return dealt[numbers]
