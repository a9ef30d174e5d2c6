"""The worst subgroups of cases, found by a search, and corrected for having searched.

Subgroups are made of facts of cases, as slice finders do (Chung et al. 2019, Slice Finder; Pastor
et al. 2021, DivExplorer), but independent units are groups, and the p value is that of the
whole search: see `condition_search`. Intervals are those of the mean of a subgroup as if it had
been named beforehand. What was found by looking is a guess to be tried on other cases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd

from twinseg.comparison import Estimate, Interval, estimate_mean
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.groups import Groups, defined_cases
from twinseg.comparison.number_text import probability
from twinseg.core.arrays import Values
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.words import amount, be
from twinseg.findings.condition_search import Searched, search_conditions
from twinseg.findings.conditions import Condition, conditions_of

_OVERLAP = 0.8  # share of its cases from which a subgroup is another one once more
_ERRORS = 2  # standard errors that are taken off a difference before it is ranked
_LEVEL = 0.05
_DRAWS_OF_INTERVAL = 999


@dataclass(frozen=True)
class Subgroup:
    """Cases that share one or two conditions.

    Attributes:
        label: In words.
        where: As an expression of `twinseg view`; "" where a column's name cannot be typed.
        cases: With a score.
        groups: Of these cases.
        mean: Of the scores over cases, with intervals over groups.
        rest: Mean of all other cases.
        difference: Mean less that of the rest.
        p_adjusted: Chance that the most extreme of everything searched is as extreme as this one
            if scores had nothing to do with the facts.
    """

    label: str
    where: str
    cases: int
    groups: int
    mean: Estimate
    rest: float
    difference: float
    p_adjusted: float

    @property
    def interval(self) -> Interval:
        """Of the mean, over groups."""
        return self.mean.trusted


@dataclass(frozen=True)
class Subgroups:
    """What a search has found.

    Attributes:
        rows: The worst first; empty if nothing stands out.
        searched: Conditions and pairs of conditions that were large enough.
        draws: Permutations.
        undefined: Cases left out because their score is no finite number.
        sentence: All this in words.
    """

    rows: tuple[Subgroup, ...]
    searched: int
    draws: int
    undefined: int
    sentence: str


def worst_subgroups(
    facts: pd.DataFrame,
    scores: Values,
    groups: Groups,
    *,
    higher_is_better: bool,
    rng: np.random.Generator,
    smallest: int = 10,
    most: int = 10,
    draws: int = 999,
    bounds: tuple[float, float] = (-inf, inf),
) -> Subgroups:
    """Search the subgroups whose scores are worst.

    Searched are single conditions (`conditions_of`) and pairs from two columns, with at least
    ``smallest`` cases inside and outside, of at least six groups. They are ranked by how much worse
    they are than the rest, less two standard errors; what is not worse by so much is not listed,
    nor a pair that is no worse than one of its conditions, nor what has more than 80 % of its cases
    in a subgroup already listed.

    Args:
        facts: One row per case: numbers, flags and texts.
        scores: In any unit, (case,); what is not finite is left out and counted.
        groups: The group of each case.
        higher_is_better: Of the scores; False for error rates and distances.
        rng: Source of randomness.
        smallest: Number of cases, > 0.
        most: Number of subgroups to list, > 0.
        draws: Permutations, > 0; with more than 12,000 cases fewer, down to 199.
        bounds: Smallest and largest score there can be.

    Raises:
        ConfigError: If ``smallest``, ``most`` or ``draws`` is below 1.
        DataError: If facts, scores and groups are not as many.
    """
    for name, value in {"smallest": smallest, "most": most, "draws": draws}.items():
        if value < 1:
            raise ConfigError(f"{name} must be at least 1, got {value}")
    if not len(facts) == len(scores) == len(groups):
        raise DataError(
            f"{len(facts)} rows of facts need as many scores and groups, got {len(scores)} and "
            f"{len(groups)}"
        )
    defined = np.isfinite(scores)
    values, numbers = defined_cases(scores, groups)
    conditions = conditions_of(facts[defined], smallest=smallest)
    undefined = int(np.count_nonzero(~defined))
    if not conditions:
        return Subgroups((), 0, 0, undefined, _nothing_to_search(len(values), smallest))
    searched = search_conditions(
        np.stack([one.chosen for one in conditions], axis=1),
        [one.column for one in conditions],
        -values if higher_is_better else values,
        numbers,
        smallest=smallest,
        fewest_groups=FEWEST_GROUPS,
        rng=rng,
        draws=draws,
    )
    if not len(searched):
        return Subgroups((), 0, 0, undefined, _nothing_to_search(len(values), smallest))
    rows: list[Subgroup] = []
    listed: list[np.ndarray] = []
    worse = -1 if higher_is_better else 1
    for place in _from_the_worst(searched):
        parts = [conditions[searched.first[place]], conditions[searched.second[place]]]
        chosen = parts[0].chosen & parts[1].chosen
        difference = float(values[chosen].mean() - values[~chosen].mean())
        packed = np.packbits(chosen)
        if difference * worse <= 0 or _is_listed(packed, listed):
            continue
        listed.append(packed)
        mean = estimate_mean(
            values[chosen], numbers[chosen], rng=rng, draws=_DRAWS_OF_INTERVAL, bounds=bounds
        )
        rows.append(
            Subgroup(
                *_in_words(parts),
                cases=int(chosen.sum()),
                groups=mean.groups,
                mean=mean,
                rest=float(values[~chosen].mean()),
                difference=difference,
                p_adjusted=float(searched.p_adjusted[place]),
            )
        )
        if len(rows) == most:
            break
    said = _sentence(rows, len(searched), undefined)
    return Subgroups(tuple(rows), len(searched), searched.draws, undefined, said)


def _from_the_worst(searched: Searched) -> Iterator[int]:
    """Yield places of what is surely worse, but no pair that one of its conditions is as bad as."""
    surely = searched.higher - _ERRORS * searched.error
    alone = searched.first == searched.second
    of_single = dict(zip(searched.first[alone], surely[alone], strict=True))
    for place in np.argsort(-surely, kind="stable"):
        if surely[place] <= 0:
            return
        parts = {searched.first[place], searched.second[place]}
        if alone[place] or all(surely[place] > of_single.get(part, -inf) for part in parts):
            yield int(place)


def _is_listed(packed: np.ndarray, listed: list[np.ndarray]) -> bool:
    cases = int(np.bitwise_count(packed).sum())
    return any(int(np.bitwise_count(packed & one).sum()) > _OVERLAP * cases for one in listed)


def _in_words(parts: list[Condition]) -> tuple[str, str]:
    """Return label and expression of one or two conditions."""
    if parts[0] is parts[1]:
        return parts[0].label, parts[0].where
    parts = sorted(parts, key=lambda one: one.column)
    typed = all(one.where for one in parts)
    where = " and ".join(one.where for one in parts) if typed else ""
    return " and ".join(one.label for one in parts), where


def _sentence(rows: list[Subgroup], searched: int, undefined: int) -> str:
    left_out = ""
    if undefined:
        left_out = f" {amount(undefined, 'case')} without a finite score left out."
    among = f"Among {amount(searched, 'condition')} searched, pairs included,"
    if not rows:
        return f"{among} no subgroup is worse than the rest by two standard errors.{left_out}"
    sure = sum(row.p_adjusted < _LEVEL for row in rows)
    found = f"{among} {amount(len(rows), 'subgroup')} {be(len(rows))} listed; {sure} of them"
    lowest = probability(min(row.p_adjusted for row in rows))
    return (
        f"{found} {be(sure)} worse than a search among as many finds by chance (adjusted "
        f"p < {_LEVEL}; the lowest {lowest}).{left_out}"
    )


def _nothing_to_search(cases: int, smallest: int) -> str:
    return (
        f"No condition parts {amount(cases, 'case')} into two parts of at least {smallest} cases "
        f"and {FEWEST_GROUPS} groups, so that there is nothing to search."
    )
