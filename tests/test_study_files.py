"""The list of files of a finished study: what is absent or cut is named, and made anew."""

import os
import shutil
from pathlib import Path

import pytest

import twinseg
from tests.stages import without_report
from tests.toy_study import RUNS, Heard, results, run_toy
from twinseg.core.errors import StoreError
from twinseg.records.folders import StudyFolder
from twinseg.study.check_study import check_study
from twinseg.study.files import mend, read_files


@pytest.fixture
def out(calm: twinseg.Study, tmp_path: Path) -> Path:
    """A copy that shares its files with the study until they are replaced."""
    for ending in ("", "-originals"):
        shutil.copytree(
            f"{calm.folder}{ending}", tmp_path / f"study{ending}", copy_function=os.link
        )
    return tmp_path / "study"


def cut(file: Path) -> None:
    content = file.read_bytes()
    file.unlink()  # the study itself shares its bytes
    file.write_bytes(content[: len(content) // 2])


def first_png(folder: Path) -> Path:
    return sorted(folder.rglob("*.png"))[0]


def test_every_file_but_the_dataset_and_the_list_itself_is_on_the_list(
    calm: twinseg.Study, out: Path
) -> None:
    (out / "predictions" / "test" / "union" / "mine.png").write_text("mine")
    (out / "tables" / "mine.csv").write_text("mine")
    (out / "thesis.txt").write_text("precious")
    inside = {name for name in results(calm.folder) if not name.startswith(("dataset/", "."))}
    inside |= {"dataset/dataset.json"} | {f"runs/{run}/manifest.json" for run in RUNS}
    assert {*read_files(out)} == inside
    check_study(out, progress=Heard())  # what is not of twinseg is no matter


def test_check_names_every_file_that_is_gone_or_was_cut_or_changed(out: Path) -> None:
    mask, overlay = (
        first_png(out / "predictions" / "test" / "union"),
        first_png(out / "explanations"),
    )
    gone = [
        mask,
        first_png(out / "predictions" / "validation" / "mean"),
        out / "tables/comparisons.parquet",
    ]
    for file in gone:
        file.unlink()
    shorter = [out / "tables" / "scores.csv", out / "report" / "index.html", overlay]
    for file in shorter:
        cut(file)
    changed = out / "tables" / "doubt.csv"
    content = changed.read_text()
    changed.unlink()
    changed.write_text(content.replace("test", "TEST"))
    heard = Heard()
    with pytest.raises(
        StoreError, match=r"damaged in .*predictions/test/union, .*report/index\.html"
    ):
        check_study(out, progress=heard)
    wrong = [line for line in heard.lines if ": right" not in line]
    assert len(wrong) == 7
    said = "\n".join(wrong)
    for file in gone:
        assert f"{file} is not there; give the same command again" in said
    for file in shorter:
        assert f"{file} has {file.stat().st_size:,} bytes" in said
    assert f"{changed} holds other bytes than were written" in said


def test_the_same_command_makes_anew_what_follows_from_the_rest(
    calm: twinseg.Study, source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page takes longest and is drawn at every start.
    without_report(monkeypatch)
    for table in (out / "tables").glob("*.csv"):
        table.unlink()
    for file in ("tables/scores.parquet", "tables/rules.json", "tables/checksums.json"):
        cut(out / file)
    first_png(out / "predictions" / "test" / "union").unlink()
    cut(first_png(out / "predictions" / "validation" / "mean"))
    left = out / "runs" / f".{RUNS[1]}.training" / "kept.safetensors"
    left.parent.mkdir()
    left.write_bytes(b"of a process killed before it could remove this")
    heard = Heard()
    run_toy(source, out, heard)
    assert results(out) == results(calm.folder)
    assert read_files(out) == read_files(calm.folder)
    assert "made anew: tables/doubt.csv is not there" in heard.lines
    assert not left.parent.exists()


def test_what_the_networks_made_is_not_replaced_unasked(out: Path) -> None:
    probabilities = out / "predictions" / "test" / RUNS[0] / "probabilities" / "values.npy"
    cut(probabilities)
    cut(out / "tables" / "scores.csv")
    before = results(out)
    with pytest.raises(StoreError, match=r"values\.npy has .*; delete the folder .*/predictions"):
        mend(StudyFolder(out), RUNS, Heard())
    assert results(out) == before
    shutil.rmtree(out / "predictions" / "test" / RUNS[0])  # as the line says
    mend(StudyFolder(out), RUNS, Heard())


def test_a_damaged_overlay_makes_way_and_files_of_others_stay(out: Path) -> None:
    overlay, mask = (
        first_png(out / "explanations"),
        first_png(out / "predictions" / "test" / "union"),
    )
    cut(overlay)
    mine = out / "predictions" / "test" / "union" / "mine.txt"
    mine.write_text("precious")
    mend(StudyFolder(out), RUNS, Heard())
    assert not overlay.exists()
    mask.unlink()
    with pytest.raises(StoreError, match=r"holds files that are not of twinseg, such as .*mine"):
        mend(StudyFolder(out), RUNS, Heard())
    assert mine.read_text() == "precious"
