"""Designs: nested and by group by law; that each does what it says, by numbers."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinseg.core.arrays import Indices
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.seeds import stream
from twinseg.data.case import Case
from twinseg.data.designs import DESIGNS, RARE_SHARE, Subset, draw_subset


def made_cases(groups: list[str], shares: np.ndarray) -> tuple[Case, ...]:
    return tuple(
        Case(
            id=f"c{number}",
            group=group,
            origin=None,
            height_px=1000,
            width_px=1000,
            foreground_px=round(share * 1_000_000),
            spacing_mm=None,
            digest="",
        )
        for number, (group, share) in enumerate(zip(groups, shares, strict=True))
    )


def features_of(cases: tuple[Case, ...], contrast: np.ndarray | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    count = len(cases)
    columns: dict[str, Any] = {
        "case": [case.id for case in cases],
        "group": [case.group for case in cases],
        "foreground_share": [case.foreground_share for case in cases],
        "parts": [int(case.foreground_px > 0) for case in cases],
        "contrast": rng.normal(size=count) if contrast is None else contrast,
    }
    constant = ("border_share", "compactness", "lightness_outside", "red_inside")
    constant += ("yellow_inside", "red_outside", "yellow_outside")
    return pd.DataFrame(columns | dict.fromkeys(constant, 0.5))


def draw(design: str, cases: tuple[Case, ...], fraction: float, seed: int = 0) -> Subset:
    everything = np.arange(len(cases))
    rng = stream(seed, "fraction")
    return draw_subset(design, cases, features_of(cases), everything, fraction=fraction, rng=rng)


def patients(sizes: list[int], seed: int = 0) -> tuple[Case, ...]:
    groups = [f"g{group:02d}" for group, size in enumerate(sizes) for _ in range(size)]
    shares = np.random.default_rng(seed).choice([0, 0.01, 0.1, 0.2, 0.3, 0.9, 1], len(groups))
    return made_cases(groups, shares)


def first_groups(
    cases: tuple[Case, ...], positions: Indices, fraction: float, rng: np.random.Generator
) -> Indices:
    """The oracle of ``random``: the first groups of one permutation."""
    groups = sorted({cases[position].group for position in positions})
    order = rng.permutation(len(groups))
    kept = {groups[place] for place in order[: max(1, math.ceil(fraction * len(groups) - 1e-9))]}
    return np.array([position for position in positions if cases[position].group in kept])


group_sizes = st.lists(st.integers(3, 7), min_size=3, max_size=20)


@pytest.mark.parametrize("design", DESIGNS)
@settings(deadline=None, max_examples=15)
@given(sizes=group_sizes, seed=st.integers(0, 20), one=st.floats(0.05, 1), other=st.floats(0.05, 1))
def test_subsets_are_nested_and_never_leave_the_training_cases(
    design: str, sizes: list[int], seed: int, one: float, other: float
) -> None:
    cases = patients(sizes, seed)
    training = np.flatnonzero([case.group != "g00" for case in cases])
    small, large = (
        draw_subset(
            design, cases, features_of(cases), training, fraction=f, rng=stream(seed, "fraction")
        )
        for f in sorted((one, other))
    )
    assert set(small.positions) <= set(large.positions) <= set(training)
    assert len(set(large.positions)) == len(large.positions)
    if design in ("random", "sparse", "gaussian"):  # groups are whole
        groups = {cases[position].group for position in large.positions}
        whole = [position for position in training if cases[position].group in groups]
        assert large.positions.tolist() == whole
        assert large.after.groups == large.random.groups


@settings(deadline=None)
@given(group_sizes, st.integers(0, 20), st.floats(0.1, 1))
def test_random_takes_the_first_groups(sizes: list[int], seed: int, fraction: float) -> None:
    cases = patients(sizes)
    everything = np.arange(len(cases))
    expected = first_groups(cases, everything, fraction, stream(seed, "fraction"))
    assert draw("random", cases, fraction, seed).positions.tolist() == expected.tolist()


@settings(deadline=None)
@given(group_sizes, st.integers(0, 20), st.floats(0.1, 1))
def test_few_groups_has_as_many_cases_as_random_from_the_largest_groups(
    sizes: list[int], seed: int, fraction: float
) -> None:
    subset = draw("few-groups", patients(sizes), fraction, seed)
    assert subset.after.cases == subset.random.cases
    largest = np.cumsum(sorted(sizes, reverse=True))
    assert subset.after.groups == 1 + np.searchsorted(largest, subset.random.cases)


def test_few_groups_of_single_cases_is_random() -> None:
    cases = made_cases([f"g{n}" for n in range(50)], np.linspace(0.1, 0.5, 50))
    assert (
        draw("few-groups", cases, 0.3).positions.tolist()
        == draw("random", cases, 0.3).positions.tolist()
    )
    assert "do not allow it" in draw("few-groups", cases, 0.3).sentence


@pytest.fixture(scope="module")
def skewed() -> tuple[Case, ...]:
    """400 cases whose log odds follow an exponential distribution: skewed, far from normal."""
    odds = np.exp(np.random.default_rng(1).exponential(1.0, 400) - 3)
    return made_cases([f"g{n}" for n in range(400)], odds / (1 + odds))


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_gaussian_is_nearer_to_normal_than_random(
    skewed: tuple[Case, ...], fraction: float
) -> None:
    for seed in range(5):
        gaussian = draw("gaussian", skewed, fraction, seed)
        assert gaussian.after.test.statistic < 0.7 * gaussian.random.test.statistic
        assert abs(gaussian.after.moments.skewness) < abs(gaussian.random.moments.skewness)
        assert "nearer to the aim than random." in gaussian.sentence


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_sparse_has_heavier_tails_than_random(fraction: float) -> None:
    odds = np.exp(np.random.default_rng(1).normal(size=400) - 2)
    cases = made_cases([f"g{n}" for n in range(400)], odds / (1 + odds))
    for seed in range(5):
        sparse = draw("sparse", cases, fraction, seed)
        assert sparse.after.moments.excess_kurtosis > 1.5
        assert sparse.after.moments.excess_kurtosis > sparse.random.moments.excess_kurtosis
        assert sparse.before.cases == 400


def test_another_seed_draws_other_cases(skewed: tuple[Case, ...]) -> None:
    for design in DESIGNS:
        one, other = (set(draw(design, skewed, 0.1, seed).positions) for seed in (0, 1))
        assert len(one & other) < 0.7 * len(one)


def test_no_rare_leaves_out_the_rarest_cases_and_nothing_of_others() -> None:
    cases = made_cases([f"g{n % 30}" for n in range(120)], np.full(120, 0.2))
    contrast = np.random.default_rng(0).normal(size=120)
    contrast[:9] = np.linspace(20, 100, 9)  # far from all others and from each other
    subset = draw_subset(
        "no-rare",
        cases,
        features_of(cases, contrast),
        np.arange(120),
        fraction=1.0,
        rng=stream(0, "fraction"),
    )
    left_out = set(range(120)) - set(subset.positions)
    assert left_out >= set(range(9))
    assert len(left_out) == RARE_SHARE * 120


def test_groups_without_a_label_size_keep_their_share() -> None:
    shares = np.where(np.arange(200) % 2, 0.0, np.linspace(0.01, 0.9, 200))
    cases = made_cases([f"g{n}" for n in range(200)], shares)
    subset = draw("gaussian", cases, 0.5)
    empty = np.mean([cases[position].foreground_px == 0 for position in subset.positions])
    assert empty == pytest.approx(0.5, abs=0.12)
    nothing = made_cases([f"g{n}" for n in range(20)], np.zeros(20))
    assert "too few values to say (0)" in draw("gaussian", nothing, 0.5).sentence


def test_wrong_input_is_refused(skewed: tuple[Case, ...]) -> None:
    with pytest.raises(ConfigError, match="unknown design 'even'; choose one of: few-groups, ga"):
        draw("even", skewed, 0.5)
    with pytest.raises(ConfigError, match="fraction is 0, expected above 0"):
        draw("random", skewed, 0.0)
    with pytest.raises(ConfigError, match="leaves 1 training case"):
        draw("sparse", skewed, 0.001)
    with pytest.raises(DataError, match="do not belong to these 400 cases"):
        draw_subset(
            "random",
            skewed,
            features_of(skewed[1:]),
            np.arange(400),
            fraction=0.5,
            rng=stream(0, "f"),
        )
