"""Names of cases, groups, strata and models: text as it stands, without blanks at the ends."""

from collections.abc import Iterable
from datetime import datetime, time

import numpy as np
import pandas as pd


def clean_name(value: object) -> str | None:
    """Return the name in one cell: blanks at its ends go, nothing else changes.

    A number has one spelling (7 for 7.0), a day without a time is written 2026-03-01. Words such
    as NA, None or nan are names: only an empty cell has none.

    Returns:
        None for an empty cell, or one of blanks.
    """
    if is_empty(value):
        return None
    if isinstance(value, (float, np.floating)) and np.isfinite(value) and value == int(value):
        value = int(value)
    elif isinstance(value, datetime):
        value = value.date() if value.time() == time() else value.isoformat(" ")
    return str(value).strip() or None


def is_empty(value: object) -> bool:
    """Tell whether a cell that is not text holds nothing."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


def clean_names(values: Iterable[object]) -> list[str | None]:
    """Return `clean_name` of each of ``values``."""
    return [clean_name(value) for value in values]
