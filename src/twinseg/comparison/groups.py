"""Cases of one group are not independent: what resampling and tests see are the groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from twinseg.core.arrays import Values
from twinseg.core.errors import DataError

Groups = Sequence[str] | Sequence[int] | np.ndarray


@dataclass(frozen=True)
class GroupTotals:
    """Sum and number of the cases of each group, in the order of the sorted group names."""

    sums: Float[np.ndarray, " group"]
    cases: Int[np.ndarray, " group"]

    @property
    def means(self) -> Float[np.ndarray, " group"]:
        """Mean of each group's cases."""
        means: Float[np.ndarray, " group"] = self.sums / self.cases
        return means


def group_totals(values: Values, groups: Groups) -> GroupTotals:
    """Add up ``values``, (case,), within each group; values that are not finite are left out.

    Raises:
        DataError: If there is not exactly one group for each value.
    """
    if len(values) != len(groups):
        raise DataError(f"{len(values)} values need {len(values)} groups, got {len(groups)}")
    defined = np.isfinite(values)
    _, numbers = np.unique(np.asarray(groups)[defined], return_inverse=True)
    sums = np.bincount(numbers, weights=values[defined]).astype(float)  # int when there are none
    return GroupTotals(sums=sums, cases=np.bincount(numbers))
