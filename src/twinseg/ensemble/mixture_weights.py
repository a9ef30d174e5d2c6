"""Weights of a weighted mean of probabilities, fitted on validation cases by group.

Stacked regression with weights that are not negative and add up to one (Breiman 1996, Machine
Learning 24, 49-64), cross-fitted as in van der Laan, Polley & Hubbard 2007 (Super Learner).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from twinseg.core.arrays import Mask, Plane
from twinseg.core.errors import DataError
from twinseg.ensemble.folds import Groups, group_folds

MemberWeights = Float[np.ndarray, " model"]


@dataclass(frozen=True)
class Products:
    """All that the squared error of a mixture depends on, case by case, as means over pixels."""

    between: Float[np.ndarray, "case model model"]  # probability times probability
    with_reference: Float[np.ndarray, "case model"]
    of_reference: Float[np.ndarray, " case"]

    def error(self, weights: MemberWeights) -> Float[np.ndarray, " case"]:
        """Mean squared error (Brier score) of the mixture, case by case."""
        errors: np.ndarray = (
            np.einsum("cij,i,j->c", self.between, weights, weights)
            - 2 * self.with_reference @ weights
            + self.of_reference
        )
        return errors


@dataclass(frozen=True)
class Weights:
    """What the members weigh.

    Attributes:
        values: One weight a member, >= 0, adding up to 1.
        by_fold: Weights fitted without each fold: how much they depend on the cases.
        error: Brier score on the fold left out, mean over cases; NaN without folds.
        error_equal: The same of equal weights.
    """

    values: tuple[float, ...]
    by_fold: tuple[tuple[float, ...], ...]
    error: float
    error_equal: float


def products_of_case(planes: Sequence[Plane], reference: Mask) -> list[np.ndarray]:
    """Sum up one case for `fit_weights`: probabilities of each model and the reference, (y, x)."""
    flat = np.stack([plane.ravel() for plane in planes]).astype(float)
    truth = reference.ravel().astype(float)
    pixels = truth.size
    return [flat @ flat.T / pixels, flat @ truth / pixels, np.array(truth.mean())]


def fit_weights(
    cases: Sequence[Sequence[np.ndarray]], groups: Groups, rng: np.random.Generator
) -> Weights:
    """Find the weights with the smallest mean squared error per pixel, every case alike.

    They are the mean of those fitted without each fold of groups, so that no group alone decides.
    With a single group nothing can be left out, and all members weigh alike.

    Args:
        cases: `products_of_case` of each validation case.
        groups: The group of each case.
        rng: Deals the groups to folds.

    Returns:
        The weights, and what they are worth on groups they were not fitted on.

    Raises:
        DataError: If there is no case.
    """
    if not cases:
        raise DataError("weights need validation cases, got none")
    products = Products(*(np.stack(parts) for parts in zip(*cases, strict=True)))
    equal = np.full(products.with_reference.shape[1], 1 / products.with_reference.shape[1])
    folds = group_folds(groups, rng)
    if folds.max() == 0:
        return Weights(tuple(equal.tolist()), (), np.nan, float(products.error(equal).mean()))
    by_fold = [_best(products, folds != fold, equal) for fold in range(folds.max() + 1)]
    left_out = np.stack([products.error(weights) for weights in by_fold])[folds, range(len(folds))]
    return Weights(
        values=tuple(np.mean(by_fold, axis=0).tolist()),
        by_fold=tuple(tuple(weights.tolist()) for weights in by_fold),
        error=float(left_out.mean()),
        error_equal=float(products.error(equal).mean()),
    )


def _best(products: Products, chosen: np.ndarray, start: MemberWeights) -> MemberWeights:
    between = products.between[chosen].mean(axis=0)
    target = products.with_reference[chosen].mean(axis=0)
    scale = 1 / np.trace(between) if np.trace(between) > 0 else 1.0
    found = minimize(
        lambda weights: scale * (weights @ between @ weights - 2 * target @ weights),
        start,
        jac=lambda weights: 2 * scale * (between @ weights - target),
        bounds=[(0, 1)] * len(start),
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    weights: MemberWeights = np.clip(found.x, 0, 1) / np.clip(found.x, 0, 1).sum()
    return weights
