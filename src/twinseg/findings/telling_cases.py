"""Which cases tell most of the twins, and how often each twin has the higher score."""

import numpy as np
import pandas as pd

from twinseg.core.arrays import Values
from twinseg.metrics import MAIN_METRICS
from twinseg.records.tables import TABLES

MOST_PER_REASON = 3


def telling_cases(scores: pd.DataFrame, runs: list[str]) -> pd.DataFrame:
    """Pick cases to show, in the order to show them; those with nothing to find are not picked."""
    first, second = _of_each(scores, runs)
    with_object = (first["reference_pixels"] > 0).to_numpy()
    dice = [np.where(with_object, own["dice"].to_numpy(float), np.nan) for own in (first, second)]
    chosen = choose_cases([str(case) for case in first.index], *dice)
    return pd.DataFrame([*chosen.items()], columns=TABLES["telling_cases"].names)


def win_counts(scores: pd.DataFrame, runs: list[str]) -> pd.DataFrame:
    """Count the cases in which the first twin has the higher value, the second, and neither."""
    first, second = _of_each(scores, runs)
    rows = []
    for metric in MAIN_METRICS:
        one, other = first[metric], second[metric]
        rows.append((metric, (one > other).sum(), (one < other).sum(), (one == other).sum()))
    return pd.DataFrame(rows, columns=TABLES["win_counts"].names)


def _of_each(scores: pd.DataFrame, runs: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores of both twins, by case in one order."""
    first, second = (scores[scores["model"] == run].set_index("case") for run in runs)
    return first, second.loc[first.index]


def choose_cases(case_ids: list[str], first: Values, second: Values) -> dict[str, str]:
    """Pick the best, the worst and the most disagreeing cases, none twice.

    Best and worst go by the mean Dice of the twins, disagreeing by the difference of their Dice;
    ties go by the order of the cases. Cases without a Dice of both are not picked.

    Args:
        case_ids: Of the test cases.
        first: Dice of the first twin, (case,).
        second: Dice of the second twin, (case,).

    Returns:
        Case id -> reason, in the order to show.
    """
    defined = np.flatnonzero(np.isfinite(first) & np.isfinite(second))
    if not defined.size:
        return {}
    each = min(MOST_PER_REASON, max(1, defined.size // 3))
    orders = {
        "best": -(first + second),
        "worst": first + second,
        "most disagreeing": -np.abs(first - second),
    }
    chosen: dict[str, str] = {}
    for reason, order in orders.items():
        ranked = defined[np.argsort(order[defined], kind="stable")]
        free = [case_ids[place] for place in ranked if case_ids[place] not in chosen]
        chosen |= dict.fromkeys(free[:each], reason)
    return chosen
