"""Differences of scores end where they can go."""

from math import inf

import numpy as np
import pytest

from twinseg.comparison import compare
from twinseg.comparison.possible_values import difference_bounds


@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        ("dice", [0.2, 0.9], (-1, 1)),
        ("dice", [20.0, 90.0], (-100, 100)),
        ("hausdorff95", [3.0, 40.0], (-inf, inf)),
        ("of my own", [0.2, 0.9], (-inf, inf)),
    ],
)
def test_what_two_values_can_differ_by(
    metric: str, values: list[float], expected: tuple[float, float]
) -> None:
    assert difference_bounds(metric, np.array(values), np.array(values)) == expected


def test_an_interval_of_few_groups_ends_at_one() -> None:
    first, second = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.9, 0.2])
    groups = np.array(["a", "b", "c"])
    names, rng = ("one", "other"), np.random.default_rng(0)
    found = compare(first, second, groups=groups, metric="dice", names=names, rng=rng)
    assert (found.low, found.high) == (-1, 1)  # Student's alone would be -1.9 to 2.6
    assert found.mean_difference == pytest.approx((1 + 0.9 - 0.8) / 3)
