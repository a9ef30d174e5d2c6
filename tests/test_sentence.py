import math
from dataclasses import replace

import pytest

from twinseg.comparison import Comparison, sentence

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
)


def test_it_says_itself():
    assert str(PLAIN) == (
        "imagenet - random, Dice: +0.0214 (95 % interval +0.004 to +0.039; 40 cases of 12 groups, "
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
            "The model `imagenet` has a higher Dice than `random` by 0.075 on average "
            "(95 % interval 0.060 to 0.090), which is better: a difference this clear is unlikely "
            "to be chance (adjusted p < 0.001).",
        ),
        (
            {"metric": "type2_rate", "correction": "none"},
            "has a higher type II rate than `random` by 0.0214 on average (95 % interval 0.004 to "
            "0.039), which is worse: a difference this clear is unlikely to be chance (p = 0.026)",
        ),
        (
            {
                "metric": "hausdorff95",
                "mean_difference": -3.2,
                "low": -4.0,
                "high": -1.5,
                "effect_size": -0.5,
            },
            "has a lower 95 % Hausdorff distance than `random` by 3.20 mm on average "
            "(95 % interval 1.50 to 4), which is better",
        ),
        (
            {"low": -0.02, "p_adjusted": 0.3},
            "No clear difference in Dice between `imagenet` and `random`: the interval holds zero "
            "and the test does not rule out chance. `imagenet` minus `random` is +0.0214 on "
            "average (95 % interval -0.020 to +0.039; adjusted p = 0.300). This does not show that "
            "they are equal.",
        ),
        (
            {"p_adjusted": 0.3},
            "It stays open whether `imagenet` and `random` differ in Dice: the interval leaves "
            "out zero, but the test does not rule out chance. `imagenet` minus",
        ),
        (
            {"low": -0.02},
            "the test rules out chance, but the interval of the mean holds zero",
        ),
        (
            {"effect_size": -0.2},
            "the mean and the test point in opposite directions",
        ),
        (
            {"groups": 5, "p_adjusted": 0.0625, "low": -0.1},
            "With only 5 groups the test can never rule out chance.",
        ),
        (
            {"p_adjusted": NAN, "groups": 1, "cases": 3},
            "Whether `imagenet` and `random` differ in Dice cannot be computed: it takes at least "
            "two groups with a value for both models, there are 1 (cases with a value: 3, "
            "undefined: 1).",
        ),
    ],
)
def test_sentences_for_readers(changes, expected):
    assert expected in sentence(replace(PLAIN, **changes), distance_unit="mm")


@pytest.mark.parametrize(
    ("groups", "correction", "can"),
    [  # smallest p of n groups is 2 / 2^n, times the number of comparisons
        (5, "none", False), (6, "none", True), (6, "Holm over 2", False), (7, "Holm over 2", True),
        (9, "Holm over 15", False), (10, "Holm over 15", True),
    ],
)  # fmt: skip
def test_too_few_groups_can_never_rule_out_chance(groups: int, correction: str, can: bool):
    text = sentence(replace(PLAIN, groups=groups, low=-0.1, p_adjusted=0.5, correction=correction))
    assert ("can never rule out" not in text) == can
