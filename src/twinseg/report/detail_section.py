"""Lesion by lesion, group by group, and whether probabilities mean what they say."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from twinseg.comparison import Interval
from twinseg.metrics.lesions import OVERLAP
from twinseg.report.evidence_figures import Line, lines
from twinseg.report.models import Model
from twinseg.report.study_contents import Contents


@dataclass(frozen=True)
class Mean:
    """A mean over groups with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class OfModel:
    """The row of one model."""

    lesions: int
    found: int
    missed: int
    false: int
    of_groups: Mean  # Dice of whole groups
    of_volumes: Mean | None  # their 95 % Hausdorff distance in mm; None without volumes
    threshold: float  # best on validation cases; NaN for a rule


@dataclass(frozen=True)
class Details:
    """The section."""

    rows: dict[Model, OfModel]
    twins_on_lesions: str  # who found which, and the test, in words
    found_by: str  # the former alone
    reliability: Markup
    overlap: float
    groups_are_cases: bool
    volumes: int  # groups that were measured as bodies


def draw_details(study: Contents) -> Details:
    """Read and draw the tables beside the scores.

    Raises:
        StoreError: If a table is absent or damaged.
    """
    counts = {row["model"]: row for row in study.rows("lesion_counts")}
    means = {(row["model"], row["metric"]): row for row in study.rows("group_means")}
    thresholds = study.table("thresholds")
    best = thresholds[thresholds["best"]].set_index("model")["threshold"]
    sentence = str(study.table("lesions_of_twins")["sentence"].iloc[0])
    return Details(
        rows={
            model: _of_model(model, counts, means, float(best.get(model.id, np.nan)))
            for model in study.models
        },
        twins_on_lesions=sentence,
        found_by=sentence.partition(";")[0],
        reliability=_reliability(study, study.table("calibration")),
        overlap=OVERLAP,
        groups_are_cases=len(set(study.test_groups)) == len(study.test_cases),
        volumes=max(row["volumes"] for row in means.values()),
    )


def _of_model(
    model: Model,
    counts: dict[str, dict[str, Any]],
    means: dict[tuple[str, str], dict[str, Any]],
    threshold: float,
) -> OfModel:
    own = counts.get(model.id, {})  # nothing of a model that marked nothing where nothing was
    dice, distance = (means[model.id, metric] for metric in ("dice", "hausdorff95"))
    return OfModel(
        lesions=own.get("lesions", 0),
        found=own.get("lesions_found", 0),
        missed=own.get("missed", 0),
        false=own.get("false_parts", 0),
        of_groups=_mean(dice),
        of_volumes=_mean(distance) if distance["volumes"] else None,
        threshold=threshold,
    )


def _mean(row: dict[str, Any]) -> Mean:
    return Mean(row["mean"], Interval(row["low"], row["high"], row["level"]))


def _reliability(study: Contents, calibration: pd.DataFrame) -> Markup:
    drawn = [Line("as it should be", "#5b6876", ":", np.array([0.0, 1.0]), np.array([0.0, 1.0]))]
    for twin in study.twins:
        own = calibration[(calibration["model"] == twin.id) & (calibration["pixels"] > 0)]
        said, seen = (
            own[name].to_numpy(float) for name in ("mean_probability", "foreground_share")
        )
        drawn.append(Line(twin.label, twin.colour, "-", said, seen))
    return lines(drawn, across="probability said", up="share of diseased pixels seen")
