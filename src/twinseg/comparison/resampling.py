"""Which groups, and which cases of them, each resample of a bootstrap takes."""

from collections.abc import Iterator
from math import log

import numpy as np
from jaxtyping import Float, Int, Integer
from scipy.sparse import csr_array

from twinseg.comparison.groups import GroupNumbers, GroupTotals

Resampled = Float[np.ndarray, " draw"]
Drawn = Integer[np.ndarray, " draw"]
CaseCounts = Int[np.ndarray, "draw case"]  # how often a resample takes a case

_DRAWS_AT_ONCE = 500_000  # 6 MB: what a processor keeps near
_CELLS_AT_ONCE = 2_000_000  # of counts, 16 MB
_LARGEST_TABLE = 2**16  # two tables of 512 KB: as much as a processor keeps near
_MOST_IN_PAIRS = 512  # groups; their tables of 2 MB are still faster than twice the draws


def resampled_means(totals: GroupTotals, rng: np.random.Generator, draws: int) -> Resampled:
    """Compute the mean over cases of each resample: as many groups as there are, with replacement.

    A resample is a row of a sparse matrix, so that adding it up is one product. Few groups are
    drawn several at a time from the table of all their tuples, which saves random numbers: pairs
    up to 512 groups, threes up to 40, and so on.

    Args:
        totals: Of at least two groups.
        rng: Source of randomness.
        draws: Number of resamples.
    """
    groups = len(totals.cases)
    at_a_time = int(log(_LARGEST_TABLE) / log(groups) + 1e-9)
    at_a_time = max(at_a_time, 2 if groups <= _MOST_IN_PAIRS else 1)
    cases = totals.cases.astype(float)
    # Where all groups are of one size, so are all resamples.
    singles = [totals.sums] if (cases == cases[0]).all() else [totals.sums, cases]
    tuples = [_of_tuples(single, at_a_time) for single in singles]
    at_once = max(1, _DRAWS_AT_ONCE // groups)
    means = np.empty(draws)
    for start in range(0, draws, at_once):
        rows = min(at_once, draws - start)
        taken = _rows(rng, groups**at_a_time, rows, groups // at_a_time)
        left_over = rng.integers(groups, size=(rows, groups % at_a_time))
        sum_of, *cases_of = (
            taken @ table + single[left_over].sum(axis=1)
            for table, single in zip(tuples, singles, strict=True)
        )
        means[start : start + rows] = sum_of / (cases_of[0] if cases_of else cases.sum())
    return means


def case_counts(
    numbers: GroupNumbers, rng: np.random.Generator, draws: int
) -> Iterator[CaseCounts]:
    """Yield, part by part, how often each resample takes each case: with a group, all its cases.

    Args:
        numbers: Of the group of each case, 0, 1, ...
        rng: Source of randomness.
        draws: Number of resamples over all parts.
    """
    groups = int(numbers.max()) + 1
    at_once = max(1, _CELLS_AT_ONCE // len(numbers))
    for start in range(0, draws, at_once):
        part = min(at_once, draws - start)
        chosen = rng.integers(groups, size=(part, groups)) + groups * np.arange(part)[:, None]
        times = np.bincount(chosen.ravel(), minlength=part * groups).reshape(part, groups)
        yield times[:, numbers]


def uniform_below(limit: int, rng: np.random.Generator, count: int) -> Drawn:
    """Draw ``count`` whole numbers from 0 .. ``limit - 1``, all equally likely; 1 < limit < 2**31.

    Random bits are divided by the width that each number gets; what lies behind the last one is
    drawn again. Half the time of `Generator.integers`, which treats numbers one by one.
    """
    # 16 random bits are cheaper than 32, unless many of them must be drawn again.
    few_again = limit <= 2**16 and 2**16 % limit < 2**11
    bits = 16 if few_again else 32
    kind = np.dtype(f"u{bits // 8}")
    words = -(-count * bits // 64)
    raw = rng.integers(0, 2**64 - 1, size=words, dtype=np.uint64, endpoint=True).view(kind)[:count]
    found: Drawn = raw // kind.type(2**bits // limit)
    again = np.flatnonzero(found >= limit)
    found[again] = rng.integers(limit, size=again.size)
    return found


def _rows(rng: np.random.Generator, choices: int, rows: int, per_row: int) -> csr_array:
    chosen = uniform_below(choices, rng, rows * per_row).astype(np.int32, copy=False)
    starts = np.arange(rows + 1, dtype=np.int32) * per_row
    return csr_array((np.ones(chosen.size), chosen, starts), shape=(rows, choices))


def _of_tuples(values: np.ndarray, length: int) -> np.ndarray:
    """Sums of all tuples of ``values``, the last member changing fastest."""
    sums = values
    for _ in range(length - 1):
        sums = np.add.outer(sums, values).ravel()
    return sums
