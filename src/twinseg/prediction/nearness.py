"""How far a row of numbers lies from those of a training set: two distances.

Both first bring each column to its robust middle and spread, so that no single odd training case
says how far is far.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Rows = Float[np.ndarray, "case column"]
Distances = Float[np.ndarray, " case"]

_MOST_DIRECTIONS = 256  # of a cloud that are kept one by one
_FARTHEST = 1e4  # spreads from the middle: a dead channel that wakes up is not infinitely far


@dataclass(frozen=True)
class Ruler:
    """Middle and spread of each column.

    Attributes:
        middle: Median, (column,).
        spread: 1.4826 times the median distance from it (the standard deviation of a normal
            distribution), and a little more so that none is zero, (column,).
    """

    middle: np.ndarray
    spread: np.ndarray

    def __call__(self, rows: Rows) -> Rows:
        """Return by how many spreads each number lies above the middle of its column."""
        away = (np.asarray(rows, np.float64) - self.middle) / self.spread
        clipped: np.ndarray = np.clip(away, -_FARTHEST, _FARTHEST)
        return clipped


def fit_ruler(rows: Rows, *, least_spread: float) -> Ruler:
    """Measure middle and spread of each column; no spread is below ``least_spread``."""
    rows = np.asarray(rows, np.float64)
    middle = np.median(rows, axis=0)
    spread = 1.4826 * np.median(np.abs(rows - middle), axis=0) + 0.01 * rows.std(axis=0)
    return Ruler(middle, np.maximum(spread, least_spread))


@dataclass(frozen=True)
class Cloud:
    """A training set as a normal distribution of some hundred directions.

    Attributes:
        ruler: Of the columns.
        mean: On the ruler, (column,).
        directions: Of the largest variances, each of length 1, (column, direction).
        variances: Along them, (direction,).
        rest: Variance along every other direction.
    """

    ruler: Ruler
    mean: np.ndarray
    directions: np.ndarray
    variances: np.ndarray
    rest: float

    def distances(self, rows: Rows) -> Distances:
        """Return the Mahalanobis distance of each row, in standard deviations."""
        away = self.ruler(rows) - self.mean
        along = away @ self.directions
        outside = np.maximum((away**2).sum(axis=1) - (along**2).sum(axis=1), 0)
        squared = (along**2 / self.variances).sum(axis=1) + outside / self.rest
        found: np.ndarray = np.sqrt(squared)
        return found


def fit_cloud(rows: Rows, *, least_spread: float = 1e-4) -> Cloud:
    """Fit a normal distribution to rows, which may be fewer than the columns.

    The covariance is shrunk towards a multiple of the identity (Ledoit and Wolf, 2004); its
    smallest variances, beyond the first 256 directions, are replaced by their mean (Moghaddam and
    Pentland, 1997: distance in and from feature space).
    """
    ruler = fit_ruler(rows, least_spread=least_spread)
    scaled = ruler(rows)
    mean = scaled.mean(axis=0)
    centred = scaled - mean
    cases, columns = centred.shape
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    found = singular**2 / cases
    average = max(found.sum() / columns, 1e-12)
    shrinkage = shrinkage_of(centred, found)
    kept = min(len(found), _MOST_DIRECTIONS, columns)
    rest = found[kept:].sum() / max(columns - kept, 1)
    variances, rest = (
        # A tenth of a per cent: identical cases leave no variance, and nothing is infinitely far.
        np.maximum((1 - shrinkage) * part + shrinkage * average, 1e-3 * average)
        for part in (found[:kept], rest)
    )
    directions = np.ascontiguousarray(directions[:kept].T, np.float32)  # up to 10 MB in a file
    return Cloud(ruler, mean, directions, variances, float(rest))


def shrinkage_of(centred: Rows, variances: np.ndarray) -> float:
    """Return the share of the identity in the covariance, in [0, 1], by Ledoit and Wolf (2004).

    Args:
        centred: Rows less their mean.
        variances: Eigenvalues of their covariance; those of zero may be left out.
    """
    cases, columns = centred.shape
    average = variances.sum() / columns
    squares = (variances**2).sum()
    unlike = squares / columns - average**2
    by_chance = (((centred**2).sum(axis=1) ** 2).sum() / cases - squares) / (columns * cases)
    if unlike <= 0:  # a multiple of the identity already
        return 1.0
    return float(min(max(by_chance / unlike, 0.0), 1.0))


@dataclass(frozen=True)
class Neighbours:
    """The rows of a training set as they are.

    Attributes:
        ruler: Of the columns.
        rows: On the ruler, (training case, column).
    """

    ruler: Ruler
    rows: np.ndarray

    def distances(self, rows: Rows, *, nearest: int = 5) -> Distances:
        """Return the mean distance of each row to the nearest ones, in spreads of a column."""
        away = np.stack([_distances_to(row, self.rows) for row in self.ruler(rows)])
        away.sort(axis=1)
        found: np.ndarray = away[:, :nearest].mean(axis=1)
        return found


def fit_neighbours(rows: Rows, *, least_spread: float) -> Neighbours:
    """Keep rows, to be measured from."""
    ruler = fit_ruler(rows, least_spread=least_spread)
    return Neighbours(ruler, ruler(rows))


def _distances_to(row: np.ndarray, rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.sqrt(((rows - row) ** 2).sum(axis=1))
    return found
