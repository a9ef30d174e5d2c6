"""What the spread of Dice comes from, and how well seeds agree."""

from math import nan
from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison import Interval, variance_components
from twinseg.comparison.bca import unknown
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.nested import nested_components
from twinseg.comparison.number_text import number, percent
from twinseg.comparison.replicates import replicate_agreement_by_groups
from twinseg.comparison.spread import Spread
from twinseg.core.seeds import stream
from twinseg.findings.grid.rows import POINT, by_case, points, run_rows, whole_seeds
from twinseg.findings.grid.words import DRAWS, LEVEL, as_declared, between, span, where

_SOURCES = {
    "group": "differences between groups",
    "case": "differences between cases of a group",
    "init": "the init",
    "seed": "the seed",
    "rest": "what init or seed do to single cases",
}


def components_of_dice(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the variance components of Dice at every point where runs differ in init or seed.

    ``seed`` is how far seeds lie apart, be it in all inits alike or not; ``rest`` is what init
    and seed do to single cases. Only seeds that every init has are taken.
    """
    rows = []
    for at, all_rows in points(run_rows(scores), POINT):
        cases = _scored_by_all(whole_seeds(all_rows, ["init"]))
        if cases["case"].nunique() < 2 or len(cases) == cases["case"].nunique():
            continue
        found = variance_components(cases)
        variances = _sources(found, cases)
        total = sum(value for value in variances.values() if value > 0)
        counts = {"seeds": found.levels.get("seed", 1), "cases": found.levels["case"]}
        counts |= {"groups": cases["group"].nunique()}
        counts |= {"undefined": all_rows["case"].nunique() - counts["cases"]}
        for component, variance in variances.items():
            share = nan if np.isnan(variance) or not total else max(0.0, variance) / total
            row = {**at, "component": component, "variance": variance, "share": share, **counts}
            rows.append({**row, "sentence": _words(row)})
    return as_declared("variance_components", rows)


def replicates(scores: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return how well seeds agree in the Dice of single cases, of each init at every point."""
    seed = int(rng.integers(2**63))
    rows = []
    for at, cases in points(run_rows(scores), ["init", *POINT]):
        table = cases.pivot(index="case", columns="seed", values="dice")
        values = table[np.isfinite(table).all(axis=1)]
        if table.shape[1] < 2 or len(values) < 2:
            continue
        groups = by_case(cases, "dice").groups.loc[values.index].to_numpy(dtype=object)
        found = replicate_agreement_by_groups(
            values.to_numpy(dtype=float),
            groups,
            rng=stream(seed, *map(str, at.values())),
            draws=DRAWS,
            level=LEVEL,
        )
        row = at | {"value": found.value, "seeds": table.shape[1], "cases": len(values)}
        row |= {"groups": len(np.unique(groups)), "undefined": len(table) - len(values)}
        row |= span(_trusted(found.interval, row["groups"]))
        words = f"Dice of `{row['init']}` in single cases agrees between seeds {where(row)}"
        row["sentence"] = f"{words}: ICC {number(row['value'])} ({between(row)})."
        rows.append(row)
    return as_declared("replicates", rows)


def _scored_by_all(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the cases that have a Dice in every run."""
    scored = rows[np.isfinite(rows["dice"].astype(float))]
    runs = len(rows.drop_duplicates(["init", "seed"]))
    return scored[scored.groupby("case")["case"].transform("size") == runs]


def _sources(found: Spread, cases: pd.DataFrame) -> dict[str, float]:
    """Return the variance of each source: interactions belong to ``seed`` or to the rest."""
    parts = found.components
    means = by_case(cases, "dice")
    of_groups, within = nested_components(means.values.to_numpy(), means.groups.to_numpy())
    # A mean over runs carries a part of the rest, whatever group its case is in.
    carried = float(means.values.var(ddof=1)) - parts["case"]
    alone = cases["group"].nunique() == cases["case"].nunique()
    of_seeds = [value for name, value in parts.items() if name in ("seed", "init x seed")]
    return {
        "group": parts["case"] if alone else of_groups,
        "case": nan if alone else within - carried,
        "init": parts.get("init", nan),
        "seed": sum(of_seeds) if of_seeds else nan,
        "rest": sum(value for name, value in parts.items() if name.startswith("case x")),
    }


def _words(row: dict[str, Any]) -> str:
    if not np.isnan(row["share"]):
        source = _SOURCES[row["component"]]
        return f"{percent(row['share'])} of the spread of Dice is {source}, {where(row)}."
    if row["component"] == "seed":
        return f"There is one seed {where(row)}: how much another would change is not known."
    return f"The spread by {row['component']} cannot be told {where(row)}."


def _trusted(interval: Interval, groups: int) -> Interval:
    return interval if groups >= FEWEST_GROUPS else unknown(interval.level)
