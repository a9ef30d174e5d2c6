"""Of which cases a twin misses most, and what these share that the others do not."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from twinseg.core.seeds import stream
from twinseg.findings.shared_traits import FEWEST_CHOSEN, SharedTraits, shared_traits
from twinseg.records.tables import TABLES

MISSED_FROM = 0.5  # type II rate: half of the target
_MOST = 10  # traits


def missed_traits(
    scores: pd.DataFrame, labels: pd.DataFrame, runs: list[str], *, seed: int
) -> pd.DataFrame:
    """Search what cases share of which a twin misses half of the target or more.

    Only test cases with a target are looked at; see `shared_traits` for the search.

    Args:
        scores: Of the test cases.
        labels: Facts of each case, as `label_table` makes them.
        runs: Ids of the twins.
        seed: Of the study.

    Returns:
        For each twin a row a trait, the most telling first; one row without a trait where there
        is none, or fewer than two cases are missed or not missed.
    """
    facts = labels.set_index("case")
    rows: list[dict[str, Any]] = []
    for run in runs:
        own = scores[(scores["model"] == run) & scores["type2_rate"].notna()]
        about = facts.loc[own["case"]]
        missed = own["type2_rate"].to_numpy(float) >= MISSED_FROM
        found = SharedTraits((), 0, int(missed.sum()), int((~missed).sum()))
        if min(found.chosen, found.rest) >= FEWEST_CHOSEN:
            found = shared_traits(
                about.drop(columns="group"),
                missed,
                about["group"].to_numpy(dtype=object),
                rng=stream(seed, "missed", run),
                most=_MOST,
            )
        rows += _rows(run, found)
    return pd.DataFrame(rows, columns=TABLES["missed_traits"].names)


def _rows(run: str, found: SharedTraits) -> Iterator[dict[str, Any]]:
    counted = {"model": run, "missed": found.chosen, "others": found.rest}
    counted["searched"] = found.searched
    for one in found.rows:
        yield counted | {
            "column": one.column,
            "trait": one.label,
            "missed_with_it": one.chosen,
            "others_with_it": one.rest,
            "p_adjusted": one.p_adjusted,
        }
    if not found.rows:
        nothing = {"column": "", "trait": "", "missed_with_it": 0, "others_with_it": 0}
        yield counted | nothing | {"p_adjusted": np.nan}
