"""Numbers as they stand in a sentence."""

from math import floor, isfinite, isnan, log10, nan

_LEAST_IN_FOUR_DECIMALS = 0.00005
_ROUNDING = 1e-12  # what is left of sums that should be nothing


def number(value: float, *, signed: bool = False, within: float = nan) -> str:
    """Write three significant digits without exponent, whole numbers bare; "undefined" for NaN.

    Zeros at the end stay up to the third decimal, so that 0.950 stands beside 0.938. A value
    below 0.001 has four decimals, unless nothing would be left of it; below 1e-12 it is 0.

    Args:
        value: Any number.
        signed: Whether a plus is written, too.
        within: Width of the interval of the value. What is below a hundredth of it is
            written 0.000 where four decimals leave nothing: its digits say nothing.
    """
    if isnan(value):
        return "undefined"
    sign = "+" if signed else ""
    if abs(value) < _ROUNDING:
        value = 0.0
    if not isfinite(value) or float(value).is_integer():
        return f"{value:{sign}.0f}"
    rounded = float(f"{value:.3g}")  # 0.9998 is 1.00: one decimal less than its first digit says
    decimals = max(0, 2 - floor(log10(abs(rounded))))
    says_little = abs(value) < within / 100  # never without an interval
    if abs(value) < 0.001 and (abs(value) >= _LEAST_IN_FOUR_DECIMALS or says_little):
        decimals = 4
    text = f"{value:{sign}.{decimals}f}"
    return text[:-extra] if (extra := _zeros_beyond_third_decimal(text)) else text


def ends(low: float, high: float, *, signed: bool = False) -> str:
    """Write both ends of an interval, with no more digits than its width gives a meaning."""
    low_text, high_text = (number(end, signed=signed, within=high - low) for end in (low, high))
    return f"{low_text} to {high_text}"


def interval_text(low: float, high: float, level: float, *, signed: bool = False) -> str:
    """Write an interval and its level, a share of 1: "95 % interval 0.81 to 0.85"."""
    return f"{percent(level)} interval {ends(low, high, signed=signed)}"


def _zeros_beyond_third_decimal(text: str) -> int:
    _, _, decimals = text.partition(".")
    beyond = decimals[3:]
    return len(beyond) - len(beyond.rstrip("0"))


def percent(share: float) -> str:
    """Write a share of 1 in percent."""
    return f"{number(100 * share)} %"


def probability(p_value: float) -> str:
    """Write what follows the letter p: "= 0.013", "< 0.001" or "undefined"."""
    if isnan(p_value):
        return "undefined"
    return "< 0.001" if p_value < 0.001 else f"= {number(p_value)}"
