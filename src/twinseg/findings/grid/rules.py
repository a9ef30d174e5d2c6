"""Which rule is better than the better twin, at which amount of training data."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from twinseg.core.seeds import stream
from twinseg.findings.grid.amounts import difference_words, mean_difference
from twinseg.findings.grid.rows import POINT, paired, points, rule_rows
from twinseg.findings.grid.words import as_declared


def rules_by_amount(
    scores: pd.DataFrame, better_twins: Mapping[str, str], *, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the paired difference of Dice of every rule minus the better twin.

    Args:
        scores: Of the whole grid.
        better_twins: By the id of each contrast, that of the run that is better on validation; a
            contrast that is not there is left out.
        rng: Of the intervals.
    """
    seed, rules = int(rng.integers(2**63)), rule_rows(scores)
    rules = rules.assign(twin=rules["contrast"].map(dict(better_twins)).astype(object))
    runs = scores[scores["kind"] == "run"].assign(twin=lambda table: table["model"])
    rows = []
    for at, cases in points(paired(runs, rules, on=["twin", "case"]), ["inits", "rule", *POINT]):
        row = at | mean_difference(cases, stream(seed, *map(str, at.values())))
        about = f"`{row['rule']}` minus the better twin of `{row['inits']}`"
        rows.append({**row, "best": False, "sentence": difference_words(about, row)})
    table = as_declared("rules_by_amount", rows)
    highest = table.groupby(["inits", *POINT])["mean_difference"].transform("max")
    return table.assign(best=(table["mean_difference"] == highest).fillna(value=False).astype(bool))
