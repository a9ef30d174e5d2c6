"""Is the difference small enough not to matter: equivalence, and not being worse."""

from dataclasses import dataclass
from math import isnan

from twinseg.comparison.bca import Interval
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.groups import GroupTotals
from twinseg.comparison.number_text import number, probability
from twinseg.comparison.student import mean_and_error
from twinseg.core.errors import ConfigError
from twinseg.core.words import amount, be


@dataclass(frozen=True)
class WithinMargin:
    """Outcome of a test against a margin; all numbers in the unit of the metric.

    Attributes:
        question: "equivalent within" or "not worse by".
        margin: Largest difference that does not matter, > 0; named by the user.
        p_value: Of the claim being wrong; NaN for fewer than two groups.
        interval: Of the mean difference, at level 1 - 2 alpha.
        alpha: The claim is made if the p value is below it.
        method: How it was computed.
        groups: Behind it; of fewer than `FEWEST_GROUPS` nothing is shown, whatever the p value.
        p_adjusted: The p value after a correction for several claims, which then decides.
    """

    question: str
    margin: float
    p_value: float
    interval: Interval
    alpha: float
    method: str
    groups: int
    p_adjusted: float | None = None

    @property
    def is_shown(self) -> bool:
        """Whether the claim is made."""
        decisive = self.p_value if self.p_adjusted is None else self.p_adjusted
        return self.groups >= FEWEST_GROUPS and decisive < self.alpha

    def __str__(self) -> str:
        """Say the outcome in words."""
        if isnan(self.p_value):
            return f"{self.question} {number(self.margin)}: cannot be computed"
        verdict = "shown" if self.is_shown else "not shown, which does not prove the contrary"
        if self.groups < FEWEST_GROUPS:
            few = f"{amount(self.groups, 'group')} {be(self.groups)}"
            verdict = f"not shown, as {few} too few to rule out chance"
        adjusted = ""
        if self.p_adjusted is not None:
            adjusted = f", adjusted {probability(self.p_adjusted)}"
        return (
            f"{self.question} {number(self.margin)}: {verdict} "
            f"({self.method}: p {probability(self.p_value)}{adjusted}; "
            f"{self.interval.text(signed=True)})"
        )


def equivalence_test(totals: GroupTotals, *, margin: float, alpha: float = 0.05) -> WithinMargin:
    """Test whether the mean difference lies within +- ``margin`` (Schuirmann 1987).

    Two one-sided t tests with the standard error over groups; the larger p value counts. It is
    below alpha exactly if the interval at level 1 - 2 alpha lies inside the margin.

    Args:
        totals: Of the differences of each group.
        margin: Largest difference that does not matter, > 0, in the unit of the metric.
        alpha: Error accepted, between 0 and 0.5.

    Raises:
        ConfigError: If ``margin`` or ``alpha`` is out of range.
    """
    _require(margin, alpha)
    found = mean_and_error(totals)
    p_value = max(found.p_above(-margin), found.p_below(margin))
    return WithinMargin(
        "equivalent within",
        margin,
        p_value,
        found.interval(1 - 2 * alpha),
        alpha,
        "two one-sided t tests",
        len(totals.cases),
    )


def non_inferiority_test(
    totals: GroupTotals, *, margin: float, higher_is_better: bool, alpha: float = 0.05
) -> WithinMargin:
    """Test whether the second model is worse than the first by less than ``margin``.

    Args:
        totals: Of second minus first, of each group.
        margin: Largest loss that does not matter, > 0, in the unit of the metric.
        higher_is_better: Whether a negative difference is a loss.
        alpha: Error accepted, between 0 and 0.5.

    Raises:
        ConfigError: If ``margin`` or ``alpha`` is out of range.
    """
    _require(margin, alpha)
    found = mean_and_error(totals)
    p_value = found.p_above(-margin) if higher_is_better else found.p_below(margin)
    return WithinMargin(
        "not worse by",
        margin,
        p_value,
        found.interval(1 - 2 * alpha),
        alpha,
        "one-sided t test",
        len(totals.cases),
    )


def _require(margin: float, alpha: float) -> None:
    if not margin > 0:
        raise ConfigError(f"the margin must be above 0, got {margin}")
    if not 0 < alpha < 0.5:
        raise ConfigError(f"alpha must lie between 0 and 0.5, got {alpha}")
