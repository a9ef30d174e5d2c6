"""Lesion by lesion, group by group, and whether probabilities mean what they say."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from twinseg.comparison import Estimate, estimate_mean, found_test
from twinseg.core.seeds import stream
from twinseg.core.tables import read_table
from twinseg.metrics import METRICS
from twinseg.metrics.lesions import OVERLAP
from twinseg.report.contents import Contents
from twinseg.report.evidence_figures import Line, lines
from twinseg.report.models import Model


@dataclass(frozen=True)
class OfModel:
    """The row of one model."""

    lesions: int
    found: int
    false: int
    of_groups: Estimate  # Dice of whole groups
    of_volumes: Estimate | None  # their 95 % Hausdorff distance in mm; None without volumes
    threshold: float  # best on validation cases; NaN for a rule


@dataclass(frozen=True)
class Details:
    """The section."""

    rows: dict[Model, OfModel]
    twins_on_lesions: str  # who found which, and the test, in words
    reliability: Markup
    overlap: float
    groups_are_cases: bool
    volumes: int  # groups that were measured as bodies


def draw_details(study: Contents) -> Details:
    """Read and draw the tables beside the scores.

    Raises:
        StoreError: If a table is absent or damaged.
    """
    tables = study.folder / "tables"
    lesions, groups, calibration, thresholds = (
        read_table(tables / f"{name}.parquet")
        for name in ("lesions", "groups", "calibration", "thresholds")
    )
    best = thresholds[thresholds["best"]].set_index("model")["threshold"]
    return Details(
        rows={
            model: _of_model(study, model, lesions, groups, float(best.get(model.id, np.nan)))
            for model in study.models
        },
        twins_on_lesions=_twins_on_lesions(study, lesions),
        reliability=_reliability(study, calibration),
        overlap=OVERLAP,
        groups_are_cases=len(set(study.test_groups)) == len(study.test_cases),
        volumes=groups.loc[groups["volumes"].notna(), "group"].nunique(),
    )


def _of_model(
    study: Contents, model: Model, lesions: pd.DataFrame, groups: pd.DataFrame, threshold: float
) -> OfModel:
    own, pooled = (table[table["model"] == model.id] for table in (lesions, groups))
    reference = own[own["side"] == "reference"]
    dice, distance = (
        estimate_mean(
            pooled[column].to_numpy(float),
            pooled["group"].to_numpy(),
            rng=stream(study.seed, "groups", model.id, column),
            bounds=METRICS[column].range,
        )
        for column in ("dice", "hausdorff95")
    )
    return OfModel(
        lesions=len(reference),
        found=int(reference["found"].sum()),
        false=len(own) - len(reference),
        of_groups=dice,
        of_volumes=None if pooled["volumes"].isna().all() else distance,
        threshold=threshold,
    )


def _twins_on_lesions(study: Contents, lesions: pd.DataFrame) -> str:
    reference = lesions[lesions["side"] == "reference"]
    # Second minus first, as everywhere: the comparison of the twins starts from the second.
    second, first = (reference[reference["model"] == twin.id] for twin in study.twins)
    found = found_test(
        first["found"].to_numpy(bool),
        second["found"].to_numpy(bool),
        first["group"].to_numpy(),
        rng=stream(study.seed, "lesions"),
    )
    return str(found)


def _reliability(study: Contents, calibration: pd.DataFrame) -> Markup:
    drawn = [Line("as it should be", "#5b6876", ":", np.array([0.0, 1.0]), np.array([0.0, 1.0]))]
    for twin in study.twins:
        own = calibration[(calibration["model"] == twin.id) & (calibration["pixels"] > 0)]
        said, seen = (
            own[name].to_numpy(float) for name in ("mean_probability", "foreground_share")
        )
        drawn.append(Line(twin.label, twin.colour, "-", said, seen))
    return lines(drawn, across="probability said", up="share of diseased pixels seen")
