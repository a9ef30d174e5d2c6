"""Train, validation and test by group, once or fold by fold; and a fraction of the training."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Indices
from twinseg.core.errors import ConfigError
from twinseg.data.case import Case

Together = Sequence[tuple[int, int]]  # pairs of positions

_GROUPS_PER_STRATUM = 8


@dataclass(frozen=True)
class Split:
    """Positions of cases in their dataset, sorted; no group is in two parts."""

    train: Indices
    validation: Indices
    test: Indices

    def of(self, position: int) -> str:
        """Name the part that holds the case at ``position``; ``unused`` if a fraction left it."""
        for part in ("train", "validation", "test"):
            if position in getattr(self, part):
                return part
        return "unused"


def split_by_group(
    cases: tuple[Case, ...],
    *,
    test_fraction: float,
    validation_fraction: float,
    rng: np.random.Generator,
    together: Together = (),
) -> Split:
    """Split by group so that each part holds its share of cases of every foreground share.

    Groups are ordered by their mean foreground share and cut into strata; within a stratum their
    order is random, and each goes to the part that is furthest behind its share of cases.

    Args:
        cases: Of the whole dataset.
        test_fraction: Share of the cases to test on.
        validation_fraction: Share of the cases to choose the epoch by.
        rng: Source of the order within strata.
        together: Pairs of positions, such as near-duplicates, whose groups are treated as one.

    Raises:
        ConfigError: If the fractions leave nothing to train on, or there are fewer than 3 groups.
    """
    left = require_shares(test_fraction, validation_fraction)
    shares = {"test": test_fraction, "validation": validation_fraction, "train": left}
    groups = joined_groups(cases, together)
    if len(set(groups)) < 3:
        raise ConfigError(
            f"{len(set(groups))} groups cannot be in training, validation and test; add cases of "
            "other patients"
        )
    parts = _dealt(_groups_in_strata(cases, range(len(cases)), groups, rng), shares)
    _fill_empty_parts(parts, groups)
    return Split(**{part: np.sort(np.array(positions)) for part, positions in parts.items()})


def require_shares(test_fraction: float, validation_fraction: float) -> float:
    """Return the share that is left to train on.

    Raises:
        ConfigError: If nothing is left.
    """
    left = 1 - test_fraction - validation_fraction
    if left <= 0:
        raise ConfigError(
            f"test fraction {test_fraction:g} and validation fraction {validation_fraction:g} "
            "leave nothing to train on; make them smaller"
        )
    return left


def folds_by_group(
    cases: tuple[Case, ...],
    k: int,
    *,
    validation_fraction: float,
    rng: np.random.Generator,
    together: Together = (),
) -> tuple[Split, ...]:
    """Split ``k`` times, by group and stratified by foreground share; each case is tested once.

    Args:
        cases: Of the whole dataset.
        k: Number of folds.
        validation_fraction: Share of all cases to choose the epoch by, taken from the groups
            that are not tested on.
        rng: Source of the order within strata.
        together: Pairs of positions, such as near-duplicates, whose groups are treated as one.

    Raises:
        ConfigError: If there are too few groups, or nothing is left to train on.
    """
    groups = joined_groups(cases, together)
    if not 2 <= k <= len(set(groups)):
        raise ConfigError(
            f"{k} folds of {len(set(groups))} groups: expected at least 2, and a group for each; "
            "take fewer folds or add cases of other patients"
        )
    if not 0 < validation_fraction < 1 - 1 / k:
        raise ConfigError(
            f"validation fraction {validation_fraction:g} leaves nothing to train on in {k} "
            f"folds; expected above 0 and below {1 - 1 / k:.3g}"
        )
    tested = _dealt(
        _groups_in_strata(cases, range(len(cases)), groups, rng),
        {f"fold {number}": 1 / k for number in range(k)},
    )
    folds = []
    for test in tested.values():
        rest = sorted(set(range(len(cases))) - set(test))
        if len({groups[position] for position in rest}) < 2:
            raise ConfigError(
                f"a fold of {k} leaves one group to train and to validate on; take more folds or "
                "add cases of other patients"
            )
        share = validation_fraction / (1 - 1 / k)  # of what this fold does not test on
        parts = _dealt(
            _groups_in_strata(cases, rest, groups, rng),
            {"validation": share, "train": 1 - share},
        )
        _fill_empty_parts(parts, groups)
        parts["test"] = test
        folds.append(
            Split(**{part: np.sort(np.array(positions)) for part, positions in parts.items()})
        )
    return tuple(folds)


def joined_groups(cases: tuple[Case, ...], together: Together) -> list[str]:
    """Return the group of every case; groups that ``together`` ties share the first name."""
    above = {case.group: case.group for case in cases}

    def first_name(group: str) -> str:
        while above[group] != group:
            group = above[group]
        return group

    for one, other in together:
        first, second = sorted(first_name(cases[position].group) for position in (one, other))
        above[second] = first
    return [first_name(case.group) for case in cases]


def _groups_in_strata(
    cases: tuple[Case, ...],
    positions: Iterable[int],
    groups: Sequence[str],
    rng: np.random.Generator,
) -> list[list[int]]:
    members: dict[str, list[int]] = {}
    for position in positions:
        members.setdefault(groups[position], []).append(position)

    def mean_share(positions: list[int]) -> float:
        return float(np.mean([cases[position].foreground_share for position in positions]))

    ordered = sorted(members.values(), key=mean_share)
    shuffled: list[list[int]] = []
    for start in range(0, len(ordered), _GROUPS_PER_STRATUM):
        stratum = ordered[start : start + _GROUPS_PER_STRATUM]
        shuffled += [stratum[place] for place in rng.permutation(len(stratum))]
    return shuffled


def _dealt(groups: list[list[int]], shares: dict[str, float]) -> dict[str, list[int]]:
    """Give each group in turn to the part that is furthest behind its share of cases."""
    parts: dict[str, list[int]] = {part: [] for part in shares}
    dealt = 0
    for members in groups:
        dealt += len(members)
        behind = {part: shares[part] * dealt - len(parts[part]) for part in parts}
        parts[max(behind, key=behind.__getitem__)] += members
    return parts


def _fill_empty_parts(parts: dict[str, list[int]], groups: Sequence[str]) -> None:
    """Give a part that got no group the smallest group of the part with most groups."""
    for part in [part for part, positions in parts.items() if not positions]:
        by_group: dict[str, dict[str, list[int]]] = {}
        for name, positions in parts.items():
            for position in positions:
                by_group.setdefault(name, {}).setdefault(groups[position], []).append(position)
        donor = max(by_group, key=lambda name: len(by_group[name]))
        moved = min(by_group[donor].values(), key=len)
        parts[donor] = [position for position in parts[donor] if position not in moved]
        parts[part] = moved
