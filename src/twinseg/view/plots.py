"""How the cases found lie: counts of one column, points of two."""

from typing import Any

import numpy as np
import pandas as pd

from twinseg.core.errors import ConfigError
from twinseg.view.case_table import CaseTable
from twinseg.view.columns import Type

_MOST_POINTS, _BINS, _MOST_TEXTS = 3000, 40, 40


def histogram(table: CaseTable, name: str, where: str) -> dict[str, Any]:
    """Count the values of a column: in bins of equal width, or of each text the most frequent.

    Raises:
        ConfigError: If a name or the filter is wrong.
    """
    (column,) = table.columns.named([name])
    values = table.frame(where, [column.name], fixed=())[column.name]
    if column.type is not Type.NUMBER:
        counts = values.dropna().astype(str).value_counts(sort=False).sort_index()
        counts = counts.sort_values(ascending=False, kind="stable")[:_MOST_TEXTS]
        return {"values": [*counts.index], "counts": counts.tolist()}
    known = values.dropna().to_numpy(float)
    undefined = len(values) - len(known)
    if not len(known):
        nothing = {"low": None, "high": None, "median": None, "undefined": undefined}
        return nothing | {"counts": [0] * _BINS}
    low, high = float(known.min()), float(known.max())
    places = _places(known, low, high)
    counted = np.bincount(places, minlength=_BINS).tolist()
    ends = {"low": low, "high": high, "median": float(np.median(known))}
    return ends | {"counts": counted, "undefined": undefined}


def points(table: CaseTable, x: str, y: str, where: str) -> dict[str, Any]:
    """Return two columns of each case where both are defined, or counts if there are many.

    Raises:
        ConfigError: If a name or the filter is wrong, or a column has no numbers.
    """
    across, up = table.columns.named([x, y])
    if across.type is not Type.NUMBER or up.type is not Type.NUMBER:
        raise ConfigError("points have numbers; choose two columns of numbers")
    found = table.frame(where, [across.name, up.name]).dropna(subset=[across.name, up.name])
    if found.empty:
        return {"x": [0, 1], "y": [0, 1], "points": []}
    of_x, of_y = (found[one.name].to_numpy(float) for one in (across, up))
    spans = {"x": _span(of_x), "y": _span(of_y)}
    if len(found) <= _MOST_POINTS:
        return spans | {"points": list(zip(of_x, of_y, found["case"], strict=True))}
    bins = pd.crosstab(_places(of_y, *spans["y"]), _places(of_x, *spans["x"])).reindex(
        index=range(_BINS), columns=range(_BINS), fill_value=0
    )
    return spans | {"bins": bins.to_numpy().tolist()}


def _places(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the bin of each value, the highest in the last."""
    share = (values - low) / ((high - low) or 1.0)
    places: np.ndarray = np.minimum((share * _BINS).astype(int), _BINS - 1)
    return places


def _span(values: np.ndarray) -> list[float]:
    return [float(values.min()), float(values.max())]
