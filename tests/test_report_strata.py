"""The twins among small and large, frequent and rare cases."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.test_report import TWINS, make_study
from twinseg.core.tables import write_table
from twinseg.report.contents import read_contents
from twinseg.report.strata_section import twins_by_stratum


def test_halves_by_size_and_none_where_they_cannot_be_cut(tmp_path: Path) -> None:
    contents = read_contents(make_study(tmp_path, empty=False)[0])
    cases = [f"case {number}" for number in range(12)]
    labels = {"case": cases, "foreground_share": np.linspace(0.1, 0.9, 12), "rarity": [0.5] * 12}
    write_table(tmp_path / "tables" / "labels.parquet", pd.DataFrame(labels))
    dice = np.where(np.arange(12) < 6, 0.2, 0.8)  # the first twin is worse on small objects
    rows = [
        {"model": run, "case": case, "group": case, "dice": value}
        for run, values in zip(TWINS, (dice, np.full(12, 0.8)), strict=True)
        for case, value in zip(cases, values, strict=True)
    ]
    made = replace(contents, folder=tmp_path, scores=pd.DataFrame(rows))
    (by_size,) = twins_by_stratum(made)  # rarity is the same for all: it has no halves
    assert [by_size.second, by_size.first] == list(TWINS)
    means = {part.name: part.mean.value for part in by_size.strata}
    assert means == pytest.approx({"small objects": -0.6, "large objects": 0.0})
    labels["foreground_share"] = np.append(np.zeros(6), np.linspace(0.1, 0.6, 6))
    write_table(tmp_path / "tables" / "labels.parquet", pd.DataFrame(labels))
    (by_size,) = twins_by_stratum(made)
    assert [part.cases for part in by_size.strata] == [3, 3]  # no object is no small object
