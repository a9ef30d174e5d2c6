"""The same comparison among parts of the cases, and whether it differs between them."""

from dataclasses import dataclass, replace
from math import nan

import numpy as np
import pandas as pd

from twinseg.comparison.bca import unknown
from twinseg.comparison.correction import holm
from twinseg.comparison.differences import (
    at_infinity,
    paired_differences,
    ranked_alike,
    without_noise,
)
from twinseg.comparison.estimate import FEWEST_GROUPS, Estimate, estimate_mean
from twinseg.comparison.groups import Groups, group_totals
from twinseg.comparison.interaction import Interaction, interaction_test
from twinseg.comparison.number_text import number, probability
from twinseg.comparison.possible_values import difference_bounds
from twinseg.comparison.signed_rank import signed_rank_test
from twinseg.core.arrays import Values
from twinseg.core.errors import DataError
from twinseg.core.words import amount

_MOST_STRATA = 12


@dataclass(frozen=True)
class Stratum:
    """One part of the cases.

    Attributes:
        name: Value of the column.
        cases: Cases with a value for both models.
        undefined: Cases without.
        infinite: Cases at infinity of the first and the second model: failures.
        mean: Mean difference; its intervals are NaN to NaN for fewer than six groups, where the
            tests cannot rule out chance whatever an interval says. NaN with infinite values.
        p_value: Wilcoxon signed-rank on group means.
        p_adjusted: The same after Holm over the strata.
    """

    name: str
    cases: int
    undefined: int
    infinite: tuple[int, int]
    mean: Estimate
    p_value: float
    p_adjusted: float

    def __str__(self) -> str:
        """Say the difference in this stratum."""
        counts = f"{amount(self.cases, 'case')} of {amount(self.mean.groups, 'group')}"
        if self.undefined:
            counts += f", {self.undefined} undefined"
        tested = f"adjusted p {probability(self.p_adjusted)}"
        if any(self.infinite):
            first, second = map(abs, self.infinite)
            return (
                f"{self.name} without a mean ({first} and {second} infinite values in the first "
                f"and the second model, {counts}, {tested})"
            )
        interval = self.mean.interval
        few = f"fewer than {FEWEST_GROUPS} groups: no interval"
        between = interval.text(signed=True) if interval.is_known else few
        mean = number(self.mean.value, signed=True, within=interval.high - interval.low)
        return f"{self.name} {mean} ({between}, {counts}, {tested})"


@dataclass(frozen=True)
class Strata:
    """A comparison in each stratum, and the test whether the strata differ.

    Attributes:
        column: What the strata are of.
        strata: In the order of their names.
        interaction: The test to decide by: that one stratum has a small p value and another one
            has not says nothing about a difference between them.
        without_stratum: Cases left out because the column is empty there.
    """

    metric: str
    first: str
    second: str
    column: str
    strata: tuple[Stratum, ...]
    interaction: Interaction
    without_stratum: int

    @property
    def sentence(self) -> str:
        """The differences by stratum and the interaction in words."""
        left_out = ""
        if self.without_stratum:
            cases = amount(self.without_stratum, "case")
            left_out = f" {cases} without {self.column} left out."
        return (
            f"`{self.second}` minus `{self.first}` in {self.metric} by {self.column}: "
            f"{'; '.join(map(str, self.strata))}.{left_out} {self.interaction}"
        )


def compare_strata(
    first: Values,
    second: Values,
    strata: pd.Series,
    *,
    groups: Groups,
    metric: str,
    names: tuple[str, str],
    rng: np.random.Generator,
    draws: int = 9999,
    level: float = 0.95,
) -> Strata:
    """Compare two models within each stratum, and the strata with each other.

    Args:
        first: Values of the model that is subtracted, (case,); NaN where undefined, infinite
            where the model has failed.
        second: Values of the other model, same cases in the same order.
        strata: The stratum of each case, in the same order; the name of the series is said.
        groups: The group of each case.
        metric: Name of what the values are.
        names: Of the first and the second model.
        rng: Source of randomness.
        draws: Resamples and permutations.
        level: Of the intervals, between 0 and 1.

    Raises:
        ConfigError: If ``draws`` or ``level`` is out of range.
        DataError: If lengths differ, or there are fewer than two strata or more than twelve.
    """
    if not len(first) == len(second) == len(strata) == len(groups):
        raise DataError(
            f"{len(first)} and {len(second)} values need as many strata and groups, got "
            f"{len(strata)} and {len(groups)}"
        )
    known = strata.notna().to_numpy()
    labels = strata[strata.notna()].astype(str).to_numpy()
    differences, units = paired_differences(first, second)[known], np.asarray(groups)[known]
    found = np.unique(labels)
    if not 2 <= len(found) <= _MOST_STRATA:
        raise DataError(
            f"{strata.name} has {len(found)} values; strata are 2 to {_MOST_STRATA}: cut numbers "
            "into parts first (halves)"
        )
    parts = [labels == name for name in found]
    of_strata, of_interaction = rng.spawn(2)
    defined = ~np.isnan(differences)
    infinite = [
        tuple(at_infinity(values[known][part & defined]) for values in (first, second))
        for part in parts
    ]
    means = [
        _mean(
            differences[part],
            units[part],
            failed=any(failed),
            rng=of_strata,
            draws=draws,
            level=level,
            bounds=difference_bounds(metric, first, second),
        )
        for part, failed in zip(parts, infinite, strict=True)
    ]
    p_values = np.array([_p_value(differences[part], units[part]) for part in parts])
    interaction = interaction_test(
        differences, units, labels, rng=of_interaction, draws=draws, level=level
    )
    if any(map(any, infinite)):
        interaction = Interaction(nan, unknown(level), nan, "infinite values have no mean")
    return Strata(
        metric=metric,
        first=names[0],
        second=names[1],
        column=str(strata.name),
        strata=tuple(
            Stratum(
                str(name),
                int(np.count_nonzero(defined[part])),
                int(np.count_nonzero(~defined[part])),
                failed,
                mean,
                float(p_value),
                float(adjusted),
            )
            for name, part, failed, mean, p_value, adjusted in zip(
                found, parts, infinite, means, p_values, holm(p_values), strict=True
            )
        ),
        interaction=interaction,
        without_stratum=int((~known).sum()),
    )


def halves(values: pd.Series, *, names: tuple[str, str] = ("small", "large")) -> pd.Series:
    """Cut a column of numbers at its median: up to it the first name, above it the second."""
    above = values > values.median()
    labels = pd.Series(np.where(above, names[1], names[0]), index=values.index, name=values.name)
    return labels.where(values.notna())


def _mean(
    differences: Values,
    groups: np.ndarray,
    *,
    failed: bool,
    rng: np.random.Generator,
    draws: int,
    level: float,
    bounds: tuple[float, float],
) -> Estimate:
    """Estimate the mean, without what would say more than the tests can."""
    mean = estimate_mean(differences, groups, rng=rng, draws=draws, level=level, bounds=bounds)
    groups_there = len(np.unique(groups[~np.isnan(differences)]))
    none = unknown(level)
    if failed:
        why, value = "infinite values have no mean", nan
    elif groups_there < FEWEST_GROUPS:
        why, value = f"fewer than {FEWEST_GROUPS} groups", mean.value
    else:
        return mean
    return replace(
        mean, value=value, groups=groups_there, student=none, percentile=none, bca=none, why=why
    )


def _p_value(differences: Values, groups: np.ndarray) -> float:
    means = without_noise(group_totals(ranked_alike(differences), groups).means)
    return signed_rank_test(means)[0] if len(means) else nan
