import math
from dataclasses import replace

import pytest

from twinseg.comparison import Comparison, sentence
from twinseg.comparison.families import PRIMARY

NAN = math.nan

PLAIN = Comparison(
    dataset="lesions",
    metric="dice",
    first="random",
    second="imagenet",
    cases=40,
    groups=12,
    undefined=1,
    mean_difference=0.0214,
    low=0.004,
    high=0.039,
    level=0.95,
    p_value=0.013,
    p_adjusted=0.026,
    effect_size=0.61,
    effect_name="rank-biserial",
    method="Wilcoxon signed-rank on group means, exact",
    correction="Holm over 2",
    undefined_first=1,
    undefined_second=1,
    infinite=(0, 0),
    interval_method="Student",
    higher_is_better=True,
    supplement=None,
    notes=(),
)


def test_it_says_itself():
    assert str(PLAIN) == (
        "imagenet - random, dice: +0.0214 (95 % interval +0.004 to +0.039; 40 cases of 12 groups, "
        "1 undefined; Wilcoxon signed-rank on group means, exact: p = 0.013, after Holm over 2 "
        "p = 0.026; rank-biserial +0.610)"
    )
    alone = replace(PLAIN, p_value=0.0002, low=NAN, correction="none")
    assert "p < 0.001; rank" in str(alone)
    assert "interval undefined to" in str(alone)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"mean_difference": 0.075, "low": 0.06, "high": 0.09, "p_adjusted": 0.0004},
            "`imagenet` is better in Dice. `imagenet` minus `random` is +0.075 mm on average "
            "(95 % interval +0.060 to +0.090), which is unlikely to be chance (Wilcoxon p < "
            "0.001 after Holm over 2).",
        ),
        (
            {"higher_is_better": False, "correction": "none"},
            "`imagenet` is worse in Dice. `imagenet` minus `random` is +0.0214 mm on average "
            "(95 % interval +0.004 to +0.039), which is unlikely to be chance (Wilcoxon p = "
            "0.026).",
        ),
        (
            {"correction": PRIMARY},
            "(Wilcoxon p = 0.026, not corrected: the primary comparison).",
        ),
        (
            {"mean_difference": -3.2, "low": -4.0, "high": -1.5, "effect_size": -0.5,
             "higher_is_better": None},
            "`imagenet` has the lower Dice. `imagenet` minus `random` is -3.20 mm on average",
        ),
        (
            {"low": -0.02, "p_adjusted": 0.3},
            "No clear difference in Dice: the interval holds zero and the tests do not rule out "
            "chance. This does not show that they are equal. `imagenet` minus `random` is +0.0214 "
            "mm on average (95 % interval -0.020 to +0.039; Wilcoxon p = 0.300 after Holm over 2).",
        ),
        (
            {"p_adjusted": 0.3},
            "the interval leaves out zero, but the tests do not rule out chance.",
        ),
        (
            {"low": -0.02},
            "the tests rule out chance, but the interval of the mean holds zero.",
        ),
        ({"effect_size": -0.2}, "the mean and the ranks point in opposite directions."),
        (
            {"groups": 5, "p_adjusted": 0.0625, "low": -0.1},
            "With only 5 groups the tests can never rule out chance.",
        ),
        (
            {"p_value": NAN, "p_adjusted": NAN, "groups": 1, "cases": 3},
            "Whether `imagenet` and `random` differ in Dice cannot be computed: it takes at least "
            "two groups with a value for both models (3 cases of 1 group, 1 undefined case left "
            "out, `random` 1 and `imagenet` 1).",
        ),
    ],
)  # fmt: skip
def test_sentences_for_readers(changes, expected):
    assert expected in sentence(replace(PLAIN, **changes), label="Dice", unit="mm")


def test_without_a_label_the_name_is_said_and_a_share_has_no_unit():
    assert "better in dice. `imagenet` minus `random` is +0.0214 on average" in sentence(PLAIN)


@pytest.mark.parametrize(
    ("groups", "correction", "can"),
    [  # smallest p of n groups is 2 / 2^n, times the number of comparisons
        (5, "none", False), (6, "none", True), (6, "Holm over 2", False), (7, "Holm over 2", True),
        (9, "Holm over 15", False), (10, "Holm over 15", True),
        (6, "Benjamini-Hochberg over 15", True),  # fifteen of one p value stay as they are
    ],
)  # fmt: skip
def test_too_few_groups_can_never_rule_out_chance(groups: int, correction: str, can: bool):
    text = sentence(replace(PLAIN, groups=groups, low=-0.1, p_adjusted=0.5, correction=correction))
    assert ("can never rule out" not in text) == can
