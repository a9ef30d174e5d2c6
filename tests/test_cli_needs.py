"""`twinseg needs`: studies with less data in, what more would bring out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from tests.commands import twinseg_here as command
from twinseg.core.errors import ConfigError, DataError, StoreError

SIZES = (25, 50, 100, 200)
# dice = 0.9 - 2 / size: 0.89 at 200, 0.895 at 400; 0.88 takes 100 cases.


def table(size: int, *, gain: float = 0.0, cases: int = 30) -> pd.DataFrame:
    rng = np.random.default_rng(0)  # the same luck of each case in every study
    luck = rng.normal(0, 0.01, cases)
    rows = {
        "case": [f"c{n}" for n in range(cases)],
        "group": [f"p{n // 2}" for n in range(cases)],
        "train_cases": size,
        "dice": 0.9 - 2 / size + gain + luck - luck.mean(),
    }
    return pd.DataFrame(rows)


def study(folder: Path, size: int) -> Path:
    """As a study lays its scores down: twins and a rule."""
    twins = [table(size, gain=g).assign(init=i, kind="run") for i, g in (("a", 0.0), ("b", -0.1))]
    rule = table(size, gain=0.05).assign(init="", kind="rule")
    (folder / "tables").mkdir(parents=True)
    pd.concat([*twins, rule]).to_parquet(folder / "tables" / "scores.parquet")
    return folder


@pytest.fixture
def studies(tmp_path: Path) -> list[Path]:
    return [study(tmp_path / f"study-{size}", size) for size in SIZES]


def test_the_law_of_the_tables_is_found_for_each_twin(studies: list[Path]) -> None:
    found = twinseg.data_needs(studies, wished=0.88)
    assert list(found.curves) == ["a", "b"]  # rules are no runs
    assert found.more["a"].train_cases == 400
    assert found.more["a"].expected == pytest.approx(0.895, abs=1e-3)
    assert found.more["b"].expected == pytest.approx(0.795, abs=1e-3)
    assert found.wished["a"].train_cases == pytest.approx(100, abs=1)
    assert found.wished["b"].train_cases is None
    assert any("levels off at 0.800: it takes other data" in said for said in found.sentences)
    assert all("One seed" in said for said in found.sentences)
    assert found.rows.shape[0] == 8
    again = twinseg.data_needs(studies, wished=0.88)
    assert again.sentences == found.sentences


def test_cases_that_are_not_in_every_study_are_left_out_and_said(tmp_path: Path) -> None:
    files = []
    for size in SIZES:
        rows = table(size).iloc[2 * (size == 25) :]
        rows.to_csv(tmp_path / f"{size}.csv", index=False)
        files.append(tmp_path / f"{size}.csv")
    found = twinseg.data_needs(files)
    assert found.notes == ("all: 2 cases have no dice in some run: left out",)
    assert found.curves["all"].groups == 14


def test_on_the_command_line_with_a_page(studies: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "needs"
    done = command("needs", *studies, "--wished", "0.88", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "a: A dice of 0.880 takes about" in done.stdout
    assert done.stdout.splitlines()[-1] == f"page: {out / 'index.html'}"
    page = (out / "index.html").read_text()
    assert "<svg" in page
    assert "What more data would bring" in page
    assert len(pd.read_parquet(out / "learning_curves.parquet")) == 8
    with pytest.raises(StoreError, match="exists already"):
        twinseg.data_needs(studies, out=out)


def test_wrong_input_is_one_line(studies: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="takes 3 numbers of training cases or more"):
        twinseg.data_needs(studies[:2])
    with pytest.raises(ConfigError, match=r"study-25 is given 2 times; name each"):
        twinseg.data_needs([*studies, studies[0]])
    for size in SIZES:
        rows = table(size)
        rows.assign(dice=100 * rows["dice"]).to_csv(tmp_path / f"{size}.csv", index=False)
    with pytest.raises(DataError, match="goes up to 8.*; a learning curve takes scores of at most"):
        twinseg.data_needs([tmp_path / f"{size}.csv" for size in SIZES])
    table(25).drop(columns="train_cases").to_csv(tmp_path / "old.csv", index=False)
    with pytest.raises(DataError, match="has no column train_cases; there are: case, group, dice"):
        twinseg.data_needs([tmp_path / "old.csv"])
    with pytest.raises(ConfigError, match="less is better"):
        twinseg.data_needs(studies, metric="hausdorff95")
    with pytest.raises(ConfigError, match="between 0 and 1, got 90"):
        twinseg.data_needs(studies, wished=90.0)
    with pytest.raises(DataError, match="absent is no study folder and no table"):
        twinseg.data_needs([tmp_path / "absent"])
