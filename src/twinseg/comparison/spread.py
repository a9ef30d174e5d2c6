"""How much of the spread of scores is case, init or seed, and how well seeds agree."""

from dataclasses import dataclass
from math import nan, prod

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from twinseg.comparison.bca import Interval, unknown
from twinseg.comparison.mean_squares import (
    Crossed,
    Squares,
    Taken,
    crossed_components,
    mean_squares,
)
from twinseg.comparison.number_text import number, percent
from twinseg.comparison.resampling import Resampled
from twinseg.core.errors import DataError
from twinseg.core.words import amount

MeanSquare = float | np.ndarray
CaseBySeed = Float[np.ndarray, "case seed"]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Variance components of fully crossed scores.

    Attributes:
        metric: What was measured.
        levels: Number of levels of each factor that varies.
        components: Variance of each factor and of each interaction (``case x init``), in the
            squared unit of the metric, as estimated: chance can make one negative. The last one
            holds also what is not explained.
        undefined: Cases left out because a run has no value there.
    """

    metric: str
    levels: dict[str, int]
    components: dict[str, float]
    undefined: int

    @property
    def shares(self) -> dict[str, float]:
        """Shares of the components, negative ones counted as 0, adding up to 1."""
        positive = {name: max(0.0, value) for name, value in self.components.items()}
        total = sum(positive.values())
        return {name: value / total if total else nan for name, value in positive.items()}

    @property
    def sentence(self) -> str:
        """The shares in words, largest first."""
        ordered = sorted(self.shares.items(), key=lambda item: -item[1])
        shares = ", ".join(f"{name} {percent(share)}" for name, share in ordered)
        levels = ", ".join(f"{count} levels of {name}" for name, count in self.levels.items())
        lone = "" if "seed" in self.levels else "; one seed only, so nothing is known about seeds"
        return (
            f"Spread of {self.metric}: {shares} ({levels}; "
            f"{amount(self.undefined, 'undefined case')} left out{lone})."
        )


def variance_components(scores: pd.DataFrame, metric: str = "dice") -> Spread:
    """Estimate variance components by the method of moments (Searle et al. 1992, section 4.4).

    Args:
        scores: One row per case, init and seed, all combinations; columns ``case``, ``init``,
            ``seed`` and the metric.
        metric: Column of numbers; a case that is undefined in one run is left out and counted.

    Raises:
        DataError: If a combination is missing or stands there twice.
    """
    found = crossed_scores(scores, metric)
    return Spread(
        metric=metric,
        levels=found.levels,
        components=crossed_components(found.values, found.factors),
        undefined=found.undefined,
    )


@dataclass(frozen=True)
class CrossedScores:
    """Fully crossed scores as an array.

    Attributes:
        values: One axis per factor, the cases first.
        factors: Name of each axis.
        cases: Ids, in the order of the first axis.
        undefined: Cases left out because a run has no value there.
    """

    values: Crossed
    factors: list[str]
    cases: list[str]
    undefined: int

    @property
    def levels(self) -> dict[str, int]:
        """Number of levels of each factor."""
        return dict(zip(self.factors, self.values.shape, strict=True))


def crossed_scores(scores: pd.DataFrame, metric: str) -> CrossedScores:
    """Arrange scores by case, init and seed; arguments and errors as `variance_components`."""
    factors = [name for name in ("case", "init", "seed") if scores[name].nunique() > 1]
    if "case" not in factors or scores.duplicated(factors).any():
        raise DataError(
            "the spread needs one score for each case, init and seed of at least two cases, and "
            "some stand there twice or there is one case; choose one fraction and design"
        )
    table = scores.set_index(factors)[metric].unstack("case")
    expected = prod(scores[name].nunique() for name in factors if name != "case")
    if np.size(table, 0) != expected or len(scores) != table.size:
        raise DataError(
            f"the spread needs every case with every init and seed: {table.size} scores, got "
            f"{len(scores)}; score all runs on the same cases"
        )
    defined = table.columns[np.isfinite(table.to_numpy(dtype=float)).all(axis=0)]
    shape = [len(defined)] + [scores[name].nunique() for name in factors if name != "case"]
    values = table[defined].to_numpy(dtype=float).T.reshape(shape)
    return CrossedScores(values, factors, list(defined), table.shape[1] - len(defined))


@dataclass(frozen=True)
class Agreement:
    """Intraclass correlation of replicates: share of the spread that is the case, not the seed."""

    value: float
    interval: Interval
    cases: int
    replicates: int

    def __str__(self) -> str:
        """Say the correlation and what it means."""
        return (
            f"ICC of {self.replicates} replicates over {self.cases} cases: {number(self.value)} "
            f"({self.interval.text()}); 1: another seed gives the same score in each case"
        )


def replicate_agreement(values: CaseBySeed, *, level: float = 0.95) -> Agreement:
    """Compute ICC(2,1), absolute agreement of single replicates (Shrout & Fleiss 1979).

    The interval is theirs, after McGraw & Wong 1996. NaN for fewer than two cases or
    replicates, and where all scores are equal.

    Args:
        values: One score per case and replicate, (case, seed), all finite.
        level: Of the interval, between 0 and 1.
    """
    n, k = values.shape
    if n < 2 or k < 2:
        return Agreement(nan, unknown(level), n, k)
    squares = mean_squares(values, np.ones((1, n)))
    between, judges, rest = (float(squares[axes][0]) for axes in ((0,), (1,), (0, 1)))
    icc = float(_icc(squares, np.array([n]), k)[0])
    if np.isnan(icc) or rest < 1e-15 * between:
        return Agreement(icc, unknown(level), n, k)
    ratio, scale = judges / rest, n * (1 + (k - 1) * icc) - k * icc
    freedom = (k - 1) * (n - 1) * (k * icc * ratio + scale) ** 2
    freedom /= (n - 1) * (k * icc * ratio) ** 2 + scale**2
    share = (1 + level) / 2
    up, down = stats.f.ppf(share, n - 1, freedom), stats.f.ppf(share, freedom, n - 1)
    mixed = k * judges + (k * n - k - n) * rest
    low = n * (between - up * rest) / (up * mixed + n * between)
    high = n * (down * between - rest) / (mixed + n * down * between)
    return Agreement(icc, Interval(float(low), float(high), level), n, k)


def agreement_of(
    between: MeanSquare,
    judges: MeanSquare,
    rest: MeanSquare,
    cases: int | np.ndarray,
    replicates: int,
) -> MeanSquare:
    """Compute ICC(2,1) from the mean squares of cases, replicates and the rest."""
    spread = between + (replicates - 1) * rest + replicates * (judges - rest) / cases
    return np.divide(between - rest, spread)


def resampled_agreement(values: CaseBySeed, taken: Taken) -> Resampled:
    """Compute ICC(2,1) of each resample of cases; NaN where all scores are alike.

    Args:
        values: As in `replicate_agreement`, of two replicates or more.
        taken: How often each resample takes each case, (draw, case).
    """
    return _icc(mean_squares(values, taken), taken.sum(axis=1), values.shape[1])


def _icc(squares: Squares, n: np.ndarray, k: int) -> Resampled:
    between, judges, rest = squares[0,], squares[1,], squares[0, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(agreement_of(between, judges, rest, n, k))
