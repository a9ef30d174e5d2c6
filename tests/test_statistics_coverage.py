"""What intervals and tests promise, kept on clustered Dice: the tables of docs/statistics.md."""

import numpy as np
import pytest
from bench.coverage import ALIKE, SETTINGS, coverage, draw, false_alarms, median_truth


@pytest.mark.slow
@pytest.mark.parametrize("groups", [20, 50, 200])
def test_believed_intervals_hold_the_truth_as_often_as_they_say(groups: int) -> None:
    held = coverage(SETTINGS[0], groups, trials=2000, draws=1000, seed=groups)
    assert 0.93 <= held["believed"] <= 0.97
    assert held["naive"] < 0.75  # images of one patient taken for independent


@pytest.mark.slow
@pytest.mark.parametrize("groups", [20, 50])
def test_false_alarms_are_as_rare_as_promised(groups: int) -> None:
    alarms = false_alarms(groups, trials=2000, seed=groups)
    assert alarms.pop("Wilcoxon on images (naive)") > 0.2
    for name, share in alarms.items():
        assert share == pytest.approx(0.05, abs=0.016), name  # three standard errors


def test_the_simulated_truth_is_the_mean_of_what_is_simulated() -> None:
    for setting in (*SETTINGS, ALIKE):
        values, patients = draw(setting, 200_000, np.random.default_rng(1))
        assert values.mean() == pytest.approx(setting.truth, abs=0.002)
        assert len(set(patients)) == 200_000
    assert 0 < median_truth(SETTINGS[0]) < SETTINGS[0].truth
