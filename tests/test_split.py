"""No group in two parts, by law; shares and strata, by count."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinseg.core.errors import ConfigError
from twinseg.core.seeds import stream
from twinseg.data.case import Case
from twinseg.data.split import Split, draw_fraction, split_by_group


def made_case(number: int, group: str, share: float = 0.2) -> Case:
    return Case(
        id=f"c{number}",
        group=group,
        image=Path("i"),
        mask=Path("m"),
        height_px=100,
        width_px=100,
        foreground_px=round(share * 10_000),
        spacing_mm=None,
        digest="",
    )


def split(cases: tuple[Case, ...], seed: int = 0, test: float = 0.2) -> Split:
    rng = stream(seed, "split")
    return split_by_group(cases, test_fraction=test, validation_fraction=0.15, rng=rng)


group_sizes = st.lists(st.integers(1, 9), min_size=8, max_size=40)


@given(group_sizes, st.integers(0, 99), st.floats(0.05, 0.5))
def test_every_case_is_in_one_part_and_no_group_in_two(
    sizes: list[int], seed: int, test: float
) -> None:
    cases = tuple(
        made_case(10 * group + member, f"g{group}", share=(group * 7 % 10) / 20)
        for group, size in enumerate(sizes)
        for member in range(size)
    )
    parts = split(cases, seed, test)
    positions = [*parts.train, *parts.validation, *parts.test]
    assert sorted(positions) == list(range(len(cases)))
    groups = [
        {cases[position].group for position in part}
        for part in (parts.train, parts.validation, parts.test)
    ]
    assert all(groups)
    assert sum(map(len, groups)) == len(sizes)


def test_shares_and_strata_are_kept() -> None:
    cases = tuple(made_case(n, f"g{n}", share=n / 200) for n in range(100))
    parts = split(cases)
    assert (len(parts.test), len(parts.validation), len(parts.train)) == (20, 15, 65)
    for part in (parts.train, parts.validation, parts.test):
        mean = np.mean([cases[position].foreground_share for position in part])
        assert mean == pytest.approx(0.2475, abs=0.02)  # of all: 49.5 / 200


def test_a_seed_gives_one_split_another_seed_another() -> None:
    cases = tuple(made_case(n, f"g{n}") for n in range(60))
    assert split(cases, 1).test.tolist() == split(cases, 1).test.tolist()
    assert split(cases, 1).test.tolist() != split(cases, 2).test.tolist()


def test_one_large_group_cannot_fill_two_parts() -> None:
    cases = tuple(made_case(n, "big" if n < 40 else f"g{n}") for n in range(87))
    parts = split(cases)
    assert len(parts.test) > 0
    assert len(parts.validation) > 0
    assert parts.of(0) == parts.of(39) == "train"


def test_fractions_that_leave_nothing_are_refused() -> None:
    cases = tuple(made_case(n, f"g{n}") for n in range(10))
    with pytest.raises(ConfigError, match="leave nothing to train on"):
        split(cases, test=0.9)


@given(group_sizes, st.floats(0.1, 1), st.floats(0.1, 1), st.integers(0, 20))
def test_a_smaller_fraction_is_held_by_a_larger_one(
    sizes: list[int], one: float, other: float, seed: int
) -> None:
    cases = tuple(
        made_case(10 * group + member, f"g{group}")
        for group, size in enumerate(sizes)
        for member in range(size + 1)  # a group alone is enough to train on
    )
    everything = np.arange(len(cases))
    small, large = (
        set(draw_fraction(cases, everything, fraction=f, rng=stream(seed, "fraction")).tolist())
        for f in sorted((one, other))
    )
    assert small <= large
    for drawn in (small, large):
        groups = {cases[position].group for position in drawn}
        assert drawn == {p for p, case in enumerate(cases) if case.group in groups}


def test_fractions_by_count() -> None:
    cases = tuple(made_case(n, f"g{n}") for n in range(10))
    rng = stream(0, "fraction")
    assert len(draw_fraction(cases, np.arange(10), fraction=0.3, rng=rng)) == 3
    assert len(draw_fraction(cases, np.arange(10), fraction=1.0, rng=rng)) == 10
    with pytest.raises(ConfigError, match="leaves 1 training case"):
        draw_fraction(cases, np.arange(10), fraction=0.01, rng=rng)
