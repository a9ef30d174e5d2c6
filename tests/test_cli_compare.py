"""`twinseg compare`: anyone's tables in, sentences, a table and a page out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from tests.commands import twinseg_here as command
from twinseg.comparison import holm, sentence
from twinseg.core.errors import ConfigError, DataError, StoreError


def table(shift: float, *, cases: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    dice = np.clip(0.7 + rng.normal(0, 0.1, cases) + shift + rng.normal(0, 0.01, cases), 0, 1)
    return pd.DataFrame(
        {
            "case": [f"c{n}" for n in range(cases)],
            "patient": [f"p{n // 2}" for n in range(cases)],
            "dice": dice,
            "time_s": 3 - dice,
            "site": ["a", "b"] * (cases // 2),
        }
    )


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """The second is better by a tenth, in another order of rows and another format."""
    table(0.0).to_csv(tmp_path / "old.csv", index=False)
    table(0.1).sample(frac=1, random_state=1).to_parquet(tmp_path / "new.parquet")
    return [tmp_path / "old.csv", tmp_path / "new.parquet"]


def test_second_minus_first_over_patients(two: list[Path]) -> None:
    found = twinseg.compare_files(two, group="patient", margin=0.02, rope=0.02)
    (one,) = found.pairs
    expected = (table(0.1)["dice"] - table(0.0)["dice"]).mean()
    assert one.mean_difference == pytest.approx(expected)
    assert (one.first, one.second, one.cases, one.groups) == ("old", "new", 24, 12)
    assert one.supplement.equivalence is not None
    assert one.supplement.bayes is not None
    (said,) = found.sentences
    assert said.startswith("`new` is better in dice.")
    assert twinseg.compare_files(two, group="patient").rows.equals(
        twinseg.compare_files(two, group="patient").rows
    )


def test_several_metrics_are_corrected_together(two: list[Path]) -> None:
    found = twinseg.compare_files(two, metric="dice, time_s", group="patient")
    raw = np.array([one.p_value for one in found.pairs])
    assert [one.p_adjusted for one in found.pairs] == holm(raw).tolist()
    assert found.rows["p_adjusted"].tolist() == holm(raw).tolist()
    assert found.pairs[1].higher_is_better is False
    assert found.sentences[1].startswith("`new` is better in time_s.")
    with pytest.raises(ConfigError, match="unknown correction 'none'; choose one of: bh, holm"):
        twinseg.compare_files(two, correction="none")


def test_strata_by_a_column_or_by_halves_of_a_number(two: list[Path]) -> None:
    pd.read_parquet(two[1]).drop(columns="time_s").to_parquet(two[1])
    by_site, by_time = (
        twinseg.compare_files(two, group="patient", strata=column).strata[0]
        for column in ("site", "time_s")
    )
    assert [part.name for part in by_site.strata] == ["a", "b"]
    assert [part.cases for part in by_site.strata] == [12, 12]
    median = f"{table(0.0)['time_s'].median():.2f}"
    assert {part.name for part in by_time.strata} == {
        f"up to the median {median}",
        f"above the median {median}",
    }
    with pytest.raises(DataError, match="no table has the column scanner; there are: case"):
        twinseg.compare_files(two, strata="scanner")


def test_one_table_of_several_models(tmp_path: Path) -> None:
    models = {"low": 0.0, "middle": 0.05, "high": 0.1}
    whole = pd.concat([table(shift).assign(model=name) for name, shift in models.items()])
    whole.to_csv(tmp_path / "scores.csv", index=False)
    file = [tmp_path / "scores.csv"]
    many = twinseg.compare_files(file, group="patient").many["dice"]
    assert many.models == ("high", "middle", "low")
    assert (many.groups, many.undefined) == (12, 0)
    pair = twinseg.compare_files(file, models=["low", "high"]).pairs[0]
    assert (pair.first, pair.second) == ("low", "high")
    with pytest.raises(ConfigError, match=r"unknown model of scores.csv 'best'; choose one of"):
        twinseg.compare_files(file, models=["low", "best"])
    with pytest.raises(DataError, match="holds 1 model: low; it takes two"):
        twinseg.compare_files(file, models=["low"])
    with pytest.raises(ConfigError, match="are for two models"):
        twinseg.compare_files(file, margin=0.1)


def test_cases_may_be_named_by_another_column_and_groups_be_missing(two: list[Path]) -> None:
    for path in two:
        read = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        read.rename(columns={"case": "image"}).to_csv(path.with_suffix(".csv"), index=False)
    files = [path.with_suffix(".csv") for path in two]
    notes = twinseg.compare_files(files).notes
    assert notes[0] == "cases are named by the column image"
    assert "each case counts as its own group" in notes[1]
    with pytest.raises(DataError, match=r"old lacks the column photo; it has: image"):
        twinseg.compare_files(files, case="photo")


def test_other_cases_are_refused_with_the_list(two: list[Path]) -> None:
    table(0.0, cases=22).to_csv(two[0], index=False)
    with pytest.raises(
        DataError, match="different cases: only old has none; only new has c22, c23"
    ):
        twinseg.compare_files(two)


def test_out_holds_table_json_and_page(two: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "compared"
    found = twinseg.compare_files(two, group="patient", out=out)
    assert {path.name for path in out.iterdir()} == {
        "comparisons.parquet",
        "comparisons.csv",
        "comparisons.json",
        "index.html",
    }
    assert json.loads((out / "comparisons.json").read_text())["sentences"] == found.sentences
    page = (out / "index.html").read_text()
    assert "new minus old" in page
    assert page.count("<svg") == 1
    with pytest.raises(StoreError, match="exists already"):  # before anything is read
        twinseg.compare_files([*two, tmp_path / "absent.csv"], out=out)


def test_the_command(two: list[Path]) -> None:
    done = command("compare", *two, "--metric", "dice", "--group", "patient")
    assert (done.returncode, done.stderr) == (0, "")
    assert "`new` is better in dice." in done.stdout
    for arguments, said in (
        (["--metric", "f1"], "twinseg: old lacks the column f1; it has: case"),
        (["--margin", "-1"], "twinseg: the margin must be above 0, got -1.0"),
    ):
        wrong = command("compare", *two, *arguments)
        assert wrong.returncode == 2
        assert wrong.stderr.startswith(said)
        assert len(wrong.stderr.splitlines()) == 1
    assert "Example: twinseg compare A.csv B.csv" in command("compare", "--help").stdout


def test_slips_are_refused(two: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no table has the column patinet; there are: case, pat"):
        twinseg.compare_files(two, group="patinet")
    with pytest.raises(ConfigError, match="old.csv is given twice; give other tables"):
        twinseg.compare_files([two[0], two[0]])
    percent = table(0.0)
    percent["dice"] *= 100
    percent.to_csv(tmp_path / "percent.csv", index=False)
    with pytest.raises(
        DataError, match="dice lies between .* in old and .* in percent: shares and"
    ):
        twinseg.compare_files([two[0], tmp_path / "percent.csv"])


def test_groups_without_a_whole_case_are_counted_by_friedman(tmp_path: Path) -> None:
    models = {name: table(shift) for name, shift in (("a", 0.0), ("b", 0.1), ("c", 0.05))}
    models["b"].loc[:1, "dice"] = np.nan  # both cases of p0
    for name, rows in models.items():
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    files = [tmp_path / f"{name}.csv" for name in models]
    (said,) = twinseg.compare_files(files, group="patient").sentences
    assert "over 11 groups (1 undefined)" in said


def test_a_verdict_follows_the_corrected_p_value(tmp_path: Path) -> None:
    # Six cases of one sign: raw p 2 / 2**6 = 0.031, after Holm over two metrics 0.0625.
    gain = np.array([0.10, 0.11, 0.12, 0.10, 0.11, 0.12])
    for name, more in (("a", 0.0), ("b", gain)):
        pd.DataFrame({
            "case": list("uvwxyz"), "dice": 0.5 + more, "iou": 0.4 + more, "time_s": 3 - more
        }).to_csv(tmp_path / f"{name}.csv", index=False)  # fmt: skip
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    (alone,) = twinseg.compare_files(files, margin=0.2).pairs
    both = twinseg.compare_files(files, metric="dice,iou", margin=0.2, correction="holm").pairs
    assert (alone.p_value, alone.is_clear) == (2 / 64, True)
    assert [(one.p_adjusted, one.is_clear) for one in both] == [(4 / 64, False)] * 2
    assert sentence(both[0]).startswith("No clear difference in dice")
    assert "after the correction of Holm over 2, which decides: Wilcoxon p = 0.0625" in sentence(
        both[0]
    )
    assert both[0].supplement.equivalence is not None
    assert both[0].supplement.equivalence.p_adjusted == pytest.approx(
        2 * both[0].supplement.equivalence.p_value
    )
    under_bh = twinseg.compare_files(files, metric="dice,iou", correction="bh").pairs
    assert [one.is_clear for one in under_bh] == [True, True]  # two of 0.031 stay 0.031


def test_strata_of_two_groups_show_no_interval(tmp_path: Path) -> None:
    # The mean of 0.1 and 0.101 is 0.1005. Shuffled over four groups, two strata of two: no p below
    # 1 / 3, whatever an interval says.
    for name, gains in (("a", [0.0] * 4), ("b", [0.10, 0.101, 0.2, 0.201])):
        pd.DataFrame({
            "case": list("wxyz"), "dice": 0.5 + np.array(gains), "site": ["s", "s", "t", "t"]
        }).to_csv(tmp_path / f"{name}.csv", index=False)  # fmt: skip
    found = twinseg.compare_files([tmp_path / "a.csv", tmp_path / "b.csv"], strata="site")
    (strata,) = found.strata
    assert strata.interaction.p_value > 0.3
    assert not strata.interaction.interval.is_known
    assert not strata.strata[0].mean.interval.is_known
    assert "s +0.101 (fewer than 6 groups: no interval, 2 cases of 2 groups" in strata.sentence
    assert "The strata do not clearly differ: strata shuffled over groups" in strata.sentence
