"""Tables beside the scores: lesions, groups, calibration, thresholds."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from twinseg.core.progress import Progress
from twinseg.core.tables import read_table, write_table
from twinseg.data.prepared import PreparedDataset
from twinseg.metrics.detail_tables import (
    calibration_table,
    group_table,
    lesion_table,
    threshold_table,
)
from twinseg.metrics.stacks import stack_table
from twinseg.prediction.predictions import Predictions
from twinseg.study.rules import Part


def write_details(
    validation: Part,
    test: Part,
    predictions: Sequence[Predictions],
    data: PreparedDataset,
    out: Path,
    progress: Progress,
    *,
    tolerance: float,
) -> None:
    """Write ``tables/lesions``, ``groups``, ``calibration``, ``thresholds``, or find them there."""
    tables = out / "tables"
    made: dict[str, Callable[[], pd.DataFrame]] = {
        "lesions": lambda: lesion_table(predictions, data, test.positions, progress),
        "groups": lambda: group_table(read_table(tables / "scores.parquet")).merge(
            stack_table(
                predictions, data, test.positions, tolerance_mm=tolerance, progress=progress
            ),
            on=["model", "group"],
            how="left",
        ),
        "calibration": lambda: calibration_table(predictions, data, test.positions),
        "thresholds": lambda: threshold_table(validation.twins, data, validation.positions),
    }
    for name, make in made.items():
        if not (tables / f"{name}.parquet").exists():
            write_table(tables / f"{name}.parquet", make(), sealed=True)
