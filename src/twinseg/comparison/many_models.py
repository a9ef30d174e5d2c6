"""Many models on the same groups: is any different, and which ones (Demšar 2006)."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Float
from scipy import stats

from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.number_text import number, probability
from twinseg.core.errors import DataError
from twinseg.core.words import amount

ByGroup = Float[np.ndarray, "group model"]


@dataclass(frozen=True)
class ManyModels:
    """Friedman's test and Nemenyi's critical difference.

    Attributes:
        models: Names, from the best mean rank to the worst.
        mean_ranks: Of each, 1 is best.
        groups: Groups in which all models have a value.
        undefined: Groups left out because a model has none.
        chi_square: Friedman's statistic, corrected for ties.
        p_value: That all models are alike; NaN for fewer than two groups.
        f_p_value: The same after Iman & Davenport 1980, less conservative.
        critical_difference: Two mean ranks farther apart differ at ``alpha``.
        alpha: Chance of any false alarm among all pairs.
        infinite: Cases at infinity of each model, in the order of ``models``.
        undefined_of: Cases without a value of each model; they are left out of all models.
        p_adjusted: The p value after a correction for several metrics, which then decides.
        notes: What was done to the tables.
        p_of_pairs: Nemenyi's, (model, model), in the order of ``models``; already corrected for
            the number of pairs.
    """

    models: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    groups: int
    undefined: int
    chi_square: float
    p_value: float
    f_p_value: float
    critical_difference: float
    alpha: float
    p_of_pairs: tuple[tuple[float, ...], ...]
    infinite: tuple[int, ...] = ()
    undefined_of: tuple[int, ...] = ()
    p_adjusted: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_any_different(self) -> bool:
        """Whether Friedman's test rules out that all models are alike, of groups enough."""
        decisive = self.p_value if self.p_adjusted is None else self.p_adjusted
        return self.groups >= FEWEST_GROUPS and decisive < self.alpha

    @property
    def cliques(self) -> tuple[tuple[int, int], ...]:
        """First and last place of each longest run of models that cannot be told apart."""
        ranks, found, reached = self.mean_ranks, [], 0
        for first in range(len(ranks)):
            alike = [k for k, r in enumerate(ranks) if r - ranks[first] <= self.critical_difference]
            if alike[-1] > max(first, reached):
                reached = alike[-1]
                found.append((first, reached))
        return tuple(found)

    def __str__(self) -> str:
        """Say test, ranks and critical difference."""
        ranks = ", ".join(
            f"`{model}` {number(rank)}"
            for model, rank in zip(self.models, self.mean_ranks, strict=True)
        )
        adjusted = ""
        if self.p_adjusted is not None:
            adjusted = f", adjusted {probability(self.p_adjusted)}"
        failed = self._counted("infinite values, beyond all others in rank", self.infinite)
        left_out = self._counted("cases without a value, left out of all", self.undefined_of)
        verdict = "the test does not rule out that all are alike"
        if self.groups < FEWEST_GROUPS:
            verdict = f"fewer than {FEWEST_GROUPS} groups cannot rule out chance"
        if self.is_any_different:
            verdict = (
                f"those more than {number(self.critical_difference)} apart differ "
                f"(Nemenyi, alpha {number(self.alpha)})"
            )
        return (
            f"Friedman over {amount(self.groups, 'group')} ({self.undefined} undefined): "
            f"chi-square {number(self.chi_square)}, p {probability(self.p_value)}{adjusted}; "
            f"mean ranks, 1 is best: {ranks}; {verdict}{failed}{left_out}"
        )

    def _counted(self, what: str, counts: tuple[int, ...]) -> str:
        if not any(counts):
            return ""
        each = zip(self.models, counts, strict=True)
        return f"; {what}: {', '.join(f'`{model}` {abs(count)}' for model, count in each)}"


def compare_many(
    values: ByGroup, models: tuple[str, ...], *, higher_is_better: bool, alpha: float = 0.05
) -> ManyModels:
    """Rank the models within each group and compare the mean ranks.

    Args:
        values: Mean of the metric over the cases of each group, (group, model); NaN where
            undefined: such groups are left out and counted. Infinite values are ranked as they are.
        models: Name of each column; at least three.
        higher_is_better: Whether the highest value has rank 1.
        alpha: Chance of any false alarm among the pairs, between 0 and 1.

    Raises:
        DataError: If there are fewer than three models, or a name too many or too few.
    """
    if len(models) < 3 or values.shape[1] != len(models):
        raise DataError(
            f"Friedman's test takes three models or more with a column each, got {len(models)} "
            f"names and {values.shape[1]} columns; compare two models as a pair"
        )
    complete = values[~np.isnan(values).any(axis=1)]
    ranks = stats.rankdata(-complete if higher_is_better else complete, axis=1)
    groups, columns = complete.shape
    mean_ranks = ranks.mean(axis=0) if groups else np.full(columns, nan)
    order = np.argsort(mean_ranks, kind="stable")
    chi_square, p_value, f_p_value = _friedman(ranks)
    step = sqrt(columns * (columns + 1) / (6 * groups)) if groups else nan
    away = np.abs(np.subtract.outer(mean_ranks[order], mean_ranks[order]))
    p_of_pairs = stats.studentized_range.sf(away / step * sqrt(2), columns, np.inf)
    quantile = float(stats.studentized_range.ppf(1 - alpha, columns, np.inf)) / sqrt(2)
    return ManyModels(
        models=tuple(models[place] for place in order),
        mean_ranks=tuple(mean_ranks[order].tolist()),
        groups=groups,
        undefined=len(values) - groups,
        chi_square=chi_square,
        p_value=p_value,
        f_p_value=f_p_value,
        critical_difference=quantile * step,
        alpha=alpha,
        p_of_pairs=tuple(map(tuple, p_of_pairs.tolist())),
    )


def _friedman(ranks: np.ndarray) -> tuple[float, float, float]:
    """Chi-square with ties, its p value, and that of Iman and Davenport's F."""
    groups, models = ranks.shape
    if groups < 2:
        return nan, nan, nan
    if (ranks == ranks[:, :1]).all():
        return 0.0, 1.0, 1.0
    chi_square, p_value = map(float, stats.friedmanchisquare(*ranks.T))
    left = groups * (models - 1) - chi_square
    if left <= 1e-9:  # every group orders the models alike
        return chi_square, p_value, 0.0
    f = (groups - 1) * chi_square / left
    f_p_value = stats.f.sf(f, models - 1, (models - 1) * (groups - 1))
    return chi_square, p_value, float(f_p_value)
