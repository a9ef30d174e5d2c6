"""The tables beside the scores that every report reads, made up where a study would measure."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.core.arrays import Indices
from twinseg.core.progress import Silent
from twinseg.core.tables import write_table
from twinseg.data.prepared import PreparedDataset
from twinseg.ensemble.rules_file import write_learnt
from twinseg.metrics.detail_tables import group_table, lesion_table
from twinseg.metrics.stacks import stack_table
from twinseg.prediction.predictions import Predictions
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import read_settings
from twinseg.study.finding_stages import FINDING_STAGES, LOOKS
from twinseg.study.inspect import describe
from twinseg.study.open_study import OpenStudy

JUDGED = ("deletion", "deletion_random", "deletion_edges", "insertion", "insertion_random",
          "randomised", "max_sensitivity")  # fmt: skip
ORDERS = ("random-target", "edges-target", "random-non-target", "edges-non-target")
CONTROLLED = ("risk", "alpha", "price", "is_reachable", "test_groups", "test_risk", "low", "high",
              "level")  # fmt: skip


def write_tables(
    out: Path,
    data: PreparedDataset,
    test: Indices,
    predictions: Sequence[Predictions],
    scores: pd.DataFrame,
    maps: Sequence[str],
) -> None:
    """Write labels, details, rules and evidence of a study of two twins and some rules."""
    tables = out / "tables"
    twins = [one.model for one in predictions if one.kind == "run"]
    cases = [data.dataset.cases[position].id for position in test]
    describe(data, tables, Silent())
    surfaces = stack_table(predictions, data, test, tolerance_mm=2.0, progress=Silent())
    groups = group_table(scores).merge(surfaces, on=["model", "group"], how="left")
    made = {
        "lesions": lesion_table(predictions, data, test, Silent()),
        "groups": groups,
        "calibration": _each(twins, [{"pixels": 9, "mean_probability": 0.5}]).assign(
            foreground_share=0.4
        ),
        "thresholds": _each(twins, [{"threshold": 0.5, "best": True}]),
        "ceiling": pd.DataFrame({"model": [one.model for one in predictions]}).assign(
            ceiling=0.8, gap=0.1, share_of_gap=0.5, low=np.nan, high=np.nan, level=0.95
        ),
        "doubt": pd.DataFrame({"case": cases, "split": "test"}).assign(
            disagreement=0.1, uncertainty=0.2
        ),
        "risk_control": pd.DataFrame(columns=list(CONTROLLED)),
        "risk_coverage": pd.DataFrame(columns=["model", "doubt"]),
        "risk_curves": pd.DataFrame(columns=["model", "doubt", "coverage", "mean_error"]),
    } | _evidence(twins, cases, maps)
    for name, table in made.items():
        write_table(tables / f"{name}.parquet", table)
    chosen = {"says": "`chosen` falls back", "candidates": [one.model for one in predictions]}
    learnt = {"weights": {}, "chosen": chosen, "better_twin": twins[0]}
    write_learnt(tables / "rules.json", learnt)
    find(out, data)


def find(out: Path, data: PreparedDataset) -> None:
    """Write the findings of a study, as it does itself."""
    files = StudyFolder(out)
    study = OpenStudy(files, read_settings(files.settings), data.folder)
    vars(study)["data"] = data
    for stage in FINDING_STAGES:
        stage.work(study, None, Silent())


def _evidence(
    twins: Sequence[str], cases: Sequence[str], maps: Sequence[str]
) -> dict[str, pd.DataFrame]:
    numbers = dict.fromkeys((*LOOKS, *JUDGED), 0.5)
    rows = [
        {"map": name, "layer": name.split("-")[1], "region": name.split("-", 2)[2]}
        | {"case": case, "group": case, "distance_unit": "px"}
        | numbers
        for name in maps
        for case in cases
    ]
    lines = [
        {"map": name, "curve": curve, "at": at, "case": cases[0], "value": 1 - at}
        for name in (
            *maps,
            "random-target",
            "edges-target",
            "random-non-target",
            "edges-non-target",
        )
        for curve in ("deletion", "insertion", "randomised")
        for at in (0.0, 1.0)
    ]
    alike = {"rank_correlation": 0.5, "top_agreement": 0.5, "mean_absolute_difference": 0.1}
    return {
        "explanations": _each(twins, rows),
        "explanation_curves": _each(twins, lines),
        "twin_maps": pd.DataFrame(
            [{"map": name, "case": case} | alike for name in maps for case in cases]
        ),
    }


def _each(models: Sequence[str], rows: Sequence[dict]) -> pd.DataFrame:
    return pd.DataFrame([{"model": model} | row for model in models for row in rows])
