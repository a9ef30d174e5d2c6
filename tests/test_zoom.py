"""Where the axis of scores begins."""

import numpy as np
import pytest

from twinseg.report.figures import CaseValues, paired, strips
from twinseg.report.zoom import zoom_to

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "start", "top"),
    [
        ([0.83, 0.97], 0.8, 1.0),  # 0.17 wide: steps of 0.1
        ([0.956, 0.98, NAN], 0.95, 1.0),  # 0.044 wide: steps of 0.01
        ([0.0, 0.97], 0.0, 1.0),  # a failure is shown where it lies
        ([0.39, 0.97], 0.0, 1.0),
        ([1.0, 1.0], 0.0, 1.0),
        ([0.01, 0.2], 0.0, 0.2),
        ([0.15, 0.2], 0.15, 0.2),
        ([30.0, 48.0], 30.0, 48.0),  # a distance does not end at 1
        ([NAN], 0.0, 1.0),
    ],
)
def test_an_axis_begins_at_0_or_at_a_round_number_near_the_data(
    values: list[float], start: float, top: float
) -> None:
    zoom = zoom_to(np.array(values))
    assert (zoom.start, zoom.top) == (start, top)
    assert zoom.limits[0] <= start < top <= zoom.limits[1]


def test_a_zoomed_axis_is_marked_and_says_so() -> None:
    near, far = (CaseValues("twin", "#0072B2", np.array(x)) for x in ([0.83, 0.97], [0.1, 0.97]))
    said = "(axis begins at 0.8)"
    assert said in strips([near], label="Dice")
    assert ">//<" in strips([near], label="Dice")
    assert paired(near, near, label="Dice").count(said) == 2
    assert paired(near, near, label="Dice").count(">//<") == 2
    for figure in (strips([near, far], label="Dice"), paired(near, far, label="Dice")):
        assert "axis begins" not in figure
        assert "//<" not in figure
