"""Risk control of a study: set on validation groups, checked on test groups, with its price."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinseg.comparison import estimate_mean
from twinseg.core.progress import Progress, Task
from twinseg.data.prepared import PreparedDataset
from twinseg.ensemble.combine import MEAN
from twinseg.ensemble.risk_control import (
    THRESHOLDS,
    Control,
    Losses,
    Rungs,
    control,
    deferred_losses,
    error_rates,
    group_losses,
)
from twinseg.records.folders import VALIDATION
from twinseg.records.run_spec import Contrast
from twinseg.study.open_study import OpenStudy, TwinCases

ALPHAS = (0.05, 0.1, 0.2)
_LIMITS = np.append(np.linspace(1, 0, 101), -1.0)  # of disagreement; the last one sends everything


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """One error that is controlled and the other that pays for it, by group.

    Attributes:
        risk: Name of the controlled error.
        price: Name of what it costs.
        limits: What each rung means, (rung,): a threshold, or a limit of disagreement.
        validation: Controlled error of the validation groups, (group, rung); falls.
        test: The same of the test groups.
        paid: Price on the test groups, (group, rung).
    """

    risk: str
    price: str
    limits: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    paid: np.ndarray


def control_risks(
    study: OpenStudy,
    parts: tuple[TwinCases, TwinCases],
    seen: tuple[pd.DataFrame, pd.DataFrame],
    progress: Progress,
) -> pd.DataFrame:
    """Set a limit for each wished error rate on validation groups, and look at the test.

    Args:
        study: Holds the references.
        parts: Validation cases, to set the limit on, and test cases, to check it on.
        seen: Of both, in their order: the columns ``dice`` of the better twin and
            ``disagreement``.
        progress: Where to report.

    Returns:
        Rows of ``risk_control.parquet``.
    """
    groups = (parts[0].groups, parts[1].groups)
    cases = sum(len(part.positions) for part in parts)
    with progress.task("trying thresholds", cases, unit="cases") as task:
        rates = [error_rates_of(part, study.data, task) for part in parts]
    ladders = [
        _ladder("type2_rate", "type1_rate", rates, groups, THRESHOLDS),
        _ladder("type1_rate", "type2_rate", rates, groups, THRESHOLDS[::-1]),
    ]
    deferred = [_deferred(cases) for cases in seen]
    ladders.append(_ladder("dice_loss_unseen", "share_sent", deferred, groups, _LIMITS))
    rows = [row for ladder in ladders for row in _rows(ladder, study)]
    table = pd.DataFrame(rows)
    table.insert(0, "dataset", study.data.dataset.name)
    return table


def _deferred(cases: pd.DataFrame) -> dict[str, Losses]:
    """What passes unseen, and what is sent to a human, at each limit of disagreement."""
    dice, doubt = (cases[name].to_numpy(dtype=float) for name in ("dice", "disagreement"))
    return {
        "dice_loss_unseen": deferred_losses(1 - dice, doubt, _LIMITS),
        "share_sent": (doubt[:, None] > _LIMITS).astype(float),
    }


def miss_rate_control(
    study: OpenStudy, contrast: Contrast, alpha: float, progress: Progress
) -> Control:
    """Find on validation groups the threshold of the mean that misses at most a share ``alpha``.

    Returns:
        Its ``rung`` is a place in `THRESHOLDS`.

    Raises:
        ConfigError: If alpha is not between 0 and 1.
        DataError: If no validation case has a target.
    """
    part = study.twin_cases(contrast, VALIDATION)
    with progress.task("trying thresholds", len(part.case_ids), unit="cases") as task:
        rates = error_rates_of(part, study.data, task)
    return control(group_losses(rates["type2_rate"], part.groups), alpha)


def error_rates_of(part: TwinCases, data: PreparedDataset, task: Task) -> dict[str, Losses]:
    """Return the error rates of the mean probability cut at each of `THRESHOLDS`."""
    mean = part.rule(MEAN)
    found = []
    for position, case_id in zip(part.positions, part.case_ids, strict=True):
        reference = data.reference(int(position))
        found.append(error_rates(mean.probability(case_id), reference))
        task.advance()
    type1, type2 = (np.stack(rates) for rates in zip(*found, strict=True))
    return {"type1_rate": type1, "type2_rate": type2}


def _ladder(
    risk: str,
    price: str,
    parts: list[dict[str, np.ndarray]],
    groups: tuple[np.ndarray, np.ndarray],
    limits: Rungs,
) -> Ladder:
    step = -1 if limits[0] < limits[-1] else 1  # rates are known from high to low thresholds
    validation, test = (
        group_losses(part[risk][:, ::step], of) for part, of in zip(parts, groups, strict=True)
    )
    paid = group_losses(parts[1][price][:, ::step], groups[1])
    return Ladder(
        risk=risk, price=price, limits=limits, validation=validation, test=test, paid=paid
    )


def _rows(ladder: Ladder, study: OpenStudy) -> Iterator[dict[str, object]]:
    for alpha in ALPHAS if len(ladder.validation) else ():
        found = control(ladder.validation, alpha)
        rung = found.rung
        achieved = np.full(0, np.nan) if rung is None else ladder.test[:, rung]
        rng = study.random("risk-control", ladder.risk, str(alpha))
        mean = estimate_mean(achieved, np.arange(len(achieved)), rng=rng, bounds=(0.0, 1.0))
        is_paid = rung is not None and len(ladder.paid) > 0
        yield {
            "risk": ladder.risk,
            "alpha": alpha,
            "validation_groups": found.groups,
            "smallest_alpha": found.smallest_alpha,
            "is_reachable": rung is not None,
            "limit": np.nan if rung is None else float(ladder.limits[rung]),
            "validation_risk": found.risk,
            "test_groups": len(achieved),
            "test_risk": mean.value,
            "low": mean.interval.low,
            "high": mean.interval.high,
            "level": mean.interval.level,
            "price": ladder.price,
            "test_price": float(ladder.paid[:, rung].mean()) if is_paid else np.nan,
        }
