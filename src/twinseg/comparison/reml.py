"""Linear models with crossed random intercepts by REML, in time linear in the number of rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import linalg, optimize, sparse

Rows = Float[np.ndarray, " row"]
Design = Float[np.ndarray, "row column"]
Codes = Int[np.ndarray, " row"]  # level of a factor in each row: 0, 1, ...
Relative = Float[np.ndarray, " effect"]  # standard deviation of an effect by that of the rest


@dataclass(frozen=True)
class Fitted:
    """A fitted model.

    Attributes:
        coefficients: Of the columns of the design.
        covariance: Of the coefficients.
        variances: Of each random effect, in the order they were given.
        rest: Variance that no effect explains.
        expected: Of each row, random effects included.
        residuals: What is left of each row.
        converged: Whether the search for the best fit came to rest.
    """

    coefficients: Float[np.ndarray, " column"]
    covariance: Float[np.ndarray, "column column"]
    variances: Float[np.ndarray, " effect"]
    rest: float
    expected: Rows
    residuals: Rows
    converged: bool


@dataclass(frozen=True)
class _Products:
    """Everything that the likelihood needs of the rows: products of the indicators.

    The levels of the first effect never meet in a row, so that its block is diagonal and is
    solved away.
    """

    first: Float[np.ndarray, " level"]  # rows of each level of the first effect
    others: Float[np.ndarray, "other other"]
    both: Float[np.ndarray, "level other"]
    effect_of_other: Int[np.ndarray, " other"]
    of_first: Float[np.ndarray, "level column_and_value"]
    of_others: Float[np.ndarray, "other column_and_value"]
    fixed: Float[np.ndarray, "column_and_value column_and_value"]
    rows: int


@dataclass(frozen=True)
class _Solved:
    """The model at given sizes of its random effects."""

    deviance: float  # minus twice the restricted log likelihood, but for a constant
    coefficients: np.ndarray
    inverse: np.ndarray  # of the fixed part; times the rest it is the covariance
    rest: float
    levels: np.ndarray  # random effects of all levels, those of the first effect first


def fit_reml(values: Rows, design: Design, effects: Mapping[str, Codes]) -> Fitted:
    """Fit values = design + random effects + rest (Bates et al. 2015, section 3).

    Args:
        values: One per row.
        design: Fixed effects, of full rank.
        effects: Levels of each random effect; the one with most levels first.

    Raises:
        numpy.linalg.LinAlgError: If the fit breaks down.
    """
    products = _products(values, design, list(effects.values()))
    start = np.ones(len(effects))
    scale = max(abs(_solve(start, products).deviance), 1.0)
    found = optimize.minimize(
        lambda relative: _solve(relative, products).deviance / scale,
        start,
        method="COBYQA",
        bounds=[(0.0, None)] * len(effects),
        options={"final_tr_radius": 1e-5, "maxfev": 1000},
    )
    solved = _solve(found.x, products)
    starts = np.cumsum([0, *(codes.max() + 1 for codes in effects.values())])
    expected = design @ solved.coefficients
    for start_of, codes in zip(starts, effects.values(), strict=False):
        expected = expected + solved.levels[start_of + codes]
    return Fitted(
        coefficients=solved.coefficients,
        covariance=solved.rest * solved.inverse,
        variances=solved.rest * found.x**2,
        rest=solved.rest,
        expected=expected,
        residuals=values - expected,
        converged=bool(found.success) and bool(np.isfinite(found.fun)),
    )


def _products(values: Rows, design: Design, effects: list[Codes]) -> _Products:
    columns = np.column_stack([design, values])
    first, *others = (_indicators(codes) for codes in effects)
    other = sparse.hstack(others, format="csr") if others else first[:, :0]
    sizes = [one.shape[1] for one in others]
    return _Products(
        first=first.sum(axis=0),
        others=(other.T @ other).toarray(),
        both=(first.T @ other).toarray(),
        effect_of_other=np.repeat(np.arange(1, len(effects)), sizes),
        of_first=first.T @ columns,
        of_others=other.T @ columns,
        fixed=columns.T @ columns,
        rows=len(values),
    )


def _indicators(codes: Codes) -> sparse.csr_array:
    shape = (len(codes), int(codes.max()) + 1)
    return sparse.csr_array((np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=shape)


def _solve(relative: Relative, products: _Products) -> _Solved:
    """Solve the mixed model equations: first effect, other effects, fixed effects in turn."""
    size, sizes = relative[0], relative[products.effect_of_other]
    diagonal = size**2 * products.first + 1
    first = size * products.of_first
    both = products.both * size * sizes
    weighted = both / diagonal[:, None]
    left = products.others * sizes * sizes[:, None] + np.eye(len(sizes))
    left = left - both.T @ weighted
    factor = linalg.cholesky(left, lower=True)
    second = sizes[:, None] * products.of_others - weighted.T @ first
    half = linalg.solve_triangular(factor, second, lower=True)
    moments = products.fixed - first.T @ (first / diagonal[:, None]) - half.T @ half
    fixed, fixed_values = moments[:-1, :-1], moments[:-1, -1]
    of_fixed = linalg.cho_factor(fixed, lower=True)
    coefficients = linalg.cho_solve(of_fixed, fixed_values)
    squares, freedom = moments[-1, -1] - fixed_values @ coefficients, products.rows - len(fixed)
    rest = max(float(squares), np.finfo(float).tiny) / freedom
    logs = (np.log(diagonal), 2 * np.log(np.diag(factor)), 2 * np.log(np.diag(of_fixed[0])))
    away = np.append(-coefficients, 1.0)
    of_others = linalg.solve_triangular(factor.T, half @ away, lower=False)
    of_first = (first @ away) / diagonal - weighted @ of_others
    return _Solved(
        deviance=sum(float(one.sum()) for one in logs) + freedom * float(np.log(rest)),
        coefficients=coefficients,
        inverse=linalg.cho_solve(of_fixed, np.eye(len(fixed))),
        rest=rest,
        levels=np.concatenate([size * of_first, sizes * of_others]),
    )
