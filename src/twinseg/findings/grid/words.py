"""Rows of the tables of a grid: declared columns, a mean with its interval, the words for it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison import Interval, estimate_mean
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.number_text import interval_text
from twinseg.core.words import amount
from twinseg.findings.grid.rows import ByCase
from twinseg.records.columns import ColumnKind
from twinseg.records.grid_tables import GRID_TABLES

DRAWS = 1999
LEVEL = 0.95
_TYPES = {
    ColumnKind.TEXT: "str",
    ColumnKind.WHOLE: "Int64",
    ColumnKind.NUMBER: "float64",
    ColumnKind.YES_NO: "bool",
}


def as_declared(name: str, rows: Sequence[dict[Any, Any]]) -> pd.DataFrame:
    """Return the table ``name`` of these rows: its columns and their types, also of no row."""
    columns = GRID_TABLES[name].columns
    table = pd.DataFrame(rows, columns=[column.name for column in columns])
    return table.astype({column.name: _TYPES[column.kind] for column in columns})


def mean_of(
    cases: ByCase, name: str, *, rng: np.random.Generator, bounds: tuple[float, float]
) -> dict[str, Any]:
    """Return the mean over cases as columns: ``name``, its interval over groups, what it is of."""
    groups = cases.groups.to_numpy(dtype=object)
    values = cases.values.to_numpy()
    found = estimate_mean(values, groups, rng=rng, draws=DRAWS, level=LEVEL, bounds=bounds)
    defined = int(np.isfinite(values).sum())
    counts = {"cases": defined, "groups": found.groups, "undefined": len(values) - defined}
    return {name: found.value, **span(found.trusted), "seeds": cases.seeds, **counts}


def span(interval: Interval) -> dict[str, float]:
    """Return an interval as columns."""
    return {"low": interval.low, "high": interval.high, "level": interval.level}


def stands_on(row: dict[Any, Any]) -> str:
    """Say how many groups and seeds a row is of."""
    return f"{amount(row['groups'], 'group')}, {amount(row['seeds'], 'seed')}"


def between(row: dict[Any, Any], *, signed: bool = False) -> str:
    """Say the interval of a row and what it stands on."""
    of = stands_on(row)
    if np.isfinite([row["low"], row["high"]]).all():
        return f"{interval_text(row['low'], row['high'], row['level'], signed=signed)}; {of}"
    few = f"fewer than {FEWEST_GROUPS} groups" if row["groups"] < FEWEST_GROUPS else "not known"
    return f"no interval: {few}; {of}"


def where(row: dict[Any, Any]) -> str:
    """Say the point of the grid: number of training cases, and the design if it is another."""
    design = row["design"]
    drawn = "" if design == "random" else f" drawn by design {design}"
    return f"with {amount(int(row['train_cases']), 'training case')}{drawn}"
