"""Conformal risk control: on paper, by simulation, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinseg.core.errors import ConfigError, DataError
from twinseg.ensemble.risk_control import (
    THRESHOLDS,
    control,
    deferred_losses,
    error_rates,
    group_losses,
)


def test_the_first_rung_worked_out_on_paper() -> None:
    # sums 2.0, 1.0, 0.2, 0.0 of 4 groups: (sum + 1) / 5 is 0.6, 0.4, 0.24, 0.2
    losses = np.array(
        [[0.8, 0.4, 0.1, 0.0], [0.6, 0.3, 0.1, 0.0], [0.6, 0.3, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    )
    assert control(losses, 0.6).rung == 0
    assert control(losses, 0.41).rung == 1
    assert control(losses, 0.39).rung == 2
    assert control(losses, 0.2).rung == 3
    found = control(losses, 0.4)
    assert (found.rung, found.groups, found.smallest_alpha) == (1, 4, 0.2)
    assert found.risk == pytest.approx(0.25)


def test_too_few_groups_can_guarantee_nothing() -> None:
    assert control(np.zeros((18, 3)), 0.05).rung is None  # 1 / 19 > 0.05
    assert control(np.zeros((19, 3)), 0.05).rung == 0  # 1 / 20 = 0.05


def test_error_rates_worked_out_on_paper() -> None:
    probability = np.array([[0.9, 0.6, 0.2, 0.1]], np.float32)
    reference = np.array([[True, False, True, False]])
    type1, type2 = error_rates(probability, reference, np.array([0.95, 0.5, 0.15, -1.0]))
    assert type1.tolist() == [0.0, 0.5, 0.5, 1.0]
    assert type2.tolist() == [1.0, 0.5, 0.0, 0.0]
    at_the_value = error_rates(np.array([[0.5, 0.25]]), np.array([[True, True]]), np.array([0.5]))
    assert at_the_value[1].tolist() == [1.0]  # what equals the threshold is not marked
    type1, type2 = error_rates(probability, ~(probability > 2))
    assert np.isnan(type1).all()
    assert type2[-1] == 0
    assert np.isnan(error_rates(probability, probability > 2)[1]).all()


@given(st.integers(0, 1000))
def test_the_ladder_of_thresholds_trades_one_error_for_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probability, reference = rng.random((5, 6), np.float32), rng.random((5, 6)) < 0.4
    type1, type2 = error_rates(probability, reference)
    at_half = int(np.flatnonzero(np.isclose(THRESHOLDS, 0.5))[0])
    assert (np.diff(type1) >= 0).all()
    assert type1[0] == 0  # nothing is marked
    if reference.any():
        assert (np.diff(type2) <= 0).all()
        assert type2[-1] == 0  # everything is marked
        assert type2[at_half] == pytest.approx((probability[reference] <= 0.5).mean())


def test_groups_are_averaged_and_undefined_cases_left_out() -> None:
    losses = np.array([[1.0, 0.0], [0.5, 0.0], [np.nan, np.nan], [np.nan, np.nan]])
    averaged = group_losses(losses, np.array(["b", "b", "b", "a"]))
    assert averaged.tolist() == [[0.75, 0.0]]


def test_deferring_worked_out_on_paper() -> None:
    costs = deferred_losses(
        np.array([0.1, 0.8, np.nan]), np.array([0.2, 0.7, 0.1]), np.array([1.0, 0.5])
    )
    np.testing.assert_array_equal(costs[:2], [[0.1, 0.1], [0.8, 0.0]])
    assert np.isnan(costs[2]).all()


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.2])
def test_the_guarantee_holds_on_average_and_is_not_loose(alpha: float) -> None:
    """500 draws of 60 calibration groups, each with its own difficulty; expected loss is exact."""
    rng = np.random.default_rng(0)
    rungs = np.linspace(0, 1, 201)
    achieved = []
    for _ in range(500):
        difficulty = rng.beta(1, 3, 60)
        losses = np.clip(1 - rungs[None, :] / difficulty[:, None], 0, 1)
        rung = control(losses, alpha).rung
        assert rung is not None
        new = rng.beta(1, 3, 400)
        achieved.append(np.clip(1 - rungs[rung] / new, 0, 1).mean())
    standard_error = np.std(achieved) / np.sqrt(len(achieved))
    assert np.mean(achieved) <= alpha + 2 * standard_error
    assert np.mean(achieved) >= alpha - 2 / 61 - 0.01  # theorem 2: not below alpha - 2 / (n + 1)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ConfigError, match="alpha must lie between 0 and 1, got 1.0"):
        control(np.zeros((3, 2)), 1.0)
    with pytest.raises(DataError, match="needs groups with a defined loss, got none"):
        control(np.zeros((0, 2)), 0.1)
    with pytest.raises(DataError, match=r"must lie in \[0, 1\]"):
        control(np.full((3, 2), 1.5), 0.1)
    with pytest.raises(DataError, match="must not rise from rung to rung"):
        control(np.array([[0.1, 0.2]]), 0.1)
