"""All conditions and all pairs of them at once: how much worse, and what chance alone gives.

The test is the single-step max-T of Westfall & Young 1993 (Resampling-based multiple testing,
section 2.3): the largest statistic over everything searched, under permutation. It holds however
the conditions depend on each other. What is permuted are whole groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from twinseg.comparison.groups import GroupNumbers
from twinseg.core.arrays import Values

Singles = Bool[np.ndarray, "case single"]
Numbers = Float[np.ndarray, " condition"]
Places = Int[np.ndarray, " condition"]
Dealt = Float[np.ndarray, "case dealing"]  # the first column is as observed

_MOST_VALUES = 12_000_000  # cases times draws, 48 MB
_FEWEST_DRAWS = 199
_ROUNDING = 1e-4  # of standardised sums in single precision


@dataclass(frozen=True)
class Searched:
    """Every condition and pair that is large enough.

    Attributes:
        first: Place of the first condition among the single ones.
        second: Of the second one; the same for a condition alone.
        higher: How much higher the mean is than that of the rest, each group weighing alike.
        error: Standard error of ``higher`` where groups are dealt at random.
        p_adjusted: Chance that the most extreme of all has as large a statistic.
        draws: Permutations that were made.
    """

    first: Places
    second: Places
    higher: Numbers
    error: Numbers
    p_adjusted: Numbers
    draws: int

    def __len__(self) -> int:
        return len(self.first)


def search_conditions(
    singles: Singles,
    columns: Sequence[str] | None,
    values: Values,
    numbers: GroupNumbers,
    *,
    smallest: int,
    fewest_groups: int,
    rng: np.random.Generator,
    draws: int = 999,
) -> Searched:
    """Compare the cases of each condition, and of pairs from two columns, with the rest.

    A case weighs one by the number of cases of its group, so that no group weighs more than
    another. The sum of what values lie above their mean is divided by its standard deviation over
    the observed and all permuted values, which makes conditions of any size alike. In a
    permutation each group gets the values of another one, turned round by a random part and
    stretched to its number of cases: neighbours in a stack stay neighbours. With groups of one
    size that is exact if groups can be exchanged; else a large group with few values is too
    variable, which errs on the safe side.

    Args:
        singles: The cases of which each condition holds.
        columns: Of each condition; pairs are made of two different ones, none without columns.
        values: Of each case, finite; in any unit.
        numbers: The group of each case, 0, 1, ...
        smallest: Number of cases, inside and outside.
        fewest_groups: Number of groups inside.
        rng: Source of randomness.
        draws: Permutations, > 0; with more than 12,000 cases fewer, down to 199.

    Returns:
        Empty if nothing is large enough.
    """
    in_order = np.argsort(numbers, kind="stable")  # cases of a group together
    singles, values, numbers = singles[in_order], values[in_order], numbers[in_order]
    draws = min(draws, max(_FEWEST_DRAWS, _MOST_VALUES // max(1, len(values))))
    sizes = np.bincount(numbers)
    weights = (1 / sizes[numbers]).astype(np.float32)
    dealt = _dealt(values, numbers, sizes, rng, draws)
    dealt -= weights @ dealt / len(sizes)
    dealt *= weights[:, None]
    counts = singles.sum(axis=0)
    by_size = np.argsort(counts, kind="stable")  # the smaller one of a pair says which rows to read
    sorted_masks = np.ascontiguousarray(singles[:, by_size].T)
    as_numbers = np.ascontiguousarray(sorted_masks.T, dtype=np.float32)
    of_column = np.array(columns or [""] * len(by_size), dtype=object)[by_size]
    least_spread = max(1e-6 * float(np.abs(dealt).max(initial=0)), 1e-30)  # below it is rounding
    highest = np.full(draws, -np.inf)
    parts: list[tuple[np.ndarray, ...]] = []
    for place, mask in enumerate(sorted_masks):
        rows = np.flatnonzero(mask)
        inside, others = as_numbers[rows, place:], by_size[place:]
        cases, groups = inside.sum(axis=0), _groups_in(inside, numbers[rows], sizes)
        kept = (cases >= smallest) & (len(values) - cases >= smallest) & (groups >= fewest_groups)
        parted = (of_column[place:] != of_column[place]) & (cases < len(rows))
        kept &= (np.arange(len(others)) == 0) | (parted & (cases < counts[others]))
        if not kept.any():
            continue
        sums = (inside.T @ dealt[rows])[kept]
        middle, spread = sums.mean(axis=1), sums.std(axis=1)
        spread[spread < least_spread] = np.inf
        standard = (sums - middle[:, None]) / spread[:, None]
        highest = np.maximum(highest, standard[:, 1:].max(axis=0))
        weight = (weights[rows] @ inside)[kept].astype(float)
        scale = weight * (1 - weight / len(sizes))
        parts.append(
            (
                np.full(len(weight), by_size[place]),
                others[kept],
                sums[:, 0] / scale,
                np.where(np.isinf(spread), 0, spread) / scale,
                standard[:, 0],
            )
        )
    if not parts:
        none, nowhere = np.empty(0), np.empty(0, dtype=int)
        return Searched(nowhere, nowhere, none, none, none, draws)
    first, second, higher, error, standard = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    at_least = draws - np.searchsorted(np.sort(highest), standard - _ROUNDING)
    return Searched(first, second, higher, error, (1 + at_least) / (draws + 1), draws)


def _dealt(
    values: Values,
    numbers: GroupNumbers,
    sizes: np.ndarray,
    rng: np.random.Generator,
    draws: int,
) -> Dealt:
    """Return the values as observed, then each time with those of each group given to another."""
    dealt = np.empty((len(values), draws + 1), dtype=np.float32)
    values = values - values.mean()  # single precision is kept for what differs
    dealt[:, 0] = values
    starts = np.cumsum(sizes) - sizes
    along = (np.arange(len(values)) - starts[numbers] + 0.5) / sizes[numbers]
    for draw in range(1, draws + 1):
        donor = rng.permutation(len(sizes))
        if len(sizes) == len(values):
            dealt[:, draw] = values[donor]
            continue
        turned = (along + rng.random(len(sizes))[numbers]) % 1
        given = donor[numbers]
        at = np.minimum((turned * sizes[given]).astype(int), sizes[given] - 1)
        dealt[:, draw] = values[starts[given] + at]
    return dealt


def _groups_in(
    inside: np.ndarray, numbers: GroupNumbers, sizes: np.ndarray
) -> Int[np.ndarray, " other"]:
    """Count the groups with a case in each column; ``numbers`` ascend."""
    if sizes.max() > 1 and len(numbers):
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        inside = np.maximum.reduceat(inside, starts, axis=0)
    groups: Int[np.ndarray, " other"] = inside.sum(axis=0).astype(int)
    return groups
