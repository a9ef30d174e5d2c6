"""Sizes and spacings of training pictures, how far others may go beyond them, and what that tells.

The one place that decides whether a size matters.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Grids = Float[np.ndarray, "case 3"]  # height and width in pixels, spacing in mm or NaN


@dataclass(frozen=True)
class _Kind:
    """One thing that is known of a grid, and the factor by which it may leave the range."""

    text: str  # with {value}
    margin: float
    form: str
    tells: bool  # by itself that a picture is unlike those of training


# Pictures are stretched to one square, and the network sees that. Another shape or another spacing
# changes what it sees. The number of pixels does not: of more of them the mean is taken, and fewer
# are blown up to a blur, which sharpness and fine detail measure.
KINDS = (
    _Kind("{value} pixels high", 2.0, ".0f", tells=False),
    _Kind("{value} pixels wide", 2.0, ".0f", tells=False),
    _Kind("{value} times as wide as high", 1.25, ".2f", tells=True),
    _Kind("{value} mm a pixel", 1.25, ".3g", tells=True),
)
_TELLS = np.array([kind.tells for kind in KINDS])


@dataclass(frozen=True)
class GridRanges:
    """Least and largest height, width, width by height and spacing; NaN where nobody says.

    Attributes:
        low: The least, (kind,).
        high: The largest, (kind,).
    """

    low: np.ndarray
    high: np.ndarray

    def are_outside(self, grids: Grids) -> np.ndarray:
        """Tell which grids lie outside in a way that tells by itself; bool, (case,)."""
        found: np.ndarray = np.any(self._outside(_kinds_of(grids))[:, _TELLS], axis=1)
        return found

    def ways(self, grid: np.ndarray, *, telling: bool) -> tuple[str, ...]:
        """Say in which ways one grid, (3,), lies outside: those that tell by themselves, or not."""
        values = _kinds_of(grid[None])
        return tuple(
            _in_words(kind, values[0, place], self.low[place], self.high[place])
            for place, kind in enumerate(KINDS)
            if kind.tells == telling and self._outside(values)[0, place]
        )

    def _outside(self, values: np.ndarray) -> np.ndarray:
        margins = np.array([kind.margin for kind in KINDS])
        # NaN is never outside.
        found: np.ndarray = np.logical_or(values < self.low / margins, values > self.high * margins)
        return found


def fit_ranges(grids: Grids) -> GridRanges:
    """Measure the ranges of training pictures."""
    values = _kinds_of(grids)
    known = np.isfinite(values).any(axis=0)
    low, high = np.full(len(KINDS), np.nan), np.full(len(KINDS), np.nan)
    low[known] = np.nanmin(values[:, known], axis=0)
    high[known] = np.nanmax(values[:, known], axis=0)
    return GridRanges(low, high)


def _kinds_of(grids: Grids) -> np.ndarray:
    height, width, spacing = grids.T
    return np.stack([height, width, width / height, spacing], axis=1)


def _in_words(kind: _Kind, value: float, low: float, high: float) -> str:
    ours, least, largest = (format(number, kind.form) for number in (value, low, high))
    theirs = least if least == largest else f"{least} to {largest}"
    return f"{kind.text.format(value=ours)}, training {theirs}"
