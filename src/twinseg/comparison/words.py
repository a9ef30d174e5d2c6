"""Numbers as they stand in a sentence."""

from math import isnan

import numpy as np


def number(value: float, *, signed: bool = False) -> str:
    """Write three significant digits without exponent; "undefined" for NaN."""
    if isnan(value):
        return "undefined"
    return np.format_float_positional(value, 3, fractional=False, trim="-", sign=signed)


def percent(share: float) -> str:
    """Write a share of 1 in percent."""
    return f"{number(100 * share)} %"


def probability(p_value: float) -> str:
    """Write what follows the letter p: "= 0.013", "< 0.001" or "undefined"."""
    if isnan(p_value):
        return "undefined"
    return "< 0.001" if p_value < 0.001 else f"= {number(p_value)}"
