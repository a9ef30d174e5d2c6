"""Predictions of many cases to rows of `scores.parquet`."""

from collections.abc import Sequence
from math import nan
from typing import Any

import pandas as pd

from twinseg.core.arrays import Indices, Mask
from twinseg.core.progress import Progress
from twinseg.core.tables import Rows
from twinseg.data.prepared import PreparedDataset
from twinseg.metrics.calibration import histogram
from twinseg.metrics.case_scores import score_case
from twinseg.metrics.catalogue import METRICS
from twinseg.prediction.predictions import Predictions


def score_predictions(
    predictions: Sequence[Predictions],
    about: dict[str, dict[str, Any]],
    data: PreparedDataset,
    positions: Indices,
    *,
    split: str,
    tolerance: float,
    progress: Progress,
) -> pd.DataFrame:
    """Score every model on every case at ``positions``, on the source grid.

    Args:
        predictions: Of models and rules.
        about: Of each model by name ``init, design, fraction, seed, rule``; empty where none
            applies.
        data: Holds the reference masks.
        positions: Of the cases in the dataset.
        split: Name of the part they belong to.
        tolerance: Of the surface Dice, in mm where the spacing is known, else in px.
        progress: Where to report.

    Returns:
        One row per model and case, in the order of ``predictions`` and cases.
    """
    rows = {prediction.model: Rows() for prediction in predictions}
    with progress.task("scoring", len(positions), unit="cases") as task:
        for position in positions:
            case = data.dataset.cases[position]
            reference = data.reference(int(position))
            for prediction in predictions:
                name = prediction.model
                score = score_case(
                    prediction.mask(case.id),
                    reference,
                    spacing_mm=case.spacing_mm,
                    tolerance=tolerance,
                )
                facts = {"dataset": data.dataset.name, "model": name, "kind": prediction.kind}
                place = {"case": case.id, "group": case.group, "split": split}
                calibrated = _of_probabilities(prediction, case.id, reference)
                rows[name].add(facts | about[name] | place | score | calibrated)
            task.advance()
    return pd.concat([of_model.table() for of_model in rows.values()], ignore_index=True)


def _of_probabilities(prediction: Predictions, case_id: str, reference: Mask) -> dict[str, float]:
    """Score the probabilities of one case; NaN for a rule that has none."""
    metrics = {name: one.of_probabilities for name, one in METRICS.items() if one.of_probabilities}
    if not prediction.has_probabilities:
        return dict.fromkeys(metrics, nan)
    counted = histogram(prediction.probability(case_id), reference)
    return {name: metric(counted) for name, metric in metrics.items()}
