"""Which cases tell most of the twins, and how often each twin has the higher score."""

import numpy as np
import pandas as pd

from twinseg.core.arrays import Values
from twinseg.metrics import MAIN_METRICS
from twinseg.records.tables import TABLES

MOST_PER_REASON = 2
COMBINED_BEATS_BOTH = "a combination beats both"  # a reason
_ALIKE = 0.02  # in Dice: twins that differ by less marked much the same


def telling_cases(scores: pd.DataFrame, runs: list[str], maps: pd.DataFrame) -> pd.DataFrame:
    """Pick cases to show, in the order to show them; those with nothing to find are not picked.

    Args:
        scores: A row for each model and test case.
        runs: The twins.
        maps: Of one kind of heat map, how alike those of the twins are, by case.
    """
    first, second = _of_each(scores, runs)
    with_object = (first["reference_pixels"] > 0).to_numpy()
    dice = [np.where(with_object, own["dice"].to_numpy(float), np.nan) for own in (first, second)]
    combined = scores[~scores["model"].isin(runs)].groupby("case")["dice"].max()
    alike = maps.set_index("case")["rank_correlation"]
    chosen = choose_cases(
        [str(case) for case in first.index],
        *dice,
        combined=combined.reindex(first.index).to_numpy(float),
        alike=alike.reindex(first.index).to_numpy(float),
        groups=[str(group) for group in first["group"]],
        false_px=np.where(with_object, 0.0, first["predicted_pixels"] + second["predicted_pixels"]),
    )
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


def choose_cases(
    case_ids: list[str],
    first: Values,
    second: Values,
    *,
    combined: Values,
    alike: Values,
    groups: list[str],
    false_px: Values,
) -> dict[str, str]:
    """Pick the cases that tell most, none twice.

    Most disagreeing go by the difference of the twins' Dice, worst and best by its mean. A
    combination beats both where it is above the better twin; heat maps part where they are least
    alike among cases in which the twins' Dice differ by less than 0.02. Ties go by the order of
    the cases. Cases without a Dice of both are not picked, but for those with nothing to find in
    which most is marked; a second one of a group is picked for the same reason only where no other
    group has one.

    Args:
        case_ids: Of the test cases.
        first: Dice of the first twin, (case,).
        second: Dice of the second twin, (case,).
        combined: Highest Dice of a combination, (case,); NaN without one.
        alike: Rank correlation of the twins' heat maps, (case,); NaN where undefined.
        groups: Of the cases.
        false_px: Pixels that both twins mark in a case with nothing to find, (case,); else 0.

    Returns:
        Case id -> reason, in the order to show.
    """
    defined = np.isfinite(first) & np.isfinite(second)
    if not defined.any():
        return {}
    gain = combined - np.maximum(first, second)
    orders = {
        "most disagreeing": (-np.abs(first - second), defined),
        "worst": (first + second, defined),
        COMBINED_BEATS_BOTH: (-gain, defined & (gain > 0)),
        "heat maps apart where masks agree": (
            alike,
            defined & np.isfinite(alike) & (np.abs(first - second) < _ALIKE),
        ),
        "nothing to find, and something marked": (-false_px, false_px > 0),
        "best": (-(first + second), defined),
    }
    each = min(MOST_PER_REASON, max(1, int(np.count_nonzero(defined)) // len(orders)))
    chosen: dict[str, str] = {}
    for reason, (order, may_be) in orders.items():
        places = np.flatnonzero(may_be)
        ranked = places[np.argsort(order[places], kind="stable")]
        free = [place for place in ranked if case_ids[place] not in chosen]
        first_of_group: dict[str, int] = {}
        for place in free:
            first_of_group.setdefault(groups[place], place)
        of_new_groups = first_of_group.values()
        others = [place for place in free if first_of_group[groups[place]] != place]
        picked = [case_ids[place] for place in (*of_new_groups, *others)[:each]]
        chosen |= dict.fromkeys(picked, reason)
    return chosen
