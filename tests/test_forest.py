"""A forest plot: every row is under its numbers, in letters that are not cut."""

import re
from math import nan

from twinseg.report.difference_figures import Span, forest


def letters_px(svg: str, words: str) -> float:
    """Size of the letters of the text that holds ``words``."""
    found = re.search(rf'style="([^"]*)"[^>]*>[^<]*{re.escape(words)}', svg)
    assert found, words
    size = re.search(r"font: ([\d.]+)px|font-size: ([\d.]+)px", found[1])
    assert size, found[1]
    return float(size[1] or size[2])


def test_rows_say_their_numbers_or_that_nothing_differs() -> None:
    svg = forest(
        [
            Span("up", 0.1, 0.05, 0.15),
            Span("few", 0.1, nan, nan),
            Span("none", 0.0, nan, nan, all_same=True),
            Span("median", 0.0, 0.0, 0.0),
        ],
        label="difference",
    )
    assert "up: +0.100 (+0.050 to +0.150)" in svg
    assert re.search(r"few: \+0\.100\s*<", svg)
    assert "none: the same in every case" in svg
    assert "median: +0 (+0 to +0)" in svg  # of cases that differ both ways


def test_long_rows_make_all_letters_smaller() -> None:
    short, long = Span("short", 0.1, 0.05, 0.15), Span("long " * 16, 0.1, 0.05, 0.15)
    usual = letters_px(forest([short], label="difference"), "short")
    both = forest([short, long], label="difference")
    assert letters_px(both, "short") == letters_px(both, "long long")
    assert letters_px(both, "short") < 0.7 * usual
