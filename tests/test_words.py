import math

import pytest

from twinseg.comparison.number_text import ends, interval_text, number, percent, probability
from twinseg.records.settings import NAMES, make_settings
from twinseg.report.settings_section import _WORDS, settings_in_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.949782, "0.950"), (0.95, "0.950"), (0.0699, "0.0699"), (0.004, "0.004"),
        (0.02, "0.020"), (0.000481, "0.0005"), (0.0000962, "0.0001"), (0.00004, "0.00004"),
        (21.0458, "21.0"), (1234.5, "1234"),
        (0.99996, "1.00"), (1.0, "1"), (0.0, "0"), (-0.1, "-0.100"),
        (math.nan, "undefined"), (math.inf, "inf"),
    ],
)  # fmt: skip
def test_three_digits_without_exponent(value: float, text: str) -> None:
    assert number(value) == text


def test_signs_shares_and_probabilities() -> None:
    assert number(0.0214, signed=True) == "+0.0214"
    assert number(math.nan, signed=True) == "undefined"
    assert percent(0.95) == "95 %"
    assert probability(0.0004) == "< 0.001"
    assert probability(0.013) == "= 0.013"
    assert probability(math.nan) == "undefined"


def test_every_setting_has_plain_words_on_the_page():
    assert set(NAMES) - {"remark"} <= set(_WORDS)


def test_settings_are_all_said_and_name_no_folder():
    settings = make_settings(init=("imagenet", "/home/somebody/mine.safetensors"))
    run = {
        "hardware": {"device": "cpu", "precision": "32-true"},
        "augmentation": {"warp": 0.0, "colour": 0.25},
    }
    said = dict(settings_in_words(settings, run))
    assert said["strength of changes of colour and brightness in training"] == "0.25 (auto)"
    assert len(said) == len(settings.flat()) + 2 - 1  # the remark is said first
    assert said["first weights of the twins' encoders"] == "imagenet, mine.safetensors"
    assert said["share of the cases kept for the test"] == "20 %"


def test_digits_far_below_the_interval_are_not_written() -> None:
    assert number(0.0000319, signed=True) == "+0.0000319"
    assert number(0.0000319, signed=True, within=0.00586) == "+0.000"
    assert number(0.0000319, within=0.0004) == "0.0000319"  # small, and known as well
    assert number(0.0000319, within=math.nan) == "0.0000319"
    assert number(0.0837, within=100.0) == "0.0837"
    assert number(0.0, signed=True, within=1.0) == "+0"


def test_ends_of_an_interval_have_no_more_digits_than_its_width_gives_a_meaning() -> None:
    assert ends(0.811, 0.853) == "0.811 to 0.853"
    assert ends(0.0000337, 0.006, signed=True) == "+0.000 to +0.006"
    assert ends(0.0000337, 0.0004, signed=True) == "+0.0000337 to +0.0004"
    assert ends(math.nan, math.nan) == "undefined to undefined"
    assert interval_text(-0.02, 0.01, 0.95, signed=True) == "95 % interval -0.020 to +0.010"
