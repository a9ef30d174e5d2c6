"""Dice over amounts of training data: of each init and rule, and between inits."""

from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison.number_text import number
from twinseg.core.seeds import stream
from twinseg.findings.grid.rows import POINT, by_case, paired, pairs_of, points, rule_rows, run_rows
from twinseg.findings.grid.words import as_declared, between, mean_of, stands_on, where
from twinseg.metrics import METRICS

SHARES = (-1.0, 1.0)  # bounds of a difference of two shares
_PAIRED_BY = [*POINT, "seed", "case"]


def learning_points(scores: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return mean Dice of each init, and of each rule, at every point of the grid."""
    seed = int(rng.integers(2**63))
    both = [run_rows(scores).assign(inits=""), rule_rows(scores)]
    rows = []
    for keys, part in zip((["init", *POINT], ["inits", "rule", *POINT]), both, strict=True):
        for at, cases in points(part, keys):
            one_rng = stream(seed, *map(str, at.values()))
            found = mean_of(by_case(cases, "dice"), "mean", rng=one_rng, bounds=(0.0, 1.0))
            row = {"init": "", "inits": "", "rule": "", **at, **found}
            name = row["init"] or f"{row['rule']}` of `{row['inits']}"
            words = f"`{name}` has a mean Dice of {number(row['mean'])} {where(row)}"
            rows.append({**row, "sentence": f"{words} ({between(row)})."})
    return as_declared("learning_points", rows)


def contrasts_by_amount(scores: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the mean paired difference of Dice of two inits at every point that both have.

    The interval is over groups: it is about these seeds.
    """
    seed, runs = int(rng.integers(2**63)), run_rows(scores)
    rows = []
    for first, second in pairs_of(runs):
        of_first, of_second = (runs[runs["init"] == init] for init in (first, second))
        both = paired(of_first, of_second, on=_PAIRED_BY)
        for at, cases in points(both, POINT):
            row = {"first": first, "second": second, **at}
            one_rng = stream(seed, first, second, *map(str, at.values()))
            row |= mean_difference(cases, one_rng)
            row["sentence"] = difference_words(f"`{second}` minus `{first}`", row)
            rows.append(row)
    return as_declared("contrasts_by_amount", rows)


def designs_against_random(scores: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the paired difference of every design minus `random`, of one init and fraction."""
    seed, runs = int(rng.integers(2**63)), run_rows(scores)
    drawn, others = (runs[(runs["design"] == "random") == is_it] for is_it in (True, False))
    on = ["init", "fraction", "seed", "case"]
    rows = []
    for metric in ("dice", "type1_rate", "type2_rate"):
        both = paired(drawn, others, on=on, metric=metric)
        for at, cases in points(both, ["init", *POINT]):
            row = at | {"metric": metric, "train_cases_random": cases["train_cases_first"].iloc[0]}
            row |= mean_difference(cases, stream(seed, metric, *map(str, at.values())))
            about = f"`{row['init']}`, design {row['design']} minus random"
            amounts = (int(row[name]) for name in ("train_cases", "train_cases_random"))
            at_both = "with {} training cases against {}".format(*amounts)
            row["sentence"] = difference_words(about, row, METRICS[metric].label, at_both)
            rows.append(row)
    return as_declared("designs_against_random", rows)


def mean_difference(cases: pd.DataFrame, rng: np.random.Generator) -> dict[str, Any]:
    """Return the mean of `paired` rows over cases, as columns, and whether none differs."""
    found = mean_of(by_case(cases, "difference"), "mean_difference", rng=rng, bounds=SHARES)
    is_any_defined = cases["difference"].notna().any()
    return {**found, "all_same": bool(cases["is_same"].all() and is_any_defined)}


def difference_words(about: str, row: dict[str, Any], label: str = "Dice", at: str = "") -> str:
    """Say a mean difference with its interval, or that there is none in any case."""
    if row["all_same"]:
        return f"{about} in {label} {at or where(row)}: the same in every case ({stands_on(row)})."
    width = row["high"] - row["low"]
    difference = number(row["mean_difference"], signed=True, within=width)
    interval = between(row, signed=True)
    return f"{about} in {label} {at or where(row)}: {difference} on average ({interval})."
