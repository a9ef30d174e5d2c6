"""The same comparison among parts of the cases, and whether it differs between them."""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from twinseg.comparison.analyse import paired_differences
from twinseg.comparison.correction import holm
from twinseg.comparison.estimate import Estimate, estimate_mean
from twinseg.comparison.groups import Groups, group_totals
from twinseg.comparison.interaction import Interaction, interaction_test
from twinseg.comparison.signed_rank import signed_rank_test
from twinseg.comparison.words import number, percent, probability
from twinseg.core.arrays import Values
from twinseg.core.errors import DataError

_MOST_STRATA = 12


@dataclass(frozen=True)
class Stratum:
    """One part of the cases.

    Attributes:
        name: Value of the column.
        cases: Cases with a value for both models.
        undefined: Cases without.
        mean: Mean difference with its intervals.
        p_value: Wilcoxon signed-rank on group means.
        p_adjusted: The same after Holm over the strata.
    """

    name: str
    cases: int
    undefined: int
    mean: Estimate
    p_value: float
    p_adjusted: float


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
        parts = [
            f"{one.name} {number(one.mean.value, signed=True)} ({percent(one.mean.interval.level)} "
            f"interval {number(one.mean.interval.low, signed=True)} to "
            f"{number(one.mean.interval.high, signed=True)}, {one.cases} cases of "
            f"{one.mean.groups} groups, adjusted p {probability(one.p_adjusted)})"
            for one in self.strata
        ]
        return (
            f"`{self.second}` minus `{self.first}` in {self.metric} by {self.column}: "
            f"{'; '.join(parts)}. {self.interaction}"
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
        first: Values of the model that is subtracted, (case,); not finite where undefined.
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
    means = [
        estimate_mean(differences[part], units[part], rng=of_strata, draws=draws, level=level)
        for part in parts
    ]
    p_values = np.array([_p_value(differences[part], units[part]) for part in parts])
    interaction = interaction_test(
        differences, units, labels, rng=of_interaction, draws=draws, level=level
    )
    return Strata(
        metric=metric,
        first=names[0],
        second=names[1],
        column=str(strata.name),
        strata=tuple(
            Stratum(
                str(name),
                int(np.isfinite(differences[part]).sum()),
                int((~np.isfinite(differences[part])).sum()),
                mean,
                float(p_value),
                float(adjusted),
            )
            for name, part, mean, p_value, adjusted in zip(
                found, parts, means, p_values, holm(p_values), strict=True
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


def _p_value(differences: Values, groups: np.ndarray) -> float:
    means = group_totals(differences, groups).means.round(12)
    return signed_rank_test(means)[0] if len(means) else nan
