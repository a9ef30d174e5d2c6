"""Cases of one group are not independent: what resampling and tests see are the groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from twinseg.core.arrays import Values
from twinseg.core.errors import DataError

Groups = Sequence[str] | Sequence[int] | np.ndarray
GroupMeans = Float[np.ndarray, " group"]
GroupNumbers = Int[np.ndarray, " case"]  # 0, 1, ... in the order of the sorted group names
Kept = Float[np.ndarray, " kept"]  # cases with a value
KeptNumbers = Int[np.ndarray, " kept"]


@dataclass(frozen=True)
class GroupTotals:
    """Sum and number of the cases of each group, in the order of the sorted group names."""

    sums: GroupMeans
    cases: Int[np.ndarray, " group"]

    @property
    def means(self) -> GroupMeans:
        """Mean of each group's cases."""
        means: GroupMeans = self.sums / self.cases
        return means

    @property
    def mean(self) -> float:
        """Mean over cases, each weighing alike; NaN without cases."""
        return float(self.sums.sum() / self.cases.sum()) if len(self.cases) else float("nan")


def defined_cases(values: Values, groups: Groups) -> tuple[Kept, KeptNumbers]:
    """Return the finite values and the number of each one's group.

    Raises:
        DataError: If there is not exactly one group for each value.
    """
    if len(values) != len(groups):
        raise DataError(f"{len(values)} values need {len(values)} groups, got {len(groups)}")
    defined = np.isfinite(values)
    _, numbers = np.unique(np.asarray(groups)[defined], return_inverse=True)
    return values[defined], numbers


def group_totals(values: Values, groups: Groups) -> GroupTotals:
    """Add up ``values``, (case,), within each group; values that are not finite are left out.

    Raises:
        DataError: If there is not exactly one group for each value.
    """
    kept, numbers = defined_cases(values, groups)
    sums = np.bincount(numbers, weights=kept).astype(float)  # int when there are none
    sums[np.abs(sums) < 1e-12 * np.bincount(numbers, weights=np.abs(kept))] = 0.0  # rounding
    return GroupTotals(sums=sums, cases=np.bincount(numbers))
