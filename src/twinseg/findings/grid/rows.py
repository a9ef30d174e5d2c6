"""The scores of a grid as the answers take them: one row for each run, seed and case."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison.differences import paired_differences
from twinseg.records.run_spec import Contrast, RunSpec

POINT = ["design", "fraction"]
METRICS_ASKED = ("dice", "type1_rate", "type2_rate")
_RUN = ["init", *POINT, "seed"]


@dataclass(frozen=True)
class ByCase:
    """One value of each case: the mean over the seeds it was scored with.

    Attributes:
        values: (case,); NaN where one of the seeds has no value.
        groups: Of the cases, (case,).
        seeds: Number of seeds over all cases.
    """

    values: pd.Series
    groups: pd.Series
    seeds: int


def run_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of runs: designs in the order they come in, the largest fraction first.

    ``train_cases`` becomes the rounded mean over the runs of a design and fraction. A case that is
    in several folds of one seed has the mean of them.
    """
    runs = _in_order(scores[scores["kind"] == "run"])
    folds = runs.groupby([*_RUN, "case"], sort=False, as_index=False)
    if runs.duplicated([*_RUN, "case"]).any():
        kept = {name: (name, "first") for name in ("model", "group", "train_cases")}
        runs = folds.agg(**kept, **{name: (name, "mean") for name in METRICS_ASKED})
    return runs


def rule_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of rules, with ``inits``: those of the twins that each stands on."""
    rules, twins = _in_order(scores[scores["kind"] == "rule"]), _inits_of_contrasts(scores)
    rules = rules[rules["contrast"].isin(twins)]
    return rules.assign(inits=rules["contrast"].map(twins).astype(object))


def pairs_of(runs: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the pairs (first, second) of inits; the later one is subtracted, as for twins."""
    for second, first in combinations(runs["init"].unique(), 2):
        yield str(first), str(second)


def points(rows: pd.DataFrame, keys: list[str]) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield the parts of ``rows`` that are alike in ``keys``, and what they are alike in."""
    for values, part in rows.groupby(keys, sort=False):
        about = dict(zip(keys, values, strict=True))
        yield about | {"train_cases": part["train_cases"].iloc[0]}, part


def paired(
    first: pd.DataFrame, second: pd.DataFrame, on: list[str], metric: str = "dice"
) -> pd.DataFrame:
    """Return the rows that both have, with ``difference``: second minus first, and ``is_same``.

    What is not asked for ``on`` is that of ``second``; ``train_cases_first`` is that of the other.
    """
    others = first[[*on, metric, "train_cases"]]
    rows = second.merge(others, on=on, suffixes=("", "_first"))
    one, other = (rows[name].to_numpy(dtype=float) for name in (f"{metric}_first", metric))
    is_same = (one == other) | (np.isnan(one) & np.isnan(other))
    return rows.assign(difference=paired_differences(one, other), is_same=is_same)


def by_case(rows: pd.DataFrame, column: str) -> ByCase:
    """Return the mean over seeds of each case."""
    cases = rows.groupby("case", sort=True)
    values = cases[column].mean().mask(cases[column].count() < cases.size())
    return ByCase(values.astype(float), cases["group"].first(), rows["seed"].nunique())


def whole_seeds(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the rows of the seeds that have every combination of ``keys`` that any seed has."""
    found = rows.drop_duplicates([*keys, "seed"]).groupby("seed").size()
    everything = len(rows.drop_duplicates(keys))
    return rows[rows["seed"].map(found) == everything]


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    runs = rows.drop_duplicates(["contrast", "model"])
    amounts = runs.groupby(POINT, as_index=False)["train_cases"].mean()
    amounts = amounts.assign(train_cases=amounts["train_cases"].round().astype("int64"))
    rows = rows.drop(columns="train_cases").merge(amounts, on=POINT)
    designs, fractions = pd.factorize(rows["design"])[0], -rows["fraction"].to_numpy(dtype=float)
    return rows.iloc[np.lexsort([fractions, designs])]


def _inits_of_contrasts(scores: pd.DataFrame) -> dict[str, str]:
    """Return the inits, joined by a comma, of every contrast that two runs make."""
    runs = scores[scores["kind"] == "run"]
    inits = [str(name) for name in runs["init"].unique()]
    found = {}
    for point in runs[[*POINT, "seed", "fold"]].drop_duplicates().to_dict("records"):
        fold = None if pd.isna(point["fold"]) else int(point["fold"])
        at = (str(point["design"]), float(point["fraction"]), int(point["seed"]), fold)
        for first, second in permutations(inits, 2):
            found[Contrast(RunSpec(first, *at), RunSpec(second, *at)).id] = f"{first}, {second}"
    return found
