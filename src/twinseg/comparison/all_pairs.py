"""All comparisons of a study from its table of scores."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from twinseg.comparison.engine import compare
from twinseg.comparison.join import require_alike, same_cases
from twinseg.comparison.result import Comparison
from twinseg.core.errors import DataError
from twinseg.core.registry import choose
from twinseg.core.seeds import stream
from twinseg.core.words import amount
from twinseg.metrics import DISTANCE, METRICS

_DECIMALS = 12  # beyond them it is rounding that differs
_KEYS = ["dataset", "model", "case", "group"]


def compare_all(
    scores: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    metrics: Sequence[str],
    *,
    seed: int,
    draws: int = 9999,
    level: float = 0.95,
) -> list[Comparison]:
    """Compare pairs of models in each metric and dataset; `correct` them for their number.

    Args:
        scores: One row per dataset, model and case; columns ``dataset``, ``model``, ``case``,
            ``group`` and the metrics, as in `scores.parquet`. The order of rows is of no effect.
        pairs: Names of (first, second) model; the difference is second minus first.
        metrics: Names in `METRICS`.
        seed: Of the study. Each comparison has its own stream, so that one more pair changes
            no other interval.
        draws: Resamples for each interval.
        level: Of the intervals, between 0 and 1.

    Returns:
        Ordered by dataset, pair, metric; p values are not yet corrected. ``same_as`` is set where
        a model has the same values as another one of the pairs.

    Raises:
        ConfigError: If a model or metric is not known.
        DataError: If columns, names or groups are missing, a case stands there twice, values
            are infinite, two models were not scored on the same cases, or distances are in
            different units.
    """
    for metric in metrics:
        choose(METRICS, metric, "metric")
    _require_complete(scores, [*_KEYS, *metrics])
    comparisons = []
    for dataset, rows in scores.groupby("dataset", sort=True):
        seen: dict[tuple[str, str, bytes], str] = {}
        for names in pairs:
            first, second = _on_same_cases(rows, names)
            for metric in metrics:
                _require_one_unit(rows, metric)
                _require_finite(first, second, metric)
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
                same_as = _seen_before(seen, first, second, metric, names)
                comparisons.append(replace(comparison, same_as=same_as))
    return comparisons


def _seen_before(
    seen: dict[tuple[str, str, bytes], str],
    first: pd.DataFrame,
    second: pd.DataFrame,
    metric: str,
    names: tuple[str, str],
) -> str:
    """Return who has had the values of ``second``, and note them; "" if nobody had."""
    of_first, of_second = (
        one[metric].to_numpy(dtype=float).round(_DECIMALS).tobytes() for one in (first, second)
    )
    if of_first == of_second:
        return names[0]
    earlier = seen.setdefault((metric, names[0], of_second), names[1])
    return "" if earlier == names[1] else earlier


def _on_same_cases(rows: pd.DataFrame, names: tuple[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of both models, sorted by case and proved to be of the same cases."""
    models = {str(model): part for model, part in rows.groupby("model")}
    indexed = [(name, choose(models, name, "model").set_index("case")) for name in names]
    (_, first), (_, second) = same_cases(indexed, "case")
    require_alike(first["group"], second["group"], "group")
    return first, second


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


def _require_finite(first: pd.DataFrame, second: pd.DataFrame, metric: str) -> None:
    infinite = int(np.isinf([first[metric], second[metric]]).any(axis=0).sum())
    if infinite:
        raise DataError(
            f"{metric} is infinite in {amount(infinite, 'case')} of the scores; compare such "
            "tables with twinseg compare, which ranks failures as the worst"
        )
