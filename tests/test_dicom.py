"""The door to pydicom: what is written is what is read; anything else is refused in one line."""

import numpy as np
import pydicom
import pytest

from twinseg.core.errors import DataError
from twinseg.images.dicom.ct_slice_file import SlicePlace, write_ct_slice
from twinseg.images.dicom.one_slice import read_slice

PLACE = SlicePlace(
    series="a series",
    number=3,
    position_mm=(-10.0, -20.0, 35.5),
    spacing_mm=(0.8, 0.7),
    thickness_mm=5.0,
)


@pytest.fixture
def hounsfield():
    """Two rows of three pixels: the lowest and the highest value, air, fat, water, and a half."""
    return np.array([[-1024, 3071, -1000], [-105, 0, 40.4]], dtype=np.float32)


@pytest.fixture
def written(tmp_path, hounsfield):
    path = tmp_path / "slice.dcm"
    write(path, hounsfield)
    return path


def write(path, hounsfield):
    write_ct_slice(
        path,
        hounsfield,
        place=PLACE,
        patient_id="patient 1",
        patient_name="Phantom^Kidney",
        body_part="ABDOMEN",
    )


def change(path, **elements):
    """Overwrite elements of a DICOM file; None deletes."""
    dataset = pydicom.dcmread(path)
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path)


def test_what_is_written_is_what_is_read(written):
    read = read_slice(written)
    assert read.hounsfield.dtype == np.float32
    assert read.hounsfield.tolist() == [[-1024, 3071, -1000], [-105, 0, 40]]
    assert read.spacing_mm == (0.8, 0.7)
    assert read.body_part == "ABDOMEN"
    assert read.series_uid == pydicom.dcmread(written).SeriesInstanceUID


def test_values_beyond_twelve_bits_are_cut_off(tmp_path):
    write(tmp_path / "bright.dcm", np.array([[-2000.0, 9000.0]], dtype=np.float32))
    assert read_slice(tmp_path / "bright.dcm").hounsfield.tolist() == [[-1024, 3071]]


def test_same_slice_same_bytes(tmp_path, written, hounsfield):
    write(tmp_path / "again.dcm", hounsfield)
    assert (tmp_path / "again.dcm").read_bytes() == written.read_bytes()


def test_the_file_says_what_a_ct_slice_must_say(written):
    dataset = pydicom.dcmread(written)
    assert dataset.SOPClassUID == pydicom.uid.CTImageStorage
    assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
    assert dataset.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert (dataset.Modality, dataset.InstanceNumber) == ("CT", 3)
    assert dataset.ImagePositionPatient == [-10, -20, 35.5]
    assert dataset.ImageOrientationPatient == [1, 0, 0, 0, 1, 0]
    assert len({dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID}) == 3


def test_slope_and_intercept_of_other_scanners_are_used(written):
    change(written, RescaleSlope=2, RescaleIntercept=-3000)
    # stored = HU + 1024 = 1024 for water; 2 * 1024 - 3000
    assert read_slice(written).hounsfield[1, 1] == -952


def test_monochrome1_is_about_display_and_changes_no_hounsfield_units(written, hounsfield):
    change(written, PhotometricInterpretation="MONOCHROME1")
    assert read_slice(written).hounsfield.tolist() == np.rint(hounsfield).tolist()


def test_what_the_file_does_not_say_is_not_made_up(written):
    change(written, PixelSpacing=None, BodyPartExamined=None, SeriesInstanceUID=None)
    read = read_slice(written)
    assert (read.spacing_mm, read.body_part, read.series_uid) == (None, "", "")


def test_a_text_file_is_refused(tmp_path):
    path = tmp_path / "notes.dcm"
    path.write_text("not a picture\n" * 40)
    with pytest.raises(DataError, match=r"cannot read .*notes\.dcm as DICOM") as refused:
        read_slice(path)
    assert "\n" not in str(refused.value)


def test_a_file_cut_short_is_refused(written):
    written.write_bytes(written.read_bytes()[:-6])
    with pytest.raises(DataError, match=r"slice\.dcm"):
        read_slice(written)


@pytest.mark.parametrize(
    ("elements", "complaint"),
    [
        ({"PixelData": None}, "no pixels"),
        ({"NumberOfFrames": 2}, "2 frames"),
        ({"PhotometricInterpretation": "RGB"}, "is RGB; only MONOCHROME slices"),
        ({"PhotometricInterpretation": None}, "only MONOCHROME slices"),
        ({"RescaleIntercept": None}, "no rescale slope"),
        ({"Rows": None}, "declares 3x0 pixels"),
    ],
)
def test_anything_but_one_scaled_slice_is_refused(written, elements, complaint):
    change(written, **elements)
    with pytest.raises(DataError, match=complaint):
        read_slice(written)


def test_a_codec_that_is_missing_is_named(written):
    dataset = pydicom.dcmread(written)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    dataset.PixelData = pydicom.encaps.encapsulate([b"\x00\x01" * 8])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(written)
    with pytest.raises(DataError, match=r"cannot decode the pixels of .* \(MPEG2"):
        read_slice(written)
