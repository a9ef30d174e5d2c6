"""What chosen cases share, and the rest do not: found by a search, corrected for having searched.

The conditions and the test are those of the search for subgroups (`condition_search`), with being
chosen in place of a score. What chose the cases is found again, of course: who chose small ones
learns that they are small.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.groups import Groups, defined_cases
from twinseg.core.errors import ConfigError, DataError
from twinseg.findings.condition_search import Searched, search_conditions
from twinseg.findings.conditions import Chosen, Condition, conditions_of

FEWEST_CHOSEN = 2
_MOST_WANTED = 10  # cases that a condition must hold of, however many are chosen
_SAME_CASES = 0.8  # common share of the cases of two conditions that say the same


@dataclass(frozen=True)
class Trait:
    """A condition that holds of chosen cases more often than of others.

    Attributes:
        column: That it is about.
        label: In words.
        where: As an expression of `twinseg view`; "" where a column's name cannot be typed.
        chosen: Of how many chosen cases it holds.
        rest: Of how many others.
        p_adjusted: Chance that the most telling of all conditions tells as much if the cases had
            been chosen whatever their facts.
    """

    column: str
    label: str
    where: str
    chosen: int
    rest: int
    p_adjusted: float


@dataclass(frozen=True)
class SharedTraits:
    """What was found.

    Attributes:
        rows: The most telling first; empty if nothing tells them from the rest.
        searched: Conditions that were looked at.
        chosen: Cases that are chosen.
        rest: The others.
    """

    rows: tuple[Trait, ...]
    searched: int
    chosen: int
    rest: int


def shared_traits(
    facts: pd.DataFrame,
    chosen: Chosen,
    groups: Groups,
    *,
    rng: np.random.Generator,
    most: int = 10,
    draws: int = 999,
) -> SharedTraits:
    """Search single conditions that hold of the chosen cases more often than of the rest.

    A condition must hold of as many cases as are chosen, at most ten, of at least six groups, and
    fail of as many. They are ranked by how far the share of the chosen is from what dealing whole
    groups at random gives, in standard deviations. Of conditions on one column, or whose cases are
    80 % the same, the first is listed.

    Args:
        facts: One row per case: numbers, flags and texts.
        chosen: Which cases are chosen, (case,).
        groups: The group of each case.
        rng: Source of randomness.
        most: Number of conditions to list, > 0.
        draws: Permutations, > 0; with more than 12,000 cases fewer, down to 199.

    Raises:
        ConfigError: If fewer than two cases are chosen, or fewer than two are not.
        DataError: If facts, choice and groups are not as many.
    """
    if not len(facts) == len(chosen) == len(groups):
        raise DataError(
            f"{len(facts)} rows of facts need as many choices and groups, got {len(chosen)} and "
            f"{len(groups)}"
        )
    inside = int(chosen.sum())
    outside = len(chosen) - inside
    if min(inside, outside) < FEWEST_CHOSEN:
        raise ConfigError(
            f"{inside} cases are chosen and {outside} are not; to tell what they share, choose at "
            f"least {FEWEST_CHOSEN} and leave as many"
        )
    smallest = min(_MOST_WANTED, inside, outside)
    conditions = conditions_of(facts, smallest=smallest)
    if not conditions:
        return SharedTraits((), 0, inside, outside)
    values, numbers = defined_cases(chosen.astype(float), groups)
    searched = search_conditions(
        np.stack([one.chosen for one in conditions], axis=1),
        None,
        values,
        numbers,
        smallest=smallest,
        fewest_groups=FEWEST_GROUPS,
        rng=rng,
        draws=draws,
    )
    rows = _most_telling(searched, conditions, chosen)
    return SharedTraits(tuple(islice(rows, most)), len(searched), inside, outside)


def _most_telling(
    searched: Searched, conditions: Sequence[Condition], chosen: Chosen
) -> Iterator[Trait]:
    """Yield what holds of the chosen more often, from the surest, each fact once."""
    spread = np.where(searched.error > 0, searched.error, np.inf)
    telling = searched.higher / spread
    seen: list[Condition] = []
    for place in np.lexsort((-telling, searched.p_adjusted)):
        one = conditions[searched.first[place]]
        if telling[place] <= 0:
            continue
        if any(_say_the_same(one, other) for other in seen):
            continue
        seen.append(one)
        both, without = (int((one.chosen & part).sum()) for part in (chosen, ~chosen))
        if both / chosen.sum() > without / (~chosen).sum():  # also where all cases weigh alike
            p_adjusted = float(searched.p_adjusted[place])
            yield Trait(one.column, one.label, one.where, both, without, p_adjusted)


def _say_the_same(one: Condition, other: Condition) -> bool:
    common, either = (one.chosen & other.chosen).sum(), (one.chosen | other.chosen).sum()
    return one.column == other.column or bool(common > _SAME_CASES * either)
