"""What a learning curve says about more data, and when it cannot say it."""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison.bca import Interval
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.learning_curve import LearningCurve, evaluate
from twinseg.comparison.number_text import number, percent
from twinseg.core.errors import ConfigError
from twinseg.core.words import amount

_FARTHEST = 2.0  # times the largest number of training cases: beyond, the law is a guess


@dataclass(frozen=True, kw_only=True)
class WithMoreData:
    """The score that the curve expects at ``times`` the data.

    Attributes:
        times: Of the largest number of training cases.
        train_cases: That many cases.
        expected: Mean of the metric.
        interval: From resamples of test groups and seeds.
        gain: Expected minus what the curve gives at the largest number at hand.
        warnings: Why not to lean on it; empty if nothing speaks against it.
    """

    metric: str
    times: float
    train_cases: int
    expected: float
    interval: Interval
    gain: float
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The expectation in words, with its warnings."""
        return " ".join(
            (
                f"With {number(self.times)} times the data ({self.train_cases} training cases) "
                f"{self.metric} is expected at {number(self.expected)} "
                f"({self.interval.text()}), {number(self.gain, signed=True)} against now.",
                *self.warnings,
            )
        )


@dataclass(frozen=True, kw_only=True)
class CasesNeeded:
    """Training cases for a wished score.

    Attributes:
        wished: The score.
        train_cases: Expected number; None if the curve never gets there.
        low: Lower end of the interval; None as above.
        high: Upper end; None if too many resamples never get there.
        unreachable: Share of resamples whose curve never gets there.
        warnings: Why not to lean on it; empty if nothing speaks against it.
    """

    metric: str
    wished: float
    train_cases: int | None
    low: int | None
    high: int | None
    unreachable: float
    level: float
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The number in words, with its warnings."""
        if self.train_cases is None:
            answer = f"A {self.metric} of {number(self.wished)} is out of reach by this curve"
        else:
            upper = "no upper end" if self.high is None else str(self.high)
            between = f"{percent(self.level)} interval {self.low} to {upper}"
            answer = (
                f"A {self.metric} of {number(self.wished)} takes about {self.train_cases} training "
                f"cases ({'no interval' if self.low is None else between})"
            )
        unreachable = f"; {percent(self.unreachable)} of the resampled curves never reach it."
        return " ".join((answer + unreachable, *self.warnings))


def with_more_data(curve: LearningCurve, *, times: float = 2.0) -> WithMoreData:
    """Read the expected score at ``times`` the largest number of training cases off the curve.

    Raises:
        ConfigError: If ``times`` is not above 0.
    """
    if not times > 0:
        raise ConfigError(f"times must be above 0, got {times}")
    at = np.array([times * curve.sizes[-1]])
    low, high = curve.band(at)
    warnings = _warnings(curve)
    if times > _FARTHEST:
        warnings += (_too_far(curve),)
    return WithMoreData(
        metric=curve.metric,
        times=times,
        train_cases=round(float(at[0])),
        expected=float(curve.at(at)[0]),
        interval=Interval(float(low[0]), float(high[0]), curve.level),
        gain=float(curve.at(at)[0] - curve.at(curve.sizes[-1:])[0]),
        warnings=warnings,
    )


def cases_needed(curve: LearningCurve, *, wished: float) -> CasesNeeded:
    """Solve the curve for the number of training cases with a mean of ``wished``."""
    expected = float(_solve(curve.law[None], wished)[0])
    resampled = _solve(curve.laws, wished)
    tail = (1 - curve.level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], method="inverted_cdf")
    warnings = _warnings(curve)
    if not np.isfinite(expected):
        limit = number(float(curve.law[0]))
        warnings += (f"The curve levels off at {limit}: it takes other data, not more.",)
    elif expected > _FARTHEST * curve.sizes[-1]:
        warnings += (_too_far(curve),)
    return CasesNeeded(
        metric=curve.metric,
        wished=wished,
        train_cases=_whole(expected),
        low=_whole(float(low)) if np.isfinite(expected) else None,
        high=_whole(float(high)),
        unreachable=float(np.mean(np.isinf(resampled))),
        level=curve.level,
        warnings=warnings,
    )


def _solve(laws: np.ndarray, wished: float) -> np.ndarray:
    a, b, c = laws.T
    reachable = (a > wished) & (b > 0)
    gap = np.where(reachable, a - wished, 1.0)
    needed = np.where(b > 0, b, 1.0) / gap
    with np.errstate(over="ignore"):
        sizes = needed ** (1 / c)
    return np.where(reachable, sizes, np.where(a - b > wished, 1.0, np.inf))


def _warnings(curve: LearningCurve) -> tuple[str, ...]:
    warnings = []
    if len(curve.sizes) < 4:
        warnings.append(
            f"Only {len(curve.sizes)} numbers of training cases, as many as the curve has: hardly "
            "anything checks its shape."
        )
    if curve.sizes[-1] < 4 * curve.sizes[0]:
        warnings.append("The numbers of training cases are less than 4 times apart: too close.")
    ends = evaluate(curve.laws, curve.sizes[[0, -1]])
    if np.quantile(ends[:, 1] - ends[:, 0], (1 - curve.level) / 2) <= 0.001:
        warnings.append("The curve is flat within its uncertainty: what more data do stays open.")
    if curve.seeds == 1:
        warnings.append("One seed for each number: the luck of single runs is not in the interval.")
    if curve.groups < FEWEST_GROUPS:
        warnings.append(
            f"Only {amount(curve.groups, 'test group')}: the interval is not to be trusted."
        )
    off = float(np.abs(curve.at(curve.sizes) - curve.means).max())
    if off > 0.02:
        warnings.append(f"The law misses a measured mean by {number(off)}: it has another shape.")
    return tuple(warnings)


def _too_far(curve: LearningCurve) -> str:
    return (
        f"That is more than {number(_FARTHEST)} times the {round(curve.sizes[-1])} cases at hand: "
        "a guess, not a forecast."
    )


def _whole(size: float) -> int | None:
    return int(np.ceil(size - 1e-9)) if np.isfinite(size) and size < 1e9 else None
