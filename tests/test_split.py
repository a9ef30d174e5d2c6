"""No group in two parts, by law; shares and strata, by count."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_designs import first_groups
from twinseg.core.errors import ConfigError
from twinseg.core.seeds import stream
from twinseg.data.case import Case
from twinseg.data.split import (
    Split,
    folds_by_group,
    joined_groups,
    split_by_group,
)


def made_case(number: int, group: str, share: float = 0.2) -> Case:
    return Case(
        id=f"c{number}",
        group=group,
        origin=None,
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


@settings(deadline=None)
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


@pytest.mark.parametrize(
    ("seed", "digest"),
    [(0, "2eeb11c50fa4b49d"), (1, "495bc74aa6439cd5"), (2, "45ae463aa36e9e32")],
)
def test_a_seed_gives_the_split_it_gave_in_version_0_1(seed: int, digest: str) -> None:
    cases = tuple(made_case(n, f"g{n * n % 41}", share=(n * 37 % 100) / 200) for n in range(120))
    parts = split(cases, seed)
    drawn = first_groups(cases, parts.train, 0.4, stream(seed, "fraction"))
    text = "/".join(
        ",".join(map(str, part.tolist()))
        for part in (parts.train, parts.validation, parts.test, drawn)
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


def cases_of(sizes: list[int]) -> tuple[Case, ...]:
    return tuple(
        made_case(10 * group + member, f"g{group}", share=(group * 7 % 10) / 20)
        for group, size in enumerate(sizes)
        for member in range(size)
    )


pairs_of_numbers = st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), max_size=6)


@settings(deadline=None)
@given(group_sizes, st.integers(3, 6), st.integers(0, 99), pairs_of_numbers)
def test_folds_test_each_case_once_and_never_split_what_belongs_together(
    sizes: list[int], k: int, seed: int, numbers: list[tuple[int, int]]
) -> None:
    cases = cases_of(sizes)
    together = [(one % len(cases), other % len(cases)) for one, other in numbers]
    groups = joined_groups(cases, together)
    if len(set(groups)) < k:
        with pytest.raises(ConfigError, match="folds of"):
            folds_by_group(
                cases, k, validation_fraction=0.15, rng=stream(seed, "f"), together=together
            )
        return
    folds = folds_by_group(
        cases, k, validation_fraction=0.15, rng=stream(seed, "f"), together=together
    )
    assert len(folds) == k
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested.tolist()) == list(range(len(cases)))
    for fold in folds:
        parts = [set(part.tolist()) for part in (fold.train, fold.validation, fold.test)]
        assert all(parts)
        assert sorted(set().union(*parts)) == list(range(len(cases)))
        groups_of_parts = [{groups[position] for position in part} for part in parts]
        assert sum(map(len, groups_of_parts)) == len(set(groups))
        for one, other in together:
            assert fold.of(one) == fold.of(other)


def test_folds_by_count_and_strata() -> None:
    cases = tuple(made_case(n, f"g{n}", share=n / 200) for n in range(100))
    folds = folds_by_group(cases, 5, validation_fraction=0.16, rng=stream(0, "folds"))
    for fold in folds:
        assert (len(fold.test), len(fold.validation), len(fold.train)) == (20, 16, 64)
        mean = np.mean([cases[position].foreground_share for position in fold.test])
        assert mean == pytest.approx(0.2475, abs=0.02)


def test_folds_that_cannot_be_are_refused() -> None:
    cases = cases_of([1] * 8)
    with pytest.raises(ConfigError, match="9 folds of 8 groups"):
        folds_by_group(cases, 9, validation_fraction=0.1, rng=stream(0, "f"))
    with pytest.raises(ConfigError, match=r"below 0\.5"):
        folds_by_group(cases, 2, validation_fraction=0.5, rng=stream(0, "f"))
    with pytest.raises(ConfigError, match="leaves one group"):
        folds_by_group(cases_of([9, 1]), 2, validation_fraction=0.1, rng=stream(0, "f"))


def test_joined_groups_follow_chains() -> None:
    cases = tuple(made_case(n, group) for n, group in enumerate("abcdea"))
    # b-d and d-a tie a, b and d, of which the cases are 0, 1, 3 and 5.
    assert joined_groups(cases, [(1, 3), (3, 5)]) == ["a", "a", "c", "a", "e", "a"]
    assert joined_groups(cases, []) == list("abcdea")


@settings(deadline=None)
@given(group_sizes, st.integers(0, 99), pairs_of_numbers)
def test_known_duplicates_stay_in_one_part(
    sizes: list[int], seed: int, numbers: list[tuple[int, int]]
) -> None:
    cases = cases_of(sizes)
    together = [(one % len(cases), other % len(cases)) for one, other in numbers]
    if len(set(joined_groups(cases, together))) < 3:
        return
    parts = split_by_group(
        cases,
        test_fraction=0.2,
        validation_fraction=0.15,
        rng=stream(seed, "split"),
        together=together,
    )
    assert all(parts.of(one) == parts.of(other) for one, other in together)
    assert min(map(len, (parts.train, parts.validation, parts.test))) > 0


def test_too_few_groups_are_refused() -> None:
    cases = cases_of([1, 1, 1])
    with pytest.raises(ConfigError, match="2 groups cannot be in"):
        split_by_group(
            cases,
            test_fraction=0.2,
            validation_fraction=0.15,
            rng=stream(0, "split"),
            together=[(0, 1)],
        )
