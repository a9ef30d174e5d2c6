"""The templates of the pages: every text that comes from files is escaped."""

import re
from math import isnan

import jinja2
from markupsafe import Markup, escape

from twinseg.comparison.bca import Interval
from twinseg.comparison.number_text import ends, number, percent, probability
from twinseg.core.plain_text import visible
from twinseg.core.words import amount
from twinseg.report.tiles import TYPE1_COLOUR, TYPE2_COLOUR


def environment() -> jinja2.Environment:
    """Return the environment that all pages are rendered in."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("twinseg.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {
        "amount": amount,
        "with_code": with_code,
        "number": number,
        "ends": ends,
        "span": span,
        "percent": percent,
        "p_value": lambda p_value: probability(p_value).removeprefix("= "),
        "top": lambda top: "no value above 0" if isnan(top) else number(top),
    }
    made.globals["error_colours"] = (TYPE1_COLOUR, TYPE2_COLOUR)
    return made


def span(interval: Interval, *, signed: bool = False) -> str:
    """Write both ends of an interval, or that there is none: of too few groups, none is given."""
    if not interval.is_known:
        return "no interval"
    return ends(interval.low, interval.high, signed=signed)


def with_code(text: str) -> Markup:
    """Escape a text, and set what stands in backticks as names are set."""
    return Markup(re.sub(r"`([^`<>]+)`", r"<code>\1</code>", str(escape(text))))


def _shown(value: object) -> object:
    """Write out what cannot be seen in a text; figures are left as they are drawn."""
    return visible(value) if type(value) is str else value
