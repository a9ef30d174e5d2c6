"""The twins' difference in Dice among small and large, frequent and rare cases."""

import pandas as pd

from twinseg.comparison import compare_strata, halves
from twinseg.comparison.strata import Strata
from twinseg.core.seeds import stream
from twinseg.core.tables import read_table
from twinseg.report.contents import Contents

_PARTS = {
    "size of the object": ("foreground_share", ("small objects", "large objects")),
    "rarity": ("rarity", ("frequent cases", "rare cases")),
}


def twins_by_stratum(study: Contents) -> list[Strata]:
    """Compare the twins in each half of the test cases, cut at the median.

    A half with fewer than two cases, or halves that cannot be cut, are left out.
    """
    labels = (
        read_table(study.folder / "tables" / "labels.parquet")
        .set_index("case")
        .loc[study.test_cases]
    )
    first, second = reversed(study.twins)  # imagenet minus random, as everywhere
    found = []
    for name, (column, names) in _PARTS.items():
        values = pd.Series(labels[column].to_numpy(float), name=name)
        if column == "foreground_share":
            values = values.where(values > 0)  # no object has no size
        parts = halves(values, names=names)
        if parts.value_counts().reindex(names, fill_value=0).min() < 2:
            continue
        found.append(
            compare_strata(
                study.scores_of("dice", first),
                study.scores_of("dice", second),
                parts,
                groups=study.test_groups,
                metric="Dice",
                names=(first.id, second.id),
                rng=stream(study.seed, "strata", column),
                draws=1999,
            )
        )
    return found
