"""Variance components of crossed scores, of all cases or of resamples of them."""

from itertools import chain, combinations
from math import prod

import numpy as np
from jaxtyping import Float, Shaped

from twinseg.comparison.groups import GroupNumbers
from twinseg.comparison.resampling import Resampled

Crossed = Float[np.ndarray, "case ..."]
Taken = Shaped[np.ndarray, "draw case"]  # how often a resample takes a case
Squares = dict[tuple[int, ...], Resampled]  # mean square of each set of axes, in each resample


def mean_squares(values: Crossed, taken: Taken) -> Squares:
    """Compute the mean squares of every factor and interaction, for each resample of cases.

    Within a case each set of the other axes has an effect; all that a resample needs are its sum
    and its sum of squares over cases, so that resamples are two matrix products.

    Args:
        values: One value per combination, one axis per factor, the first one the cases.
        taken: How often each resample takes each case.
    """
    cases = taken.sum(axis=1).astype(float)
    squares = {}
    for others in _subsets(range(1, values.ndim)):
        effects = _effects_within_cases(values, others)
        repeats = prod(values.shape[1:]) // prod(values.shape[axis] for axis in others)
        freedom = prod(values.shape[axis] - 1 for axis in others)
        middle = effects.mean(axis=0)  # taken off first, for its square would swallow the spread
        away = effects - middle
        mean = taken @ away / cases[:, None]
        within = taken @ np.sum(away**2, axis=1) - cases * np.sum(mean**2, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample of one case: NaN
            squares[0, *others] = repeats * within.clip(0) / (freedom * (cases - 1))
        if others:
            squares[others] = cases * repeats * np.sum((mean + middle) ** 2, axis=1) / freedom
    return squares


def resampled_components(values: Crossed, factors: list[str], taken: Taken) -> dict[str, Resampled]:
    """Estimate every component in each resample, by the method of moments.

    Searle et al. 1992, section 4.4.

    Args:
        values: As in `mean_squares`; each axis has two levels or more.
        factors: Name of each axis.
        taken: As in `mean_squares`.
    """
    squares = mean_squares(values, taken)
    cases = taken.sum(axis=1)
    components = {}
    for chosen in _subsets(range(values.ndim)):
        if not chosen:
            continue
        above = [other for other in squares if set(chosen) <= set(other)]
        signed = sum((-1) ** (len(other) - len(chosen)) * squares[other] for other in above)
        repeats = prod(values.shape[axis] for axis in range(1, values.ndim) if axis not in chosen)
        with_cases = repeats if 0 in chosen else repeats * cases
        components[" x ".join(factors[axis] for axis in chosen)] = signed / with_cases
    return components


def crossed_components(values: Crossed, factors: list[str]) -> dict[str, float]:
    """Estimate the variance component of every factor and interaction of crossed ``values``.

    Args:
        values: One value per combination; one axis per factor, each of two levels or more.
        factors: Name of each axis.
    """
    found = resampled_components(values, factors, np.ones((1, len(values))))
    return {name: float(value[0]) for name, value in found.items()}


def split_by_group(
    case_means: Float[np.ndarray, " case"],
    numbers: GroupNumbers,
    taken: Taken,
    whole: Resampled,
) -> tuple[Resampled, Resampled]:
    """Part the component of cases into that of groups and that of cases within their group.

    Nested analysis of variance with groups of any size (Searle et al. 1992, section 3.6). What
    seeds and inits leave in the mean of a case is what its variance has beyond ``whole``.

    Args:
        case_means: Mean of each case over everything else.
        numbers: Of the group of each case, 0, 1, ...
        taken: How often each resample takes each case; with a group, all its cases.
        whole: The component of cases in each resample, groups unheeded.
    """
    values = case_means - case_means.mean()
    sizes = np.bincount(numbers)
    sums, squares = (np.bincount(numbers, weights=values**power) for power in (1, 2))
    times = taken[:, np.unique(numbers, return_index=True)[1]]
    cases, groups = times @ sizes, times.sum(axis=1)
    correction = (times @ sums) ** 2 / cases
    of_means = times @ (sums**2 / sizes)
    with np.errstate(invalid="ignore", divide="ignore"):  # groups of one case each: NaN
        within = (times @ squares - of_means) / (cases - groups)
        between = (of_means - correction) / (groups - 1)
        size = (cases - times @ sizes**2 / cases) / (groups - 1)
        noise = (times @ squares - correction) / (cases - 1) - whole
        return (between - within) / size, within - noise


def _subsets(axes: range) -> list[tuple[int, ...]]:
    """All sets of axes, the smaller ones first, the empty one included."""
    return list(chain.from_iterable(combinations(axes, size) for size in range(len(axes) + 1)))


def _effects_within_cases(
    values: Crossed, chosen: tuple[int, ...]
) -> Float[np.ndarray, "case level"]:
    """Effect of the ``chosen`` axes in each case, by inclusion and exclusion of means."""
    others = tuple(axis for axis in range(1, values.ndim) if axis not in chosen)
    means = values.mean(axis=others, keepdims=True)
    effect = np.zeros_like(means)
    for kept in _subsets(range(len(chosen))):
        gone = tuple(axis for at, axis in enumerate(chosen) if at not in kept)
        effect += (-1) ** (len(chosen) - len(kept)) * means.mean(axis=gone, keepdims=True)
    by_level: Float[np.ndarray, "case level"] = effect.reshape(len(values), -1)
    return by_level
