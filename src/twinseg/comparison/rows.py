"""Comparisons as rows of a table, `comparisons.parquet`: the one writer and the one reader."""

from collections.abc import Iterable

import pandas as pd

from twinseg.comparison.result import Comparison, Supplement
from twinseg.core.errors import StoreError
from twinseg.metrics import higher_is_better as known_direction

COLUMNS = (
    "dataset", "metric", "first", "second", "cases", "groups", "undefined", "mean_difference",
    "low", "high", "level", "p_value", "p_adjusted", "effect_size", "effect_name", "method",
    "correction", "interval_method", "undefined_first", "undefined_second", "same_as",
)  # fmt: skip
Row = dict[str, str | int | float]


def as_table(comparisons: Iterable[Comparison]) -> pd.DataFrame:
    """Return one row per comparison: `COLUMNS` in their order, then those of supplements."""
    rows = [_row(one) for one in comparisons]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(COLUMNS))


def from_table(table: pd.DataFrame) -> list[Comparison]:
    """Read back `COLUMNS`; supplements, which are there to be looked at, are not read.

    Raises:
        StoreError: If a column is missing, or values were infinite, whose sign is not in the table.
    """
    table = table if "same_as" in table else table.assign(same_as="")  # of an earlier version
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise StoreError(
            f"the table of comparisons lacks {', '.join(missing)}: it was not written by this "
            "version of twinseg; remove it and run the study again"
        )
    failures = table.filter(items=["infinite_first", "infinite_second"])
    if failures.to_numpy().any():
        raise StoreError(
            "the table holds comparisons of infinite values, which are not read back; compare the "
            "scores again"
        )
    return [
        Comparison(
            **{str(name): value for name, value in row.items()},
            infinite=(0, 0),
            higher_is_better=known_direction(row["metric"]),
            supplement=None,
            notes=(),
        )
        for row in table[list(COLUMNS)].to_dict("records")
    ]


def _row(one: Comparison) -> Row:
    row: Row = {name: getattr(one, name) for name in COLUMNS}
    if one.supplement:
        first, second = map(abs, one.infinite)
        row |= {"infinite_first": first, "infinite_second": second}
        row |= _columns_of(one.supplement)
    return row


def _columns_of(more: Supplement) -> Row:
    """The numbers of a supplement by the names of their columns; only of what was asked for."""
    row: Row = {"median_difference": more.median.value}
    for name, interval in (
        ("median", more.median.interval),
        ("student", more.mean.student),
        ("percentile", more.mean.percentile),
        ("bca", more.mean.bca),
    ):
        row |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
    row |= {"p_paired_t": more.paired_t.p_value, "p_sign_flip": more.sign_flip.p_value}
    row |= {
        "paired_d": more.paired_d.value,
        "paired_d_low": more.paired_d.interval.low,
        "paired_d_high": more.paired_d.interval.high,
        "rank_biserial_low": more.rank_biserial.interval.low,
        "rank_biserial_high": more.rank_biserial.interval.high,
    }
    if more.equivalence:
        row |= {"margin": more.equivalence.margin, "p_equivalence": more.equivalence.p_value}
    if more.non_inferiority:
        row["p_non_inferiority"] = more.non_inferiority.p_value
    if more.bayes:
        row |= {
            "rope": more.bayes.rope,
            "probability_first_higher": more.bayes.first_higher,
            "probability_equivalent": more.bayes.equivalent,
            "probability_second_higher": more.bayes.second_higher,
        }
    return row
