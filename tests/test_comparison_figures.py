"""Figures of comparisons say what they show and leave nobody's style changed."""

import re
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest

from twinseg.comparison import compare_many
from twinseg.comparison.learning_curve import LearningCurve
from twinseg.report.comparison_figures import critical_difference, learning_curves
from twinseg.report.difference_figures import Span, forest


def test_critical_difference_names_every_model_with_its_rank() -> None:
    values = np.tile([0.5, 0.7, 0.6], (12, 1))
    before = dict(mpl.rcParams)
    svg = critical_difference(compare_many(values, ("a<b", "b", "c"), higher_is_better=True))
    for text in ("b, 1", "c, 2", "a&lt;b, 3", "critical difference 0.957", "1 is best"):
        assert text in svg
    assert dict(mpl.rcParams) == before


def test_learning_curves_go_to_twice_the_data() -> None:
    law = np.array([0.9, 1.0, 0.5])
    sizes = np.array([25.0, 50.0, 100.0])
    curve = LearningCurve(
        metric="dice",
        sizes=sizes,
        means=0.9 - sizes**-0.5,
        law=law,
        laws=np.tile(law, (10, 1)),
        groups=10,
        seeds=3,
        undefined=0,
        level=0.95,
    )
    svg = learning_curves({"ImageNet": ("#112233", curve)}, label="Dice")
    for text in ("ImageNet", "Dice", ">25<", ">50<", ">100<", "dashed: up to twice the data"):
        assert text in svg


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-0.0189, -0.00128),
        (-0.088, -0.0288),
        (1e-5, 3e-5),
        (-12_050.5, 66.0),
        (0.0, 0.0),
        (-1.0, 1.0),
    ],
)
def test_labels_of_ticks_never_touch(low: float, high: float) -> None:
    svg = str(forest([Span("a minus b", (low + high) / 2, low, high)], label="mean difference"))
    labels = re.findall(r'middle[^"]*" x="([\d.]+)"[^>]*>([\d.\u2212e]+)<', svg)
    assert len(labels) >= 2
    spans = [(float(x) - 3 * len(text), float(x) + 3 * len(text)) for x, text in labels]
    assert all(left[1] < right[0] for left, right in pairwise(spans))
