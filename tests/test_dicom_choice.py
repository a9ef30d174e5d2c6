"""Which region is meant, and whose: names and numbers, commas, UIDs that are given out twice."""

import numpy as np
import pytest

from tests.dicom_files import (
    SHAPE,
    change,
    ct_slice,
    save,
    square,
    write_segmentation,
    write_series,
    write_structures,
)
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.sources.dicom import DICOM
from twinseg.records.source_settings import make_source_settings, rejoined


def area(source, roi):
    (unit,) = DICOM.find(source, make_source_settings(roi=roi)).units
    return sum(int(case.mask.sum()) for case in unit.read())


@pytest.fixture
def source(tmp_path):
    write_series(tmp_path / "ct", [0, 2, 4])
    return tmp_path


def test_a_name_and_a_number_are_told_apart(source):
    # numbers 1, 2, 3: the region named 2 has number 3
    regions = {"Liver": [square(1.5, 3.5, 2)], "GTV": [square(1.5, 4.5, 2)]}
    write_structures(source / "rt.dcm", regions | {"2": [square(1.5, 5.5, 2)]})
    assert area(source, "1") == 4  # nothing is named 1
    assert area(source, "3") == 16
    assert area(source, "number:2") == 9
    assert area(source, "name:2") == 16
    with pytest.raises(MaskValuesError, match=r"named 2 and one of that number.*--roi name:2"):
        DICOM.find(source, make_source_settings(roi="2"))


def test_a_name_that_is_its_own_number_is_one_region(source):
    write_structures(source / "rt.dcm", {"1": [square(1.5, 3.5, 2)], "b": [square(1.5, 4.5, 2)]})
    assert area(source, "1") == 4


@pytest.mark.parametrize(
    "asked", ["Kidney, left", '"Kidney, left"', "kidney,LEFT ", ("Kidney, left",)]
)
def test_names_with_commas(source, asked):
    regions = {"Kidney, left": [square(1.5, 3.5, 2)], "Kidney, right": [square(5.5, 8.5, 2)]}
    write_structures(source / "rt.dcm", regions | {"left": [square(10.5, 12.5, 2)]})
    assert area(source, asked) == 4
    assert area(source, "Kidney, left,Kidney, right") == 4 + 9
    assert area(source, "left") == 4


def test_what_a_comma_has_parted_is_joined_where_a_name_holds_it():
    known = ["Kidney, left", "Liver", "a,b,c"]
    assert rejoined(("kidney", "left", "Liver"), known) == ("Kidney, left", "Liver")
    assert rejoined(("a", "b", "c", "a", "b"), known) == ("a,b,c", "a", "b")
    assert rejoined(("left",), known) == ("left",)
    assert rejoined((), known) == ()


def two_patients(folder):
    """Two patients whose series and instances bear the same UIDs, each with a SEG of its own."""
    for patient, low in (("Ann", 2), ("Bob", 8)):
        paths = write_series(folder / patient[::-1], [0, 2, 4], series="same", patient=patient)
        for path in paths:
            change(path, PixelData=(np.full(SHAPE, low * 100, np.uint16)).tobytes())
        plane = np.zeros(SHAPE, np.uint8)
        plane[low : low + 2, 3:5] = 1
        seg = folder / patient[::-1] / "seg.dcm"
        frames = [(1, (0, 0, 2), plane)]
        write_segmentation(seg, frames, labels=["x"], series="same", patient=patient)


def test_patients_whose_uids_are_the_same_are_both_kept(tmp_path):
    two_patients(tmp_path)
    findings = DICOM.find(tmp_path, make_source_settings())
    assert findings.left_out == ()
    cases = [case for unit in findings.units for case in unit.read()]
    assert len({case.picture.group for case in cases}) == 2
    rows = {
        case.picture.group: np.flatnonzero(case.mask.any(axis=1))
        for case in cases
        if case.mask.any()
    }
    assert sorted(found.tolist() for found in rows.values()) == [[2, 3], [8, 9]]


def test_a_mask_that_refers_to_series_of_two_other_patients_is_refused(tmp_path):
    two_patients(tmp_path)
    change(tmp_path / "nnA" / "seg.dcm", PatientID="ID-Eve")
    findings = DICOM.find(tmp_path, make_source_settings())
    (refused,) = [item for item in findings.left_out if "seg" in item.file]
    assert "refers to a series of 2 patients and is of none of them" in refused.reason


def test_a_copy_is_one_only_if_its_pixels_are(source):
    (source / "copies").mkdir()
    first = sorted((source / "ct").iterdir())[0]
    (source / "copies" / "a.dcm").write_bytes(first.read_bytes())
    other = ct_slice(np.full(SHAPE, 7), number=1, position_mm=(0, 0, 6))
    save(other, source / "copies" / "b.dcm")  # the UIDs of the first, other pixels
    write_structures(source / "rt.dcm", {"a": [square(1.5, 3.5, 2)]})
    findings = DICOM.find(source, make_source_settings())
    (copy,) = findings.left_out
    assert copy.reason == "is a copy of another file (same UIDs, same pixels)"
    assert sum(len(list(unit.read())) for unit in findings.units) == 4


def test_a_folder_copied_whole_is_one_with_its_regions(source):
    write_structures(source / "rt.dcm", {"a": [square(1.5, 3.5, 2)]})
    for path in [*(source / "ct").iterdir(), source / "rt.dcm"]:
        (source / "copy").mkdir(exist_ok=True)
        (source / "copy" / path.name).write_bytes(path.read_bytes())
    assert area(source, "") == 4
    reasons = {item.reason for item in DICOM.find(source, make_source_settings()).left_out}
    assert all(reason.startswith("is a copy of another file") for reason in reasons)
    assert len(reasons) == 2  # of slices, of regions


def test_a_mask_of_another_patient_by_its_tags_is_said(source):
    path = write_structures(source / "rt.dcm", {"a": [square(1.5, 3.5, 2)]})
    assert not any("another patient" in n for n in DICOM.find(source, make_source_settings()).notes)
    change(path, PatientID="ID-Eve")
    assert any("another patient" in n for n in DICOM.find(source, make_source_settings()).notes)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            "GTV, lef",
            r"no region is called 'lef' \(--roi\); there are GTV \(number 1\), GTV, left ",
        ),
        ("GTV,livre", r"'livre' .*; did you mean Liver\?$"),
        ("GTV,99", "no region is called '99'"),
        ("GTV,number:9", "no region is called 'number:9'"),
    ],
)
def test_a_name_that_nothing_has_beside_one_that_is_there_stops(source, asked, said):
    regions = {"GTV": [square(1.5, 3.5, 2)], "GTV, left": [square(5.5, 8.5, 2)]}
    write_structures(source / "rt.dcm", regions | {"Liver": [square(9.5, 11.5, 2)]})
    with pytest.raises(DataError, match=said) as caught:
        DICOM.find(source, make_source_settings(roi=asked))
    assert "\n" not in str(caught.value)
    assert area(source, "GTV,Liver") == 8


def test_a_segment_that_one_series_lacks_is_counted_and_one_that_all_lack_stops(tmp_path):
    plane = np.zeros(SHAPE, np.uint8)
    plane[2:4, 3:5] = 1
    for patient, labels in (("Ann", ["liver", "spleen"]), ("Bob", ["liver"])):
        write_series(tmp_path / patient, [0, 2], series=patient, patient=patient)
        frames = [(number, (0, 0, 2), plane) for number in range(1, len(labels) + 1)]
        write_segmentation(
            tmp_path / patient / "seg.dcm", frames, labels=labels, series=patient, patient=patient
        )
    findings = DICOM.find(tmp_path, make_source_settings(segment="liver,spleen"))
    said = [note for note in findings.notes if "counts as not there" in note]
    (note,) = said
    assert note.startswith("1 of 2 series without --segment spleen, which counts as not there")
    assert len(findings.units) == 2
    for asked in ("liver,splen", "1,99"):
        with pytest.raises(
            DataError, match=r"no segment is called .* there are liver \(number 1\)"
        ):
            DICOM.find(tmp_path, make_source_settings(segment=asked))
