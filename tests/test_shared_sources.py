"""All real data through `twinseg prepare`, as a user types it."""

import json
from pathlib import Path

import pytest

from tests.commands import twinseg

pytestmark = pytest.mark.slow

CLASSES = ["--foreground", "3,4,5"]
PREPARED = [  # source, arguments, kind, cases, of these with an empty mask
    ("skin", [], "pairs", 858, 0),
    ("prostate", [], "pairs", 87, 0),
    ("glands", [], "pairs", 145, 0),
    ("kidney", [], "pairs", 660, 307),
    ("originals/skin", [], "isic", 4, 0),
    ("originals/prostate", CLASSES, "pairs", 3, 2),
    ("originals/prostate", ["--foreground", "nonzero"], "pairs", 3, 0),
    ("dicom/ibsi1_ct_phantom", [], "dicom", 60, 34),
    ("dicom/pycerr/pat_2", [], "dicom", 41, 34),
    ("dicom/ibsi_validation/STS_025", [], "dicom", 47, None),
    ("dicom/dcmqi_ct3slice_seg", ["--segment", "Liver"], "dicom", 3, 0),
    ("dicom/dcmqi_ct3slice_seg", ["--segment", "ORANGE"], "dicom", 3, 2),
    ("wsi", [], "slides", None, None),
]
REFUSED = [
    ("originals/prostate", "mask holds 3 values: 1 in 46.9 %"),
    ("dicom/dcmqi_ct3slice_seg", "choose with --segment LABEL"),
]


@pytest.mark.parametrize(("source", "arguments", "kind", "cases", "empty"), PREPARED)
def test_it_is_prepared_without_special_code(
    source: str,
    arguments: list[str],
    kind: str,
    cases: int | None,
    empty: int | None,
    shared: Path,
    tmp_path: Path,
) -> None:
    done = twinseg("prepare", shared / "data" / source, tmp_path / "set", *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "set" / "dataset.json").read_text())
    assert found["facts"]["kind"] == kind
    assert found["cases"] == cases if cases is not None else found["cases"] > 0
    assert empty is None or found["empty_masks"] == empty
    if source == "wsi":
        # One of them is DICOM, so all names are kept apart.
        apart = (tmp_path / "set-originals" / "left_out.csv").read_text()
        reason = "no annotation beside it; fine for prediction"
        assert f",CMU-1-Small-Region.svs,{reason}\n" in apart
        assert reason in {item["reason"] for item in found["left_out"]}


@pytest.mark.parametrize(("source", "said"), REFUSED)
def test_what_nobody_may_guess_is_asked(
    source: str, said: str, shared: Path, tmp_path: Path
) -> None:
    done = twinseg("prepare", shared / "data" / source, tmp_path / "set")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "set").exists()  # where DICOM is refused, the names lie beside
