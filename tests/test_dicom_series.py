"""A tree of DICOM files becomes series in the right order, whatever the files are called."""

import hashlib
import pickle
import shutil

import numpy as np
import pydicom
import pytest

from tests.dicom_files import (
    SHAPE,
    ct_slice,
    dataset_of,
    put_pixels,
    save,
    square,
    uid,
    write_series,
    write_structures,
)
from twinseg.core.errors import DataError
from twinseg.data.sources.dicom import DICOM
from twinseg.images.dicom.slice_pictures import FrameOrigin
from twinseg.images.formats import picture_at
from twinseg.images.window import Window
from twinseg.records.source_settings import SourceSettings

WIDE = SourceSettings(window="-1000,1000", roi=("target",))


@pytest.fixture
def tree(tmp_path):
    """Five slices at 0..8 mm, with a region on the lowest and the highest."""
    source = tmp_path / "source"
    write_series(source / "slices", [0, 2, 4, 6, 8])
    regions = {"target": [square(1.5, 5.5, 0), square(1.5, 7.5, 8)]}
    write_structures(source / "regions.dcm", regions)
    return source


def cases_of(source, settings=WIDE):
    return [case for unit in DICOM.find(source, settings).units for case in unit.read()]


def hounsfield(case):
    """The value in the corner of a slice; the window makes 2000 HU of 255 steps."""
    return case.picture.pixels[0, 0, 0] / 255 * 2000 - 1000


def test_what_it_sees(tree):
    assert DICOM.sees(tree) == "1 DICOM series of 1 patient"
    write_series(tree / "other", [0, 2], series="b", patient="Roe")
    assert DICOM.sees(tree) == "2 DICOM series of 2 patients"


def test_slices_come_by_position_against_file_name_and_instance_number(tree):
    cases = cases_of(tree)
    group = cases[0].picture.group
    assert [case.picture.id for case in cases] == [
        f"{group}-s1-000{number}" for number in range(1, 6)
    ]
    heights = [hounsfield(case) for case in cases]
    assert np.allclose(heights, [0, 2, 4, 6, 8], atol=5)
    assert [int(case.mask.sum()) for case in cases] == [16, 0, 0, 0, 36]
    assert {case.picture.spacing_mm for case in cases} == {(1.0, 1.0)}


def test_names_of_files_and_folders_change_nothing(tree, tmp_path):
    other = tmp_path / "other"
    for number, path in enumerate(sorted(tree.rglob("*.dcm"), reverse=True)):
        folder = other / str(number % 3)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / f"IM{(number * 7) % 11}")  # without suffix
    first, second = cases_of(tree), cases_of(other)
    assert [case.picture.id for case in first] == [case.picture.id for case in second]
    for one, two in zip(first, second, strict=True):
        assert np.array_equal(one.picture.pixels, two.picture.pixels)
        assert np.array_equal(one.mask, two.mask)


def test_two_series_in_one_folder_are_told_apart(tree):
    write_series(tree / "slices", [0, 2, 4], series="b")
    write_structures(tree / "second.dcm", {"target": [square(1.5, 3.5, 2)]}, series="b")
    cases = cases_of(tree)
    assert len({case.picture.group for case in cases}) == 1  # one patient
    counts = {number: sum(f"-s{number}-" in case.picture.id for case in cases) for number in (1, 2)}
    assert sorted(counts.values()) == [3, 5]


def test_units_can_be_sent_to_another_process(tree):
    (unit,) = DICOM.find(tree, WIDE).units
    again = pickle.loads(pickle.dumps(unit))
    assert again == unit
    assert [case.picture.id for case in again.read()] == [case.picture.id for case in unit.read()]
    assert set(unit.files) == set(tree.rglob("*.dcm"))


def test_a_long_series_is_cut_into_parts(tmp_path):
    write_series(tmp_path / "slices", range(130))
    write_structures(tmp_path / "regions.dcm", {"target": [square(1.5, 5.5, 100)]})
    units = DICOM.find(tmp_path, WIDE).units
    assert [len(unit.pictures.slices) for unit in units] == [64, 64, 2]
    assert len({unit.name for unit in units}) == 3
    cases = cases_of(tmp_path)
    assert len(cases) == 130
    assert [case.picture.id[-4:] for case in cases if case.mask.any()] == ["0101"]


def test_missing_and_doubled_slices_and_a_tilted_gantry_are_said(tmp_path):
    write_series(tmp_path / "slices", [0, 2, 4, 8, 10])
    twin = ct_slice(np.zeros(SHAPE), number=9, position_mm=(0, 0, 4))
    save(twin, tmp_path / "slices" / "twin.dcm")
    write_structures(tmp_path / "regions.dcm", {"target": [square(1.5, 5.5, 4)]})
    notes = "\n".join(DICOM.find(tmp_path, WIDE).notes)
    assert "missing in 1 place (steps of up to 4 mm where 2 mm is usual)" in notes
    assert "1 slice at a position that another slice has" in notes
    assert "tilted" not in notes
    assert [int(case.mask.sum()) for case in cases_of(tmp_path)] == [0, 0, 16, 16, 0, 0]


def test_a_tilted_gantry_is_said_in_degrees(tmp_path):
    for number in range(4):
        # each slice 10 mm up and 10 mm aside: 45 degrees
        dataset = ct_slice(
            np.zeros(SHAPE), number=number, position_mm=(0, 10 * number, 10 * number)
        )
        save(dataset, tmp_path / f"{number}.dcm")
    write_structures(tmp_path / "regions.dcm", {"target": [square(1.5, 5.5, 0)]})
    assert any("tilted by 45 degrees" in note for note in DICOM.find(tmp_path, WIDE).notes)


def test_slices_of_another_orientation_are_a_stack_of_their_own(tree):
    coronal = ct_slice(np.zeros(SHAPE), number=50, orientation=(1, 0, 0, 0, 0, -1))
    save(coronal, tree / "slices" / "coronal.dcm")
    cases = cases_of(tree)
    assert len(cases) == 5
    left = DICOM.find(tree, WIDE).left_out
    assert any("not parallel to the slices" in item.reason for item in left)


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "scout"),
        ({"RescaleSlope": None}, "no Hounsfield units"),
        ({"ImagePositionPatient": None}, "does not say where it lies"),
        ({"PixelSpacing": None}, "how large a pixel"),
        ({"PixelSpacing": [0, 1]}, "how large a pixel"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "not at right angles"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "expected MONOCHROME"),
        ({"NumberOfFrames": 4}, "4 frames and does not say where"),
        ({"BitsStored": 17}, "17 bits stored in 16"),
    ],
)
def test_what_is_no_slice_is_left_out_with_the_reason(tree, elements, reason):
    save(ct_slice(np.zeros(SHAPE), number=99, **elements), tree / "slices" / "odd.dcm")
    (item,) = DICOM.find(tree, WIDE).left_out
    assert item.file == "slices/odd.dcm"
    assert reason in item.reason
    assert len(cases_of(tree)) == 5


@pytest.mark.parametrize("kept_bytes", [0, 100, 300, 700, -10])
def test_a_file_cut_short_costs_one_slice(tree, kept_bytes):
    path = sorted((tree / "slices").iterdir())[2]
    path.write_bytes(path.read_bytes()[:kept_bytes])
    findings = DICOM.find(tree, WIDE)
    read = [case for unit in findings.units for case in unit.read()]
    left = [*findings.left_out, *(item for item in read if hasattr(item, "reason"))]
    assert [item.file for item in left] == [f"slices/{path.name}"]
    assert len(read) - (len(left) - len(findings.left_out)) == 4


def test_absurd_sizes_are_refused_before_anything_is_decoded(tree):
    path = sorted((tree / "slices").iterdir())[2]
    dataset = pydicom.dcmread(path)
    dataset.Rows = dataset.Columns = 60000
    dataset.save_as(path)
    origin = FrameOrigin(path.relative_to(tree).as_posix(), 0, Window(-160.0, 240.0))
    with pytest.raises(DataError, match="no scanner has that"):
        picture_at(tree, origin)
    # Not even an empty mask is made: of this size it takes 3.6 GB.
    (left_out,) = DICOM.find(tree, WIDE).left_out
    assert left_out.reason == "declares 60000x60000 pixels; no scanner has that"


def test_copies_of_a_slice_are_left_out(tree):
    first = sorted((tree / "slices").iterdir())[0]
    shutil.copy(first, tree / "slices" / "zz_copy.dcm")
    (item,) = DICOM.find(tree, WIDE).left_out
    assert item.file == "slices/zz_copy.dcm"
    assert "copy" in item.reason


def test_pictures_are_shown_again_from_their_origin(tree):
    for case in cases_of(tree):
        assert (picture_at(tree, case.picture.origin) == case.picture.pixels).all()


def write_directory(tree, names, **offsets):
    directory = dataset_of("1.2.840.10008.1.3.10", "", series="d", patient="Doe")
    records = [pydicom.Dataset() for _ in names]
    for record, name in zip(records, names, strict=True):
        record.ReferencedFileID = name
        for keyword, value in offsets.items():
            setattr(record, keyword, value)
    directory.DirectoryRecordSequence = records
    save(directory, tree / "DICOMDIR")


def test_a_dicomdir_is_a_flat_list(tree):
    names = [f"IM{number}" for number in range(5)]
    for name, path in zip(names, sorted((tree / "slices").iterdir()), strict=True):
        path.rename(tree / name)
    write_directory(tree, names)
    (tree / "IM2").unlink()
    for source in (tree, tree / "DICOMDIR"):
        assert DICOM.sees(source) == "1 DICOM series of 1 patient"
        (item,) = DICOM.find(source, WIDE).left_out
        assert (item.file, item.reason) == ("IM2", "is named in the DICOMDIR and missing")
        cases = cases_of(source)
        assert len(cases) == 4
        assert (picture_at(source, cases[0].picture.origin) == cases[0].picture.pixels).all()


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")  # that is what it is about
def test_a_cyclic_dicomdir_does_no_harm(tree):
    offsets = "OffsetOfTheNextDirectoryRecord", "OffsetOfReferencedLowerLevelDirectoryEntity"
    write_directory(tree, [["..", "..", "etc", "passwd"]] * 2, **dict.fromkeys(offsets, 400))
    findings = DICOM.find(tree, WIDE)
    assert not findings.left_out
    assert len(findings.units) == 1


def test_pairs_and_slides_are_other_kinds(tree, tmp_path):
    pairs = tmp_path / "pairs"
    shutil.copytree(tree / "slices", pairs / "images")
    (pairs / "masks").mkdir()
    (pairs / "masks" / "a001.png").write_bytes(b"")
    assert DICOM.sees(pairs) == ""
    slide = dataset_of("1.2.840.10008.5.1.4.1.1.77.1.6", "SM", series="s", patient="Doe")
    put_pixels(slide, np.zeros(SHAPE, np.uint8))
    save(slide, tmp_path / "slides" / "slide.dcm")
    assert DICOM.sees(tmp_path / "slides") == ""


def test_a_series_without_mask_is_left_out(tree):
    write_series(tree / "plain", [0, 1, 2], series="b", patient="Roe")
    (item,) = DICOM.find(tree, WIDE).left_out
    assert item.file == "plain"
    assert "3 CT slices has no mask" in item.reason


def test_nothing_with_a_mask_is_an_error(tmp_path):
    write_series(tmp_path / "plain", [0, 1, 2])
    with pytest.raises(DataError, match="no DICOM series of .* has a mask that can be used"):
        DICOM.find(tmp_path, WIDE)


def test_groups_are_salted_hashes(tree):
    (unit,) = DICOM.find(tree, WIDE).units
    salted = "\n".join(["id ID-Doe", uid("series", "a")])
    assert unit.pictures.group == "patient-" + hashlib.sha256(salted.encode()).hexdigest()[:10]
    (unit,) = DICOM.find(tree, WIDE.model_copy(update={"keep_ids": True})).units
    assert unit.pictures.group == "ID-Doe"


def test_share_of_empty_slices(tree):
    for share, expected in ((0.0, ["0001", "0005"]), (1 / 3, ["0001", "0003", "0005"])):
        settings = WIDE.model_copy(update={"empty_slices": share})
        assert [case.picture.id[-4:] for case in cases_of(tree, settings)] == expected
        assert DICOM.find(tree, settings).empty_slices == (round(3 * share), 3)
