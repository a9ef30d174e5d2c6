"""The highest learning rate by the length of training."""

import pytest

from twinseg.records.settings import make_settings
from twinseg.training.rate import highest_rate


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [(1, 0.002), (8, 0.002), (16, 0.00159), (24, 0.00139), (64, 0.00139)],
)
def test_it_falls_from_short_to_long_trainings(epochs: int, expected: float) -> None:
    found = highest_rate(make_settings(epochs=epochs).training)
    assert found == pytest.approx(expected, abs=1e-5)


def test_what_is_asked_for_is_taken() -> None:
    assert highest_rate(make_settings(epochs=24, learning_rate=0.05).training) == 0.05
