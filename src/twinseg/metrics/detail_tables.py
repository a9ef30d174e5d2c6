"""What a row of scores cannot hold: single lesions, whole groups, calibration, thresholds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from twinseg.core.arrays import Indices
from twinseg.core.progress import Progress
from twinseg.data.prepared import PreparedDataset
from twinseg.metrics.calibration import THRESHOLDS, Histogram, dice_by_threshold, histogram
from twinseg.metrics.counts import Counts
from twinseg.metrics.lesions import match_lesions
from twinseg.metrics.overlap import OVERLAPS
from twinseg.prediction.predictions import Predictions

_COUNTS = ["tp", "fp", "fn", "tn"]
_ABOUT = ["dataset", "model", "kind"]


def lesion_table(
    predictions: Sequence[Predictions],
    data: PreparedDataset,
    positions: Indices,
    progress: Progress,
) -> pd.DataFrame:
    """List every lesion of the references and every predicted part that is no lesion.

    Returns:
        One row per model and lesion: ``model, case, group, side`` (``reference`` or ``false``),
        ``lesion`` (number in its mask), ``pixels, found, overlap, dice``. ``overlap`` is the
        share of a reference lesion that is marked, or of a false part that lies on the
        reference; a false part is not ``found`` and has no ``dice``.
    """
    rows: list[dict] = []
    with progress.task("matching lesions", len(positions), unit="cases") as task:
        for position in positions:
            case, reference = data.dataset.cases[position], data.reference(int(position))
            for prediction in predictions:
                lesions = match_lesions(prediction.mask(case.id), reference)
                about = {"model": prediction.model, "case": case.id, "group": case.group}
                rows += [
                    about
                    | {"side": "reference", "lesion": number + 1}
                    | {
                        "pixels": int(lesions.pixels[number]),
                        "found": bool(lesions.is_found[number]),
                    }
                    | {"overlap": float(lesions.found[number]), "dice": float(lesions.dice[number])}
                    for number in range(lesions.pixels.size)
                ]
                rows += [
                    about
                    | {"side": "false", "lesion": int(number) + 1}
                    | {"pixels": int(lesions.false_pixels[number]), "found": False}
                    | {"overlap": float(lesions.false_overlap[number]), "dice": np.nan}
                    for number in np.flatnonzero(lesions.is_false)
                ]
            task.advance()
    columns = ["model", "case", "group", "side", "lesion", "pixels", "found", "overlap", "dice"]
    return pd.DataFrame(rows, columns=columns)


def group_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Score whole groups: all slices of a patient, all tiles of a slide, as one picture.

    Pixels are added up before a metric is computed, so large slices weigh more than small ones.
    Outline distances need the place of every slice and are not part of it.

    Args:
        scores: Rows of `score_predictions`.

    Returns:
        ``dataset, model, kind, group, cases``, the counts, and the metrics of overlap.
    """
    by = [*_ABOUT, "group"]
    pooled = scores.groupby(by, sort=False)[_COUNTS].sum().reset_index()
    pooled.insert(len(by), "cases", scores.groupby(by, sort=False).size().to_numpy())
    counts = [Counts(*map(int, row)) for row in pooled[_COUNTS].to_numpy()]
    for name, metric in OVERLAPS.items():
        pooled[name] = [metric(one) for one in counts]
    return pooled


def calibration_table(
    predictions: Sequence[Predictions], data: PreparedDataset, positions: Indices
) -> pd.DataFrame:
    """Pool the pixels of all cases by probability, model by model, for a reliability figure.

    Returns:
        ``model, bin, pixels, mean_probability, foreground_share``; NaN in an empty bin. Models
        without probabilities have no rows.
    """
    rows = []
    for prediction in predictions:
        counted = _histograms(prediction, data, positions)
        if not counted:
            continue
        pooled = counted[0]
        for one in counted[1:]:
            pooled = pooled + one
        for number, (pixels, said, seen) in enumerate(zip(*pooled.coarse(), strict=True)):
            rows.append(
                {
                    "model": prediction.model,
                    "bin": number,
                    "pixels": int(pixels),
                    "mean_probability": float(said),
                    "foreground_share": float(seen),
                }
            )
    columns = ["model", "bin", "pixels", "mean_probability", "foreground_share"]
    return pd.DataFrame(rows, columns=columns)


def threshold_table(
    predictions: Sequence[Predictions], data: PreparedDataset, positions: Indices
) -> pd.DataFrame:
    """Mean Dice over cases at every threshold, and which is best; meant for validation cases.

    Returns:
        ``model, threshold, dice, cases, best``: of equal ones the threshold nearest to one half is
        best. Cases without foreground in reference and mask are left out of a mean.
    """
    parts = []
    for prediction in predictions:
        dice = [dice_by_threshold(one) for one in _histograms(prediction, data, positions)]
        if not dice:
            continue
        defined = np.isfinite(dice).sum(axis=0)
        mean = np.nansum(dice, axis=0) / np.maximum(defined, 1)
        order = np.lexsort((np.abs(THRESHOLDS - 0.5), -mean))
        best = np.arange(len(THRESHOLDS)) == order[0]
        columns = {"threshold": THRESHOLDS, "dice": mean, "cases": defined, "best": best}
        parts.append(pd.DataFrame({"model": prediction.model, **columns}))
    return pd.concat(parts, ignore_index=True)


def _histograms(
    prediction: Predictions, data: PreparedDataset, positions: Indices
) -> list[Histogram]:
    if not prediction.has_probabilities:
        return []
    return [
        histogram(
            prediction.probability(data.dataset.cases[position].id), data.reference(int(position))
        )
        for position in positions
    ]
