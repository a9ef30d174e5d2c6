"""Conformal risk control: how to cut so that an error rate stays below a wished level.

Angelopoulos, Bates, Fisch, Lei & Schuster 2022 (arXiv:2208.02814), theorem 1: with n exchangeable
losses that fall along a ladder of rungs and never exceed 1, the first rung with

    (sum of the losses + 1) / (n + 1) <= alpha

has an expected loss of at most alpha on the next one. Here a loss is the mean over the cases of one
group, since cases of a group are not exchangeable with those of others, groups are.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from twinseg.core.arrays import Mask, Plane, Values
from twinseg.core.errors import ConfigError, DataError
from twinseg.ensemble.folds import Groups

Losses = Float[np.ndarray, "case rung"]
Rungs = Float[np.ndarray, " rung"]
GroupLosses = Float[np.ndarray, "group rung"]

# Networks are sure of themselves: even steps of the logit, from nothing marked to everything.
THRESHOLDS: Rungs = np.concatenate([[1.0], 1 / (1 + np.exp(-np.linspace(12, -12, 193))), [-1.0]])


@dataclass(frozen=True, kw_only=True)
class Control:
    """What was found on validation groups.

    Attributes:
        alpha: Wished level of the expected loss.
        rung: Place on the ladder; None if no rung can be guaranteed.
        groups: Validation groups with a loss.
        risk: Mean loss of the validation groups on that rung; NaN if there is none.
    """

    alpha: float
    rung: int | None
    groups: int
    risk: float

    @property
    def smallest_alpha(self) -> float:
        """Below it nothing can be guaranteed with so few groups, not even without any error."""
        return 1 / (self.groups + 1)


def control(losses: GroupLosses, alpha: float) -> Control:
    """Find the first rung on which the expected loss of a new group is at most ``alpha``.

    The guarantee holds on average over draws of validation groups, for new groups drawn like them
    (exchangeable): the same source, the same way of taking the images. It says nothing of a single
    image, nor of another hospital.

    Args:
        losses: Of each group on each rung, in [0, 1], never rising from rung to rung.
        alpha: Wished level, between 0 and 1.

    Raises:
        ConfigError: If alpha is not between 0 and 1.
        DataError: If there is no group, or losses leave [0, 1] or rise.
    """
    if not 0 < alpha < 1:
        raise ConfigError(f"alpha must lie between 0 and 1, got {alpha}")
    if len(losses) == 0:
        raise DataError("risk control needs groups with a defined loss, got none")
    if not ((losses >= 0) & (losses <= 1)).all():
        raise DataError("losses must lie in [0, 1] for risk control; divide by their largest value")
    if (np.diff(losses, axis=1) > 1e-12).any():
        raise DataError("losses must not rise from rung to rung; order the ladder the other way")
    groups = len(losses)
    bounds = (losses.sum(axis=0) + 1) / (groups + 1)
    reached = np.flatnonzero(bounds <= alpha + 1e-12)
    if not len(reached):
        return Control(alpha=alpha, rung=None, groups=groups, risk=float("nan"))
    rung = int(reached[0])
    return Control(alpha=alpha, rung=rung, groups=groups, risk=float(losses[:, rung].mean()))


def group_losses(losses: Losses, groups: Groups) -> GroupLosses:
    """Average the losses of each group's cases; cases with NaN are left out, and groups of them.

    Returns:
        In the order of the sorted names of the groups that have a loss.
    """
    defined = np.isfinite(losses).all(axis=1)
    numbers = np.unique(np.asarray(groups)[defined], return_inverse=True)[1]
    sums = np.zeros((numbers.max(initial=-1) + 1, losses.shape[1]))
    np.add.at(sums, numbers, losses[defined])
    averaged: GroupLosses = sums / np.bincount(numbers)[:, None]
    return averaged


def error_rates(
    probability: Plane, reference: Mask, thresholds: Rungs = THRESHOLDS
) -> tuple[Rungs, Rungs]:
    """Error rates of one case when what is above each threshold is marked.

    Args:
        probability: Of foreground, (y, x), on the grid of the reference.
        reference: Mask, bool, (y, x).
        thresholds: Falling; what is above one is marked.

    Returns:
        Type I and type II rate on each rung; the first rises, the second falls. NaN on all rungs
        where the reference has no background, or no foreground.
    """
    marked = [
        len(values) - np.searchsorted(np.sort(values), thresholds.astype(np.float32), side="right")
        for values in (probability[~reference], probability[reference])
    ]
    background, foreground = int((~reference).sum()), int(reference.sum())
    nothing = np.full(len(thresholds), np.nan)
    type1_rate = marked[0] / background if background else nothing
    type2_rate = 1 - marked[1] / foreground if foreground else nothing
    return type1_rate, type2_rate


def deferred_losses(loss: Values, doubt: Values, limits: Rungs) -> Losses:
    """Losses of a ladder that sends ever more cases to a human, who makes no error here.

    It controls what need not fall with a threshold, such as 1 - Dice: a case with a doubt above the
    limit is sent away and costs nothing, so lower limits never cost more. What is controlled is the
    error that passes unseen, as a share of all cases.

    Args:
        loss: Of each case in [0, 1], (case,), such as 1 - Dice; NaN where undefined.
        doubt: Of each case, known without the reference, (case,).
        limits: Falling.
    """
    passed = doubt[:, None] <= limits[None, :]
    costs: Losses = np.where(passed, loss[:, None], np.where(np.isnan(loss)[:, None], np.nan, 0.0))
    return costs
