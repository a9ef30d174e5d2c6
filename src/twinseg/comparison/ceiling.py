"""How much of what could be gained by choosing well per image a rule does gain."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from twinseg.comparison.bca import Interval, percentile_interval, unknown
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.groups import Groups
from twinseg.comparison.resampling import CaseCounts, case_counts
from twinseg.core.arrays import Values
from twinseg.core.errors import DataError

_SMALLEST_GAP = 1e-9  # below, there is nothing to close


@dataclass(frozen=True, kw_only=True)
class ShareOfGap:
    """Where a rule stands between the better model (0) and the ceiling (1); below 0 it loses.

    Attributes:
        ceiling: Mean over cases of the best candidate, chosen with the reference: no result.
        gap: ``ceiling`` minus the mean of the better model.
        share: Gain of the rule over the better model, divided by ``gap``; NaN without a gap.
        interval: Of ``share``, resampling groups (percentiles); NaN below `FEWEST_GROUPS`.
        cases: Cases where all have a value; all numbers are theirs.
    """

    ceiling: float
    gap: float
    share: float
    interval: Interval
    cases: int


def share_of_gap(
    rule: Values,
    better: Values,
    candidates: Float[np.ndarray, "candidate case"],
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> ShareOfGap:
    """Measure which share of the gap between the better model and the ceiling a rule closes.

    Args:
        rule: Its metric, higher is better, (case,); NaN where undefined.
        better: The same of the better single model, selected without these cases.
        candidates: The same of everything the oracle may choose among.
        groups: The group of each case.
        rng: Source of randomness; the caller owns the seed.
        draws: Resamples.
        level: Of the interval.

    Raises:
        DataError: If the numbers of cases differ.
    """
    if not len(rule) == len(better) == candidates.shape[1] == len(groups):
        raise DataError(
            f"expected one value a case, got {len(rule)}, {len(better)} and {candidates.shape[1]} "
            f"for {len(groups)} cases"
        )
    defined = np.isfinite(rule) & np.isfinite(better) & np.isfinite(candidates).all(axis=0)
    nothing = ShareOfGap(ceiling=np.nan, gap=np.nan, share=np.nan, interval=unknown(level), cases=0)
    if not defined.any():
        return nothing
    best = candidates[:, defined].max(axis=0)
    gains, gaps = (rule - better)[defined], best - better[defined]
    numbers = np.unique(groups[defined], return_inverse=True)[1]
    interval = unknown(level)
    if numbers.max() + 1 >= FEWEST_GROUPS:
        parts = case_counts(numbers, rng, draws)
        shares = [_shares(part, gains, gaps) for part in parts]
        drawn = np.concatenate(shares)
        defined_shares = drawn[np.isfinite(drawn)]  # without a gap a draw says nothing of shares
        if len(defined_shares):
            interval = percentile_interval(defined_shares, level)
    each_once = np.ones((1, len(gains)), dtype=int)
    return ShareOfGap(
        ceiling=float(best.mean()),
        gap=float(gaps.mean()),
        share=float(_shares(each_once, gains, gaps)[0]),
        interval=interval,
        cases=len(gains),
    )


def _shares(counts: CaseCounts, gains: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    gained, possible = counts @ gains, counts @ gaps
    is_wide = possible > _SMALLEST_GAP * counts.sum(axis=1)
    nothing = np.full(len(counts), np.nan)
    shares: np.ndarray = np.divide(gained, possible, out=nothing, where=is_wide)
    return shares
