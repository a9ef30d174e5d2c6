"""The ``summary.json`` that nnU-Net leaves beside its predictions, as a table of scores."""

import json
from pathlib import Path, PureWindowsPath
from typing import Any

import pandas as pd

from twinseg.core.errors import DataError
from twinseg.core.text import read_text


def read_summary(path: Path, notes: list[str]) -> pd.DataFrame:
    """Read the scores of every case; the means over cases in the file are not used.

    Returns:
        A column ``case``, from the names of the files, and one for each metric: ``Dice`` of a
        single label, ``Dice.1`` and so on of several.

    Raises:
        DataError: If it is no such file.
    """
    text, _ = read_text(path)
    try:
        rows = [_row(one) for one in _cases(json.loads(text))]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{path} is no summary.json of nnU-Net: no metric_per_case with metrics by label was "
            "found; give a table, one row per case"
        ) from error
    labels = {label for _, metrics in rows for label in metrics}
    notes.append(f"{path}: cases are named by the files predicted, scores are nnU-Net's")
    return pd.DataFrame(
        [
            {"case": case}
            | {
                metric if len(labels) == 1 else f"{metric}.{label}": value
                for label, of_label in metrics.items()
                for metric, value in of_label.items()
            }
            for case, metrics in rows
        ]
    )


def _cases(content: Any) -> list[dict[str, Any]]:
    """Of the second version, and of the first, which keeps labels beside the names of files."""
    if "metric_per_case" in content:
        return list(content["metric_per_case"])
    files = {"reference": "reference_file", "test": "prediction_file"}
    return [
        {files[key]: value for key, value in one.items() if key in files}
        | {"metrics": {key: value for key, value in one.items() if key not in files}}
        for one in content["results"]["all"]
    ]


def _row(one: dict[str, Any]) -> tuple[str, dict[str, dict[str, float]]]:
    name = PureWindowsPath(one.get("prediction_file") or one["reference_file"]).name
    for suffix in (".gz", ".nii", ".nrrd", ".mha", ".png", ".tif", ".tiff", ".npz"):
        name = name.removesuffix(suffix)
    metrics = {str(label): dict(values) for label, values in one["metrics"].items()}
    return name, metrics
