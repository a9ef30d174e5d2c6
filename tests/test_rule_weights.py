"""Weights of a weighted mean: least squares, folds of groups."""

import numpy as np
import pytest

from twinseg.core.errors import DataError
from twinseg.ensemble.folds import group_folds
from twinseg.ensemble.mixture_weights import fit_weights, products_of_case


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def cases(errors: tuple[float, ...], count: int = 20) -> list[list[np.ndarray]]:
    """Cases where each model is the truth plus noise of its own size."""
    noise, made = np.random.default_rng(1), []
    for _ in range(count):
        truth = noise.random((12, 12)) < 0.4
        planes = [truth + error * noise.standard_normal((12, 12)) for error in errors]
        made.append(products_of_case(planes, truth))
    return made


def names(count: int, groups: int) -> np.ndarray:
    return np.array([f"g{case % groups}" for case in range(count)])


def test_independent_errors_weigh_by_their_variance() -> None:
    # best weights of independent errors are 1 / variance: 1 / 0.01 against 1 / 0.04, 0.8 and 0.2
    found = fit_weights(cases((0.1, 0.2)), names(20, 20), rng())
    assert found.values == pytest.approx((0.8, 0.2), abs=0.02)
    assert sum(found.values) == pytest.approx(1)
    assert found.error == pytest.approx(0.008, abs=0.001)  # 1 / (100 + 25)
    assert found.error_equal == pytest.approx(0.0125, abs=0.001)
    assert len(found.by_fold) == 5


def test_a_useless_model_weighs_nothing_and_three_go_as_well() -> None:
    found = fit_weights(cases((0.1, 30.0, 0.1)), names(20, 10), rng())
    assert found.values == pytest.approx((0.5, 0.0, 0.5), abs=0.03)


def test_what_is_left_out_is_judged_by_the_others() -> None:
    """The first model knows one group, the second the other: each learns the wrong one."""
    truth = np.array([[True, False], [True, False]])
    right, half = truth.astype(float), np.full((2, 2), 0.5)
    made = [products_of_case(planes, truth) for planes in ([right, half], [half, right])]
    found = fit_weights(made, np.array(["a", "b"]), rng())
    assert sorted(np.round(found.by_fold, 6).tolist()) == [[0.0, 1.0], [1.0, 0.0]]
    assert found.values == pytest.approx((0.5, 0.5))
    assert found.error == pytest.approx(0.25)  # of one half everywhere
    assert found.error_equal == pytest.approx(0.0625)  # of one quarter away everywhere


def test_a_single_group_gives_equal_weights() -> None:
    found = fit_weights(cases((0.1, 0.2)), names(20, 1), rng())
    assert found.values == (0.5, 0.5)
    assert np.isnan(found.error)


def test_no_group_is_in_two_folds() -> None:
    groups = names(40, 13)
    folds = group_folds(groups, rng())
    assert set(folds) == set(range(5))
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))
    assert (folds == group_folds(groups, rng())).all()
    assert set(group_folds(names(6, 3), rng())) == {0, 1, 2}


def test_no_case_is_refused() -> None:
    with pytest.raises(DataError, match="weights need validation cases, got none"):
        fit_weights([], names(0, 1), rng())
