"""Train, validation and test by group; and which training groups a run may see."""

import math
from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Indices
from twinseg.core.errors import ConfigError
from twinseg.data.case import Case

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
) -> Split:
    """Split by group so that each part holds its share of cases of every foreground share.

    Groups are ordered by their mean foreground share and cut into strata; within a stratum their
    order is random, and each goes to the part that is furthest behind its share of cases.

    Raises:
        ConfigError: If the fractions leave nothing to train on.
    """
    train_fraction = 1 - test_fraction - validation_fraction
    if train_fraction <= 0:
        raise ConfigError(
            f"test fraction {test_fraction:g} and validation fraction {validation_fraction:g} "
            "leave nothing to train on; make them smaller"
        )
    shares = {"test": test_fraction, "validation": validation_fraction, "train": train_fraction}
    parts: dict[str, list[int]] = {part: [] for part in shares}
    dealt = 0
    for members in _groups_in_strata(cases, rng):
        dealt += len(members)
        behind = {part: shares[part] * dealt - len(parts[part]) for part in parts}
        parts[max(behind, key=behind.__getitem__)] += members
    _fill_empty_parts(parts, cases)
    return Split(**{part: np.sort(np.array(positions)) for part, positions in parts.items()})


def draw_fraction(
    cases: tuple[Case, ...], positions: Indices, *, fraction: float, rng: np.random.Generator
) -> Indices:
    """Keep ``fraction`` of the groups at ``positions``, at least one; nested for one ``rng`` seed.

    Raises:
        ConfigError: If fewer than two cases are left.
    """
    groups = sorted({cases[position].group for position in positions})
    order = rng.permutation(len(groups))
    kept = {groups[place] for place in order[: max(1, math.ceil(fraction * len(groups) - 1e-9))]}
    drawn = np.array([position for position in positions if cases[position].group in kept])
    if len(drawn) < 2:
        raise ConfigError(
            f"fraction {fraction:g} leaves {len(drawn)} training case; take a larger one"
        )
    return drawn


def _groups_in_strata(cases: tuple[Case, ...], rng: np.random.Generator) -> list[list[int]]:
    members: dict[str, list[int]] = {}
    for position, case in enumerate(cases):
        members.setdefault(case.group, []).append(position)

    def mean_share(positions: list[int]) -> float:
        return float(np.mean([cases[position].foreground_share for position in positions]))

    ordered = sorted(members.values(), key=mean_share)
    shuffled: list[list[int]] = []
    for start in range(0, len(ordered), _GROUPS_PER_STRATUM):
        stratum = ordered[start : start + _GROUPS_PER_STRATUM]
        shuffled += [stratum[place] for place in rng.permutation(len(stratum))]
    return shuffled


def _fill_empty_parts(parts: dict[str, list[int]], cases: tuple[Case, ...]) -> None:
    """Give a part that got no group the smallest group of the part with most groups."""
    for part in [part for part, positions in parts.items() if not positions]:
        by_group: dict[str, dict[str, list[int]]] = {}
        for name, positions in parts.items():
            for position in positions:
                by_group.setdefault(name, {}).setdefault(cases[position].group, []).append(position)
        donor = max(by_group, key=lambda name: len(by_group[name]))
        moved = min(by_group[donor].values(), key=len)
        parts[donor] = [position for position in parts[donor] if position not in moved]
        parts[part] = moved
