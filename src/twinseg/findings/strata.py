"""The twins among parts of the cases: small and large objects, frequent and rare cases."""

from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison import compare_strata, halves
from twinseg.core.arrays import Values
from twinseg.core.seeds import stream
from twinseg.records.tables import TABLES

_PARTS = {
    "size of the object": ("foreground_share", ("small objects", "large objects")),
    "rarity": ("rarity", ("frequent cases", "rare cases")),
}


def strata_of_twins(
    scores: pd.DataFrame, labels: pd.DataFrame, runs: list[str], *, seed: int
) -> pd.DataFrame:
    """Compare the twins among small and large, frequent and rare test cases, cut at the median.

    A half with fewer than two cases, or halves that cannot be cut, are left out.

    Args:
        scores: Of the test cases.
        labels: One row a case, as `label_table` makes it.
        runs: Ids of the twins; the difference is the first minus the second.
        seed: Of the study.

    Returns:
        A row for each half; ``sentence`` says all halves of a column and whether they differ.
    """
    twins = [scores[scores["model"] == run].set_index("case") for run in reversed(runs)]
    cases = twins[0].index
    first, second = (twin.loc[cases, "dice"].to_numpy(float) for twin in twins)
    about, rows = labels.set_index("case").loc[cases], list[dict[str, Any]]()
    for name, (column, names) in _PARTS.items():
        values = pd.Series(about[column].to_numpy(float), name=name)
        if column == "foreground_share":
            values = values.where(values > 0)  # no object has no size
        parts = halves(values, names=names)
        if parts.value_counts().reindex(names, fill_value=0).min() < 2:
            continue
        found = compare_strata(
            first,
            second,
            parts,
            groups=twins[0]["group"].to_numpy(dtype=object),
            metric="Dice",
            names=(runs[1], runs[0]),
            rng=stream(seed, "strata", column),
            draws=1999,
        )
        shared = {"column": column, "first": found.first, "second": found.second}
        shared["sentence"] = found.sentence
        for part in found.strata:
            interval = part.mean.interval
            inside = (parts == part.name).to_numpy()
            rows.append(
                shared
                | {"p_interaction": found.interaction.p_value, "stratum": part.name}
                | {"cases": part.cases, "undefined": part.undefined}
                | {"groups": part.mean.groups, "mean_difference": part.mean.value}
                | {"low": interval.low, "high": interval.high, "level": interval.level}
                | {"p_value": part.p_value, "p_adjusted": part.p_adjusted}
                | _ends_and_means(values.to_numpy()[inside], first[inside], second[inside])
            )
    return pd.DataFrame(rows, columns=TABLES["strata"].names)


def _ends_and_means(values: Values, first: Values, second: Values) -> dict[str, Any]:
    """From where to where a half reaches, and the mean Dice of each twin where both have one."""
    both = np.isfinite(first) & np.isfinite(second)
    means = [float(dice[both].mean()) if both.any() else np.nan for dice in (first, second)]
    return {
        "smallest": float(values.min()),
        "largest": float(values.max()),
        "first_dice": means[0],
        "second_dice": means[1],
    }
