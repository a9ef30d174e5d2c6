"""`twinseg predict`: files of INPUT that are no pictures are counted, listed, and no failures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from tests.commands import twinseg_here as command
from tests.conftest import WritePairs
from tests.dicom_files import SHAPE, change, write_segmentation, write_series, write_structures
from tests.toy_study import Heard
from tests.untrained import SPEC, write_untrained
from twinseg.core.errors import DataError


def test_other_files_among_pictures_are_counted_and_listed_with_status_0(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    run, pairs = write_untrained(tmp_path / "run"), write_pairs(cases=2)
    for name in ("notes.txt", "sub/readme.md", "scan.PDF", "photo.heic", "x.Doe", "index.csv"):
        (pairs / "images" / name).parent.mkdir(exist_ok=True)
        (pairs / "images" / name).write_text("id,group\n")
    (pairs / "masks" / "case07.png").write_bytes((pairs / "masks" / "case01.png").read_bytes())
    done = command("predict", run, pairs, tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    said = (
        "other files: 6 (text: 2, PDF: 1, mask or picture that is not used: 1, picture of a format "
        "that is not read: 1, unknown: 1), listed in others.csv"
    )
    assert said in done.stdout.splitlines()
    assert said[1:] in (tmp_path / "out" / "index.html").read_text()
    listed = pd.read_csv(tmp_path / "out" / "others.csv").set_index("file")
    assert sorted(listed.index) == [
        *("images/notes.txt", "images/photo.heic", "images/scan.PDF", "images/sub/readme.md"),
        *("images/x.Doe", "masks/case07.png"),
    ]
    assert listed.loc["masks/case07.png", "reason"] == "no image"
    assert pd.read_csv(tmp_path / "out" / "failed.csv").empty
    with pytest.raises(DataError, match=r"notes\.txt holds no pictures"):
        twinseg.predict_files(run, pairs / "images" / "notes.txt", tmp_path / "other")


def test_objects_beside_a_series_that_are_no_references_are_listed_with_the_reason(
    tmp_path: Path,
) -> None:
    folder, heights_mm = tmp_path / "series", (0.0, 2.5, 5.0)
    write_series(folder, heights_mm)
    frames = [(1, (0, 0, height), np.ones(SHAPE)) for height in heights_mm]
    change(write_segmentation(folder / "seg.dcm", frames, labels=["x"]), SegmentSequence=None)
    write_structures(folder / "Doe.dcm", {"x": []}, frame="1.2.3", refers=False)
    change(write_structures(folder / "report.dcm", {}), SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11")
    spec = replace(SPEC, is_grey=True, of_dicom_files=True, window="-160,240")
    run, heard = write_untrained(tmp_path / "run", spec), Heard()
    done = twinseg.predict_files(run, folder, tmp_path / "out", progress=heard)
    assert (len(done.table), done.failed) == (3, ())
    listed = pd.read_csv(tmp_path / "out" / "others.csv", keep_default_na=False)
    assert sorted(listed["what"]) == ["DICOM without pixels", *["reference that is not used"] * 2]
    reasons = set(listed["reason"])
    assert reasons == {"", "its masks hold no"}
    assert not listed["file"].str.contains("Doe").any()
    (names,) = tmp_path.glob("out-originals/names.csv")
    truly = pd.read_csv(names, keep_default_na=False).set_index("file")
    assert set(truly.loc[["seg.dcm", "Doe.dcm"], "shown"]) < set(listed["file"])
    assert truly.loc["seg.dcm", "reason"] not in ("", "reference that is not used")


def test_which_file_a_picture_of_the_table_is_stands_beside_the_answers(tmp_path: Path) -> None:
    folder = tmp_path / "series"
    lowest, _, damaged = sorted(write_series(folder, (0.0, 2.5, 5.0)), reverse=True)
    change(damaged, PixelData=b"\0\0")
    spec = replace(SPEC, kind="dicom", window="-160,240")
    run = write_untrained(tmp_path / "run", spec)
    done = twinseg.predict_files(run, folder, tmp_path / "out")
    names = pd.read_csv(tmp_path / "out-originals" / "names.csv", keep_default_na=False)
    assert names.columns.tolist() == ["shown", "stack", "slice", "picture", "file", "reason"]
    read = names[names["picture"] != ""].set_index("picture")
    pd.testing.assert_series_equal(
        read["slice"].astype(int), done.table.set_index("picture")["slice"], check_dtype=False
    )
    assert set(names["stack"]) == set(done.volumes["stack"])
    assert read.loc[done.table["picture"][0], "file"] == str(lowest)
    ((failed, reason),) = done.failed
    (row,) = names[names["shown"] == failed].to_dict("records")
    assert (row["file"], row["picture"], row["reason"]) == (str(damaged), "", reason)
