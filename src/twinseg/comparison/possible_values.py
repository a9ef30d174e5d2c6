"""Values of a known metric: none that it cannot have, and shares or percent in all tables alike."""

from collections.abc import Sequence
from math import inf

import numpy as np
import pandas as pd

from twinseg.core.arrays import Values
from twinseg.core.errors import DataError
from twinseg.metrics.spellings import Direction, Meaning, meaning

Columns = Sequence[tuple[str, pd.Series]]  # name of a table; numbers, with the cases as index
_PERCENT = 100.0
_NO_SHARE = 2.0  # a share is below: above 1 by a slip it may be, but not by this much
_ABSOLUTE = "make a column of its absolute values and compare that with :lower behind its name"


def require_possible(columns: Columns, metric: str, *, has_direction: bool) -> list[str]:
    """Check the values of one metric in all tables that are compared; infinite ones are let pass.

    Shares may be in percent, if they are so in every table: numbers stay as they are, and that is
    said. A table is in percent if it goes beyond 2 and half of its values other than 0 are above 1.

    Args:
        columns: A metric that no spelling knows has no range: nothing is checked.
        metric: Its name.
        has_direction: Whether more or less of it is taken as better, which a signed one is not.

    Returns:
        What readers must know, in words.

    Raises:
        DataError: If a value is out of range, or one table is in shares and another in percent.
    """
    known = meaning(metric)
    if known.direction is Direction.SIGNED and has_direction:
        known = Meaning(Direction.LOWER, lowest=0.0, signed_elsewhere=True)
    percent = {name: _is_percent(column, known) for name, column in columns}
    for name, column in columns:
        _require_in_range(column, metric, name, known, _PERCENT if percent[name] else 1.0)
    if known.signed_elsewhere and known.highest == 1:
        _require_near_one(columns, metric)
    if set(percent.values()) >= {True, False}:
        lies = [
            f"between {column.min():g} and {column.max():g} in {name}" for name, column in columns
        ]
        raise DataError(
            f"{metric} lies {' and '.join(lies)}: shares and percent; divide the percent by 100"
        )
    if True in percent.values():
        return [f"{metric} is in percent: differences and margins are points of percent"]
    return []


def difference_bounds(metric: str, *values: Values) -> tuple[float, float]:
    """Return the smallest and the largest difference that two values of a metric can have.

    Args:
        metric: Its name; one that no spelling knows has no bounds.
        values: Of both models: shares may be in percent.
    """
    known = meaning(metric)
    percent = [_is_percent(pd.Series(one), known) for one in values]
    most = (known.highest - known.lowest) * (_PERCENT if True in percent else 1.0)
    return -most, most


def _is_percent(column: pd.Series, known: Meaning) -> bool | None:
    """Tell whether shares are in percent; None where all are 0, which fits both."""
    sizes = np.abs(column[np.isfinite(column) & (column != 0)])
    if known.highest != 1 or not sizes.size:
        return None
    return bool(sizes.max() > _NO_SHARE and np.mean(sizes > 1) >= 1 / 2)


def _require_in_range(
    column: pd.Series, metric: str, name: str, known: Meaning, scale: float
) -> None:
    lowest, highest = known.lowest * scale, known.highest * scale
    finite = column[np.isfinite(column)]
    outside = finite[(finite < lowest) | (finite > highest)]
    if outside.empty:
        return
    value, said = outside.iloc[0], f"{metric} of {name} is {outside.iloc[0]:g} for the case "
    said += str(outside.index[0])
    if value > highest:
        unit = " percent" if scale > 1 else ""
        advice = "divide the column by 100 if it is in percent"
        if value > _PERCENT:
            advice = "call the column otherwise if it is another metric"
        raise DataError(f"{said}, expected {lowest:g} to {highest:g}{unit}; mend it, or {advice}")
    end = highest if known.direction is Direction.LOWER else lowest
    worst = "inf" if end == inf else f"{end:g}"
    if known.signed_elsewhere:
        mark = f", or {worst} where -1 marks a missed object" if (outside == -1).any() else ""
        raise DataError(
            f"{said}: with a sign it is best at 0, not more and not less; {_ABSOLUTE}{mark}"
        )
    raise DataError(
        f"{said}, below the least it can be, {lowest:g}; a number such as -1 may be the tool's "
        f"mark of a missed object: write {worst} where the object was missed, and nothing where a "
        "case has no value"
    )


def _require_near_one(columns: Columns, metric: str) -> None:
    """Refuse similarities of volumes that are small in all tables: of some tools 0 is the best."""
    if all(column.median() < 1 / 2 for _, column in columns):
        raise DataError(
            f"{metric} is near 0 in all tables; SimpleITK's is 0, not 1, where volumes are equal: "
            f"{_ABSOLUTE}; if 1 is best here, call the column otherwise, with :higher behind it"
        )
