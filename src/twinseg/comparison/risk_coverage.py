"""What remains when the cases that look worst are sent to a human: the risk-coverage curve.

El-Yaniv & Wiener 2010 (JMLR 11, 1605-1641) and Geifman & El-Yaniv 2017 (NeurIPS); the area under
the curve is that of Geifman, Uziel & El-Yaniv 2019 (ICLR).
"""

from dataclasses import dataclass

import numpy as np

from twinseg.comparison.bca import Interval, percentile_interval, unknown
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.groups import Groups
from twinseg.comparison.resampling import case_counts
from twinseg.core.arrays import Values
from twinseg.core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class RiskCoverage:
    """The curve and its area.

    Attributes:
        coverage: Share of the cases kept, the least doubtful first: 1/n, 2/n, ..., 1.
        risk: Mean error of the kept cases.
        area: Mean of ``risk`` over all coverages; smaller is better.
        area_random: Of an order at random: the mean error.
        area_oracle: Of the order by the error itself: no order is better.
        interval: Of ``area_random - area``, resampling groups; above 0 the doubt is of use.
        cases: With a defined error.
    """

    coverage: Values
    risk: Values
    area: float
    area_random: float
    area_oracle: float
    interval: Interval
    cases: int

    def remaining(self, sent: float) -> float:
        """Mean error of what remains when the share ``sent`` of the cases goes to a human.

        Rounded up to whole cases; NaN if none remains.
        """
        kept = self.cases - int(np.ceil(round(sent * self.cases, 9)))
        return float(self.risk[kept - 1]) if kept > 0 else float("nan")


def risk_coverage(
    doubt: Values,
    error: Values,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> RiskCoverage:
    """Order cases by doubt, and look at the error of those that would be kept.

    Args:
        doubt: Known without the reference, higher is more doubtful, (case,).
        error: Such as 1 - Dice, (case,); cases where it is not finite are left out.
        groups: The group of each case.
        rng: Source of randomness of the interval.
        draws: Resamples.
        level: Of the interval.

    Raises:
        DataError: If the lengths differ, or no case has an error.
    """
    if not len(doubt) == len(error) == len(groups):
        raise DataError(
            f"expected doubt, error and group of each case, got {len(doubt)}, {len(error)} and "
            f"{len(groups)}"
        )
    defined = np.isfinite(error)
    if not defined.any():
        raise DataError("no case has a defined error, so none can be ordered by it")
    order = np.argsort(doubt[defined], kind="stable")
    errors = _tied(doubt[defined][order], error[defined][order])
    numbers = np.unique(np.asarray(groups)[defined], return_inverse=True)[1][order]
    risk = np.cumsum(errors) / np.arange(1, len(errors) + 1)
    by_error = np.sort(error[defined])
    return RiskCoverage(
        coverage=np.arange(1, len(errors) + 1) / len(errors),
        risk=risk,
        area=float(risk.mean()),
        area_random=float(errors.mean()),
        area_oracle=float((np.cumsum(by_error) / np.arange(1, len(errors) + 1)).mean()),
        interval=_interval(errors, numbers, rng, draws, level),
        cases=len(errors),
    )


def _tied(doubt: Values, error: Values) -> Values:
    """Give cases of equal doubt their mean error: none of their orders is preferred."""
    places = np.unique(doubt, return_inverse=True)[1]
    means = np.bincount(places, weights=error) / np.bincount(places)
    tied: Values = means[places]
    return tied


def _interval(
    errors: Values, numbers: np.ndarray, rng: np.random.Generator, draws: int, level: float
) -> Interval:
    if numbers.max() + 1 < FEWEST_GROUPS:
        return unknown(level)
    gains = []
    for counts in case_counts(numbers, rng, draws):
        kept, sums = np.cumsum(counts, axis=1), np.cumsum(counts * errors, axis=1)
        risk = sums / np.maximum(kept, 1)
        area = (risk * counts).sum(axis=1) / kept[:, -1]
        gains.append(sums[:, -1] / kept[:, -1] - area)
    return percentile_interval(np.concatenate(gains), level)
