"""A pair on real photographs: its numbers as they were stored, and the same bits when run again.

Trained here, so that the numbers differ a little between processors. A change that means to
change them says so: ``TWINSEG_STORE=1 pytest tests/test_stored_real.py`` stores anew.
"""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

import twinseg
from tests.stages import without_report
from tests.toy_study import results
from twinseg.core.tables import read_table
from twinseg.records.folders import StudyFolder

STORED = Path(__file__).parent / "stored_numbers" / "real"
CASES = 40
WHAT = {  # of each table: what a row is of, and its numbers
    "score_summaries": (["model", "metric", "cases_of"], ["mean", "low", "high"]),
    "comparisons": (["first", "second", "metric"], ["mean_difference", "low", "high", "p_value"]),
}
APART = {"p_value": 0.1, "hausdorff95": 0.5}  # at most; the latter in pixels
APART_AT_MOST = 0.01


def write_skin(shared: Path, folder: Path) -> Path:
    """Copy the first photographs of the shared set."""
    index = pd.read_csv(shared / "data" / "skin" / "index.csv").head(CASES)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
        for case_id in index["id"]:
            (file,) = (shared / "data" / "skin" / part).glob(f"{case_id}.*")
            shutil.copy(file, folder / part)
    index.to_csv(folder / "index.csv", index=False)
    return folder


def run_pair(source: Path, out: Path, weights: Path) -> None:
    settings = {"encoder": "mobilenet_v2", "size": 64, "epochs": 2, "batch_size": 8}
    settings |= {"evidence_cases": 2, "test_fraction": 0.5}
    twinseg.run(source, out, weights_dir=weights, device="cpu", **settings)


def numbers(out: Path, name: str) -> pd.DataFrame:
    """Return the numbers of a table in long form: one row a number."""
    rows, values = WHAT[name]
    table = read_table(StudyFolder(out).table(name))[[*rows, *values]]
    return table.melt(id_vars=rows, var_name="number")


@pytest.mark.slow
def test_a_pair_on_real_photographs_has_the_numbers_that_were_stored(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_report(monkeypatch)
    source = write_skin(shared, tmp_path / "skin")
    for out in ("one", "other"):
        run_pair(source, tmp_path / out, shared / "weights")
    assert results(tmp_path / "one") == results(tmp_path / "other")
    for name in WHAT:
        found, file = numbers(tmp_path / "one", name), STORED / f"{name}.csv"
        if os.environ.get("TWINSEG_STORE"):
            STORED.mkdir(exist_ok=True)
            found.to_csv(file, index=False)
        stored = pd.read_csv(file)
        pd.testing.assert_frame_equal(found.drop(columns="value"), stored.drop(columns="value"))
        assert (found["value"].isna() == stored["value"].isna()).all()
        apart = (found["value"] - stored["value"]).abs()
        most = [
            APART.get(number, APART.get(metric, APART_AT_MOST))
            for metric, number in found[["metric", "number"]].to_numpy()
        ]
        assert (apart.fillna(0) <= most).all(), found.assign(apart=apart)[apart > most]
