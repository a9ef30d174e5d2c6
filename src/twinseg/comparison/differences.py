"""Differences of pairs, with infinite values as what they are: beyond every number."""

from math import floor, log10

import numpy as np

from twinseg.core.arrays import Values

_DIGITS = 12  # of the largest value: beyond them lies what rounding and another order bring


def paired_differences(first: Values, second: Values) -> Values:
    """Return second minus first, (case,); NaN where one of them has no value.

    Infinite where one of them is, and 0 where both are infinite alike: both have failed. Digits
    beyond the twelfth of the largest value are dropped: 0.1 + 0.2 does not differ from 0.3.
    """
    alike = np.isinf(first) & (first == second)
    with np.errstate(invalid="ignore"):  # inf - inf, which is alike
        differences: Values = np.where(alike, 0.0, second - first)
    return without_noise(differences, of=np.concatenate([first, second]))


def without_noise(values: np.ndarray, *, of: np.ndarray | None = None) -> np.ndarray:
    """Round to the twelfth digit of the largest of ``values``, or of the numbers they came from.

    What is then left of "no difference" is 0, and what is alike is a tie; infinite values stay.
    """
    sizes = np.abs(values if of is None else of)
    largest = float(sizes[np.isfinite(sizes)].max(initial=0.0))
    if largest == 0:
        return values
    rounded: np.ndarray = values.round(min(300, _DIGITS - 1 - floor(log10(largest))))
    return rounded


def ranked_alike(values: np.ndarray) -> np.ndarray:
    """Return finite numbers that ranks of any group's mean take as they would take ``values``.

    An infinite value becomes a number so far out that a group with more of them is farther out
    than any group with fewer, whatever its other values.

    Args:
        values: Of any shape; NaN stays NaN.
    """
    if not np.isinf(values).any():
        return values
    finite = np.abs(values[np.isfinite(values)])
    far = (2 * finite.max(initial=0.0) + 1) * values.shape[0]
    numbers: np.ndarray = np.clip(values, -far, far)
    return numbers


def at_infinity(values: np.ndarray) -> int:
    """Count infinite values; below 0 where they are minus infinity."""
    return int((values == np.inf).sum()) - int((values == -np.inf).sum())
