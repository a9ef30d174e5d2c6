"""Permutation test of a mean difference: the sign of each whole group is flipped."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison.groups import GroupMeans, GroupTotals

MOST_GROUPS_EXACT = 16  # 65,536 patterns of signs
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class TestResult:
    """A p value and how it came about; NaN where it cannot be computed."""

    p_value: float
    method: str


def sign_flip_test(
    totals: GroupTotals, *, rng: np.random.Generator, draws: int = 9999
) -> TestResult:
    """Test whether the mean difference is zero, given that each group might as well be mirrored.

    Fisher 1935; by group, because all cases of a patient share what makes one model better.
    All patterns of signs for up to 16 groups, else ``draws`` random ones and
    p = (b + 1) / (m + 1) (Phipson & Smyth 2010).

    Args:
        totals: Of the differences of at least two groups, else the p value is NaN.
        rng: Source of randomness, unused where the test is exact.
        draws: Number of random patterns, > 0.

    Returns:
        Two-sided.
    """
    sums, groups = totals.sums, len(totals.sums)
    if groups < 2:
        return TestResult(float("nan"), "not computable")
    tolerance = 1e-9 * float(np.abs(sums).sum())
    seen = abs(float(sums.sum())) - tolerance
    if groups <= MOST_GROUPS_EXACT:
        # One half of the patterns mirrors the other: the last group keeps its sign.
        patterns = np.arange(2 ** (groups - 1))[:, None] >> np.arange(groups) & 1
        flipped = _sums_with(1 - 2 * patterns, sums)
        return TestResult(
            float(np.mean(flipped >= seen)), f"sign-flip by group, exact, {groups} groups"
        )
    beyond, at_once = 0, max(1, _CELLS_AT_ONCE // groups)
    for start in range(0, draws, at_once):
        size = (min(at_once, draws - start), groups)
        signs = 2 * rng.integers(2, size=size, dtype=np.int8) - 1
        beyond += int(np.count_nonzero(_sums_with(signs, sums) >= seen))
    return TestResult((beyond + 1) / (draws + 1), f"sign-flip by group, {draws} random patterns")


def _sums_with(signs: np.ndarray, sums: GroupMeans) -> np.ndarray:
    sizes: np.ndarray = np.abs(signs.astype(float) @ sums)
    return sizes
