"""How many seeds and cases it takes to see a difference."""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy import stats

from twinseg.comparison.mean_squares import crossed_components
from twinseg.comparison.noncentral_t import noncentral_t_cdf
from twinseg.comparison.number_text import number, percent
from twinseg.comparison.spread import CaseBySeed
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.words import amount

_MOST_CASES = 100_000


@dataclass(frozen=True)
class DifferenceSpread:
    """Variances of paired differences: from case to case, from seed to seed, and the rest.

    With one seed ``seed`` is 0 and the rest is part of ``case``: nothing is known about seeds.
    """

    case: float
    seed: float
    rest: float


@dataclass(frozen=True)
class Needed:
    """Cases (or other units) needed for each number of seeds; None where no number suffices."""

    difference: float
    power: float
    cases_of_seeds: tuple[tuple[int, int | None], ...]
    seeds_known: bool
    unit: str = "case"

    @property
    def sentence(self) -> str:
        """The numbers in words, with what they stand on."""
        found = [
            f"{amount(seeds, 'seed')}: "
            + (amount(cases, self.unit) if cases else f"no number of {self.unit}s suffices")
            for seeds, cases in self.cases_of_seeds
        ]
        basis = (
            "by the noncentral t distribution, with variances as in these runs"
            if self.seeds_known
            else "from one seed, so the spread of seeds is unknown and left out: true only of "
            "these two trained models, not of how they start"
        )
        return (
            f"To see a difference of {number(self.difference)} with power {percent(self.power)} at "
            f"two-sided 5 %: {'; '.join(found)} ({basis})."
        )


def difference_spread(differences: CaseBySeed) -> DifferenceSpread:
    """Estimate the variances of paired differences, (case, seed); negative ones count as 0.

    Raises:
        DataError: If there are fewer than two cases, or a value is not finite.
    """
    cases, seeds = differences.shape
    if cases < 2 or not np.isfinite(differences).all():
        raise DataError(
            f"the spread of differences takes two cases or more with a value for every seed, got "
            f"{cases} cases and {int((~np.isfinite(differences)).sum())} missing values"
        )
    if seeds == 1:
        return DifferenceSpread(float(differences.var(ddof=1)), 0.0, 0.0)
    found = crossed_components(differences, ["case", "seed"])
    return DifferenceSpread(*(max(0.0, value) for value in found.values()))


def power_of(
    spread: DifferenceSpread, *, difference: float, cases: int, seeds: int, alpha: float = 0.05
) -> float:
    """Compute the power of a two-sided t test of the mean difference over crossed cases and seeds.

    Variance case/C + seed/S + rest/(C S), degrees of freedom after Satterthwaite 1946, power by
    the noncentral t distribution.

    Args:
        spread: Of the paired differences.
        difference: True mean difference, in the unit of the metric.
        cases: Independent cases (or groups), > 1.
        seeds: Runs of each model, > 0.
        alpha: Level of the test.
    """
    if seeds == 1 or spread.seed == spread.rest == 0:
        variance = spread.case / cases + spread.seed + spread.rest / cases
        # one seed cannot show its own spread: the test would take it for none
        freedom = cases - 1.0
        if spread.seed > 0:
            return 0.0
    else:
        both = cases * seeds
        squares = (
            spread.rest + seeds * spread.case,
            spread.rest + cases * spread.seed,
            spread.rest,
        )
        variance = (squares[0] + squares[1] - squares[2]) / both
        freedoms = (cases - 1, seeds - 1, (cases - 1) * (seeds - 1))
        away = sum((s / both) ** 2 / f for s, f in zip(squares, freedoms, strict=True))
        freedom = variance**2 / away if away else inf
    if variance == 0:
        return 1.0
    limit = float(stats.t.ppf(1 - alpha / 2, freedom))
    shift = abs(difference) / sqrt(variance)
    missed = noncentral_t_cdf(limit, freedom, shift) - noncentral_t_cdf(-limit, freedom, shift)
    return 1 - missed


def needed(
    differences: CaseBySeed,
    *,
    difference: float,
    power: float = 0.8,
    seeds: tuple[int, ...] = (1, 2, 3, 5, 10, 20),
    unit: str = "case",
) -> Needed:
    """Find the smallest number of cases for each number of seeds.

    Args:
        differences: Paired differences of the runs at hand, (case, seed), in the unit of the
            metric; group means where groups have several cases.
        difference: Smallest true difference that should be seen, > 0.
        power: Wished chance to see it, between 0.05 and 1.
        seeds: Numbers of seeds to try; with one seed at hand only 1 is answered.
        unit: What a row of ``differences`` is, in words.

    Raises:
        ConfigError: If ``difference`` or ``power`` is out of range.
        DataError: As `difference_spread`.
    """
    if not difference > 0 or not 0.05 < power < 1:
        raise ConfigError(
            f"the difference must be above 0 and the power between 0.05 and 1, got {difference} "
            f"and {power}"
        )
    spread, known = difference_spread(differences), differences.shape[1] > 1
    found = tuple(
        (number_of_seeds, _fewest_cases(spread, difference, power, number_of_seeds))
        for number_of_seeds in (seeds if known else (1,))
    )
    return Needed(difference, power, found, known, unit)


def _fewest_cases(
    spread: DifferenceSpread, difference: float, power: float, seeds: int
) -> int | None:
    def suffices(cases: int) -> bool:
        return power_of(spread, difference=difference, cases=cases, seeds=seeds) >= power

    if not suffices(_MOST_CASES):
        return None
    low, high = 1, _MOST_CASES  # low never suffices, high does
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high
