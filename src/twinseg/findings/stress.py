"""What stress does to the twins and the rules: means over cases, and what they say in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison import estimate_mean
from twinseg.comparison.number_text import number
from twinseg.core.seeds import stream
from twinseg.core.words import amount
from twinseg.metrics import METRICS
from twinseg.metrics.counts import Counts
from twinseg.metrics.overlap import dice, type1_rate, type2_rate
from twinseg.records.stress import CLEAN, STRENGTHS
from twinseg.records.tables import TABLES

_RATES = {"type1_rate": type1_rate, "type2_rate": type2_rate}


@dataclass(frozen=True)
class PerCase:
    """What one model makes of one case at one level."""

    model: str
    kind: str  # run or rule
    corruption: str
    strength: int
    group: str
    counts: Counts


def rows_of_level(cases: Iterable[PerCase], *, seed: int) -> list[dict[str, Any]]:
    """Return a row of ``stress`` for each model and level.

    ``low`` and ``high`` are of the mean Dice, over groups.
    """
    levels: dict[tuple[str, str, str, int], list[PerCase]] = {}
    for case in cases:
        levels.setdefault((case.model, case.kind, case.corruption, case.strength), []).append(case)
    return [_of_level(*level, own, seed) for level, own in levels.items()]


def stress_table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Put rows together: model by model in the order they came first."""
    models = list(dict.fromkeys(row["model"] for row in rows))
    ordered = sorted(rows, key=lambda row: models.index(row["model"]))
    return pd.DataFrame(ordered, columns=TABLES["stress"].names)


def _of_level(
    model: str, kind: str, corruption: str, strength: int, cases: list[PerCase], seed: int
) -> dict[str, Any]:
    values = np.array([dice(case.counts) for case in cases])
    estimate = estimate_mean(
        values,
        np.array([case.group for case in cases], dtype=object),
        # One draw of groups for every level and model: their intervals differ by the cases alone.
        rng=stream(seed, "stress", "interval"),
        bounds=METRICS["dice"].range,
    )
    there = [case.counts for case in cases if case.counts.reference_pixels]
    interval = estimate.trusted
    return {
        "model": model,
        "kind": kind,
        "corruption": corruption,
        "strength": strength,
        "cases": int(np.isfinite(values).sum()),
        "groups": estimate.groups,
        "dice": estimate.value,
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        **{name: _mean([rate(case.counts) for case in cases]) for name, rate in _RATES.items()},
        "missed_share": _mean([float(counts.tp == 0) for counts in there]),
    }


def _mean(values: list[float]) -> float:
    defined = [value for value in values if np.isfinite(value)]
    return float(np.mean(defined)) if defined else float("nan")


def dice_lost(table: pd.DataFrame, model: str) -> pd.Series:
    """Return the mean Dice that a model loses to each corruption, mean over its strengths."""
    own = table[table["model"] == model]
    clean = float(own.loc[own["corruption"] == CLEAN, "dice"].iloc[0])
    worse = own[own["corruption"] != CLEAN]
    return clean - worse.groupby("corruption", sort=False)["dice"].mean()


def rule_to_show(validation_scores: pd.DataFrame, rules: Sequence[str]) -> str:
    """Name the rule with the highest mean Dice on validation, where no stress was looked at."""
    means = validation_scores.groupby("model")["dice"].mean().reindex([*rules])
    return str(means.fillna(-1.0).idxmax())


def stress_sentence(table: pd.DataFrame, twins: Sequence[str], rule: str) -> str:
    """Say in one sentence what costs most Dice, and how much; nothing is tested.

    Args:
        table: ``stress``.
        twins: Ids of both.
        rule: Name of the rule beside them.
    """
    lost = {model: dice_lost(table, model) for model in (*twins, rule)}
    together = pd.concat(lost.values(), axis=1).iloc[:, : len(twins)].mean(axis=1)
    worst, mildest = str(together.idxmax()), str(together.idxmin())
    means = {model: float(losses.mean()) for model, losses in lost.items()}
    strongest = table[(table["corruption"] == worst) & (table["strength"] == STRENGTHS[-1])]
    left = strongest.set_index("model")["dice"]
    dices = " and ".join(f"{number(float(left[twin]))} of `{twin}`" for twin in twins)
    losses = ", ".join(f"`{model}` {number(mean)}" for model, mean in means.items())
    cases = amount(int(table.loc[table["corruption"] == CLEAN, "cases"].max()), "test case")
    rest = "" if mildest == worst else f" and {mildest} least"
    return (
        f"On {cases} {worst} costs most Dice{rest}: at strength {STRENGTHS[-1]} of {worst} a mean "
        f"Dice of {dices} is left; over all corruptions and strengths the mean loss is: {losses}."
    )
