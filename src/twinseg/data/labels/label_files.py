"""Labels on disk: a table per case, and everything else as JSON."""

from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.core.tables import read_table, write_table
from twinseg.data.labels.describe import LabelReport
from twinseg.data.labels.duplicates import Duplicate
from twinseg.data.labels.sentences import sentences


def write_labels(report: LabelReport, folder: Path) -> None:
    """Write ``labels.parquet``, the same as ``labels.csv``, and ``labels.json``."""
    write_table(folder / "labels.parquet", report.table, sealed=True)
    write_sealed(folder / "labels.json", as_json(report))


def read_labels(folder: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Read ``labels.json`` and ``labels.parquet`` as `write_labels` left them.

    Raises:
        StoreError: If one is absent or damaged.
    """
    file = folder / "labels.json"
    described = read_sealed(
        file,
        advice=f"delete {file} and give the same command again to make it anew",
    )
    return described, read_table(folder / "labels.parquet")


def as_json(report: LabelReport) -> dict[str, Any]:
    """Return all but the table in plain types; what is undefined is None."""
    ids, groups = (report.table[column].tolist() for column in ("case", "group"))

    def named(pair: Duplicate) -> dict[str, Any]:
        return {
            "first": ids[pair.first],
            "second": ids[pair.second],
            "first_group": groups[pair.first],
            "second_group": groups[pair.second],
            "similarity": pair.similarity,
        }

    content = {
        "dataset": report.dataset,
        "fingerprint": report.fingerprint,
        "cases": report.cases,
        "groups": report.groups,
        "empty_masks": report.empty_masks,
        "full_masks": report.full_masks,
        "touching_border": report.touching_border,
        "moments": {name: asdict(found) for name, found in report.moments.items()},
        "tests": [asdict(test) for test in report.tests],
        "rarest": [asdict(case) for case in report.rarest],
        "duplicates": [named(pair) for pair in report.duplicates],
        "near_duplicates": [named(pair) for pair in report.near_duplicates],
        "big_groups": [asdict(group) for group in report.big_groups],
        "sentences": sentences(report),
    }
    plain: dict[str, Any] = _without_nan(content)
    return plain


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
