"""All comparisons of a study from its table of scores, corrected together."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields

import pandas as pd

from twinseg.comparison.correction import CORRECTIONS
from twinseg.comparison.families import correct
from twinseg.comparison.paired import Comparison, compare
from twinseg.core.errors import DataError
from twinseg.core.registry import choose
from twinseg.core.seeds import stream
from twinseg.metrics import DISTANCE, METRICS

_KEYS = ["dataset", "model", "case", "group"]


def compare_all(
    scores: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    metrics: Sequence[str],
    *,
    seed: int,
    draws: int = 9999,
    level: float = 0.95,
    correction: str = "holm",
    primary: Sequence[tuple[tuple[str, str], str]] = (),
) -> list[Comparison]:
    """Compare pairs of models in each metric and dataset, corrected for their number.

    Args:
        scores: One row per dataset, model and case; columns ``dataset``, ``model``, ``case``,
            ``group`` and the metrics, as in `scores.parquet`. The order of rows is of no effect.
        pairs: Names of (first, second) model; the difference is second minus first.
        metrics: Names in `METRICS`.
        seed: Of the study. Each comparison has its own stream, so that one more pair changes
            no other interval.
        draws: Resamples for each interval.
        level: Of the intervals, between 0 and 1.
        correction: Key of `CORRECTIONS`: "holm" or "benjamini-hochberg".
        primary: Claims named before the data were seen, (pair, metric): a family of their own,
            corrected apart from all other comparisons.

    Returns:
        Ordered by dataset, pair, metric.

    Raises:
        ConfigError: If a model, metric, correction or primary claim is not known.
        DataError: If columns, names or groups are missing, a case stands there twice, two
            models were not scored on the same cases, or distances are in different units.
    """
    for metric in metrics:
        choose(METRICS, metric, "metric")
    choose(CORRECTIONS, correction, "correction")
    _require_complete(scores, [*_KEYS, *metrics])
    comparisons = []
    for dataset, rows in scores.groupby("dataset", sort=True):
        for names in pairs:
            first, second = _on_same_cases(rows, names)
            for metric in metrics:
                _require_one_unit(rows, metric)
                comparison = compare(
                    first[metric].to_numpy(dtype=float),
                    second[metric].to_numpy(dtype=float),
                    groups=first["group"].to_numpy(),
                    dataset=str(dataset),
                    metric=metric,
                    names=names,
                    rng=stream(seed, "bootstrap", str(dataset), *names, metric),
                    draws=draws,
                    level=level,
                )
                comparisons.append(comparison)
    return correct(comparisons, correction=correction, primary=primary)


def as_table(comparisons: Iterable[Comparison]) -> pd.DataFrame:
    """Return one row per comparison with the columns of `comparisons.parquet`, in their order."""
    columns = [field.name for field in fields(Comparison)]
    return pd.DataFrame([asdict(comparison) for comparison in comparisons], columns=columns)


def from_table(table: pd.DataFrame) -> list[Comparison]:
    """Read back what `as_table` made."""
    rows = table.to_dict("records")
    return [Comparison(**{str(name): value for name, value in row.items()}) for row in rows]


def _on_same_cases(rows: pd.DataFrame, names: tuple[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of both models, sorted by case and proved to be of the same cases."""
    models = {str(model): part for model, part in rows.groupby("model")}
    first, second = (_by_case(choose(models, name, "model"), name) for name in names)
    only_first = _some(first.index.difference(second.index))
    only_second = _some(second.index.difference(first.index))
    if only_first or only_second:
        raise DataError(
            f"{names[0]!r} and {names[1]!r} were not scored on the same cases: "
            f"only {names[0]!r} has {only_first or 'none'}; only {names[1]!r} has "
            f"{only_second or 'none'}; score both on the same split"
        )
    moved = _some(first.index[first["group"] != second["group"]])
    if moved:
        raise DataError(f"{names[0]!r} and {names[1]!r} give other groups to the cases {moved}")
    return first, second


def _by_case(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    table = rows.set_index("case").sort_index()
    twice = _some(table.index[table.index.duplicated()].unique())
    if twice:
        raise DataError(f"{name!r} has more than one row for the cases {twice}; one is needed")
    return table


def _require_complete(scores: pd.DataFrame, columns: Sequence[str]) -> None:
    absent = [column for column in columns if column not in scores.columns]
    if absent:
        raise DataError(f"the table of scores lacks the columns {', '.join(absent)}")
    for column in _KEYS:
        gaps = int(scores[column].isna().sum())
        if gaps:
            raise DataError(f"the column {column} of the scores is empty in {gaps} rows; fill it")


def _require_one_unit(rows: pd.DataFrame, metric: str) -> None:
    if METRICS[metric].unit != DISTANCE or "distance_unit" not in rows.columns:
        return
    units = sorted(rows["distance_unit"].unique())
    if len(units) > 1:
        raise DataError(
            f"{metric} of some cases is in {' and of others in '.join(units)}; "
            "give the pixel spacing of all cases or of none"
        )


def _some(cases: pd.Index) -> str:
    """Name the first few cases, or nothing."""
    more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
    return ", ".join(map(str, cases[:3])) + more
