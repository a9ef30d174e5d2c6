"""Scores by number of training cases: an inverse power law with a bootstrap band."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from twinseg.comparison.resampling import case_counts
from twinseg.core.errors import DataError
from twinseg.core.words import amount

Sizes = Float[np.ndarray, " size"]
Scores = Float[np.ndarray, " size"]
Curves = Float[np.ndarray, "draw size"]
Laws = Float[np.ndarray, "draw 3"]  # a, b, c of a - b * n ** -c

FEWEST_SIZES = 3  # the law has three numbers; four sizes leave something to check it by
_RATES = np.geomspace(0.05, 2.0, 400)  # c: below, b and a are not told apart; above, never seen


@dataclass(frozen=True, kw_only=True)
class LearningCurve:
    """The law mean = a - b * n ** -c and its resamples.

    Attributes:
        metric: Mean over test cases.
        sizes: Numbers of training cases, ascending.
        means: Of all runs with each size.
        law: a (reached with endless data), b >= 0, c > 0.
        laws: The same for each resample of test groups and seeds, (draw, 3).
        groups: Test groups.
        seeds: Runs per size that were resampled too; 1: their spread is not in the band.
        undefined: Test cases left out because a run has no value there.
        level: Of the band and of all intervals.
    """

    metric: str
    sizes: Sizes
    means: Scores
    law: Float[np.ndarray, " 3"]
    laws: Laws
    groups: int
    seeds: int
    undefined: int
    level: float

    def at(self, sizes: Sizes) -> Scores:
        """Return the mean that the law expects for numbers of training cases, (size,)."""
        expected: Scores = evaluate(self.law[None], sizes)[0]
        return expected

    def band(self, sizes: Sizes) -> tuple[Scores, Scores]:
        """Return the lower and upper end of the percentile band, each (size,)."""
        tail = (1 - self.level) / 2
        low, high = np.quantile(evaluate(self.laws, sizes), [tail, 1 - tail], axis=0)
        return low, high


def fit_learning_curve(
    scores: pd.DataFrame,
    metric: str = "dice",
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
    highest: float = 1.0,
) -> LearningCurve:
    """Fit an inverse power law (Figueroa et al. 2012) to scores of one init and design.

    Each resample draws test groups with all their cases, and seeds, with replacement; all sizes
    share the drawn groups, because they share the test cases.

    Args:
        scores: One row per run and test case, columns ``train_cases``, ``seed``, ``case``,
            ``group`` and the metric; every seed with every number of training cases.
        metric: Column of numbers of which more is better, below ``highest``.
        rng: Source of randomness.
        draws: Number of resamples.
        level: Of the band, between 0 and 1.
        highest: No law may promise more than this.

    Raises:
        DataError: If there are fewer than three numbers of training cases, or a combination is
            missing or stands there twice.
    """
    keys = ["train_cases", "seed"]
    if scores.duplicated([*keys, "case"]).any():
        raise DataError("a learning curve takes one score per run and case; choose init and design")
    table = scores.pivot(index="case", columns=keys, values=metric).sort_index(axis=1)
    sizes = np.unique(scores["train_cases"].to_numpy(dtype=float))
    seeds = scores["seed"].nunique()
    if len(sizes) < FEWEST_SIZES or table.shape[1] != len(sizes) * seeds:
        raise DataError(
            f"a learning curve takes {FEWEST_SIZES} numbers of training cases or more, each with "
            f"every seed; got {amount(len(sizes), 'number')}, {amount(seeds, 'seed')} and "
            f"{amount(table.shape[1], 'run')}"
        )
    complete = table[np.isfinite(table.to_numpy(dtype=float)).all(axis=1)]
    values = complete.to_numpy(dtype=float).reshape(len(complete), len(sizes), seeds)
    groups = scores.drop_duplicates("case").set_index("case")["group"].loc[complete.index]
    numbers = np.unique(groups.to_numpy(), return_inverse=True)[1]
    if not len(numbers):
        raise DataError(f"no test case has a {metric} in every run; there is no curve to fit")
    means = values.mean(axis=(0, 2))
    resampled = _resampled_means(values, numbers, rng, draws)
    return LearningCurve(
        metric=metric,
        sizes=sizes,
        means=means,
        law=fit_laws(sizes, means[None], highest=highest)[0],
        laws=fit_laws(sizes, resampled, highest=highest),
        groups=int(numbers.max()) + 1,
        seeds=seeds,
        undefined=len(table) - len(complete),
        level=level,
    )


def evaluate(laws: Laws, sizes: Float[np.ndarray, " at"]) -> Float[np.ndarray, "draw at"]:
    """Compute a - b * n ** -c of each law at each number of training cases."""
    a, b, c = laws[:, :1], laws[:, 1:2], laws[:, 2:]
    values: Float[np.ndarray, "draw at"] = a - b * sizes**-c
    return values


def fit_laws(sizes: Sizes, means: Curves, *, highest: float) -> Laws:
    """Fit a law to every row by least squares with a <= highest, b >= 0, 0.05 <= c <= 2.

    Given c the law is a line in n ** -c, so that a and b are known at once, and the best of 400
    values of c is taken for all rows together.
    """
    x = sizes ** -_RATES[:, None]  # (rate, size)
    x_mean, y_mean = x.mean(axis=1), means.mean(axis=1)
    x_away, y_away = x - x_mean[:, None], means - y_mean[:, None]
    b = np.maximum(0.0, -(y_away @ x_away.T) / np.sum(x_away**2, axis=1))  # (draw, rate)
    a = y_mean[:, None] + b * x_mean
    through = np.maximum(0.0, (highest - means) @ x.T / np.sum(x**2, axis=1))
    too_high = a > highest
    a, b = np.where(too_high, highest, a), np.where(too_high, through, b)
    # sum of (a - b x - y)^2 over sizes, multiplied out: no array of draw x rate x size is needed
    squares = np.sum(means**2, axis=1)[:, None] + len(sizes) * a**2 + b**2 * np.sum(x**2, axis=1)
    error = squares - 2 * len(sizes) * a * (y_mean[:, None] + b * x_mean) + 2 * b * (means @ x.T)
    best = error.argmin(axis=1)
    rows = np.arange(len(means))
    laws: Laws = np.stack([a[rows, best], b[rows, best], _RATES[best]], axis=1)
    return laws


def _resampled_means(
    values: np.ndarray, numbers: np.ndarray, rng: np.random.Generator, draws: int
) -> np.ndarray:
    """Return means of each draw, (draw, size), of values (case, size, seed)."""
    cases, sizes, seeds = values.shape
    parts = []
    for counts in case_counts(numbers, rng, draws):
        by_run = (counts @ values.reshape(cases, -1)).reshape(len(counts), sizes, seeds)
        by_run = by_run / counts.sum(axis=1)[:, None, None]
        # each size has runs of its own, so seeds are drawn for each size by itself
        chosen = rng.integers(seeds, size=(len(counts), sizes, seeds))
        parts.append(np.take_along_axis(by_run, chosen, axis=2).mean(axis=2))
    return np.concatenate(parts)
