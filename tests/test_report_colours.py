"""Models can be told apart by day and by night."""

import re
from pathlib import Path

import pytest

import twinseg.report
from twinseg.report.models import RULE_COLOURS, TWIN_COLOURS, rule_models

CSS = (Path(twinseg.report.__file__).parent / "templates" / "base.css").read_text()
PAPER = re.findall(r"--paper: (#\w+)", CSS)  # by day, by night
NIGHT = {f"#{day}": night for day, night in re.findall(r"--c(\w{6}): (#\w+)", CSS)}


def light_of(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((light_of(one), light_of(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [*TWIN_COLOURS, *RULE_COLOURS])
def test_every_model_is_seen_on_the_page_by_night(colour: str) -> None:
    assert contrast(NIGHT[colour.lower()], PAPER[1]) >= 3


def test_union_and_intersection_differ_in_lightness_by_day_and_by_night() -> None:
    day = [rule.colour.lower() for rule in rule_models(["union", "intersection"])]
    assert contrast(*day) >= 2
    assert contrast(*(NIGHT[colour] for colour in day)) >= 2
