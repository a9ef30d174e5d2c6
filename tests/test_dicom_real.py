"""Four real CT series with regions, segments and label volumes by other people's programs."""

import pickle

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK

from twinseg.core.errors import MaskValuesError
from twinseg.data.dicom.rtstruct import read_structures
from twinseg.data.prepare import prepare
from twinseg.data.sources.dicom import DICOM
from twinseg.records.source_settings import SourceSettings


@pytest.fixture
def dicom(shared):
    return shared / "data" / "dicom"


def cases_of(source, **settings):
    units = DICOM.find(source, SourceSettings(**settings)).units
    return [case for unit in units for case in pickle.loads(pickle.dumps(unit)).read()]


def dice(first, second):
    return 2 * (first & second).sum() / (first.sum() + second.sum())


@pytest.mark.parametrize(
    ("folder", "image", "mask", "slices", "least"),
    [
        ("ibsi1_ct_phantom", "nifti/image/phantom.nii.gz", "nifti/mask/mask.nii.gz", 60, 0.97),
        ("ibsi_validation/STS_025", "nifti/CT_image.nii.gz", "nifti/CT_mask.nii.gz", 47, 0.94),
    ],
)
def test_regions_agree_with_the_label_volume_of_the_publishers(
    dicom, folder, image, mask, slices, least
):
    cases = cases_of(dicom / folder)
    assert len(cases) == slices
    labels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(dicom / folder / mask)) > 0
    found = np.stack([case.mask for case in cases])
    assert found.shape == labels.shape
    assert dice(found, labels) >= least
    hounsfield = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(dicom / folder / image))
    grey = np.rint(np.clip((hounsfield.astype(float) + 160) / 400, 0, 1) * 255)
    shown = np.stack([case.picture.pixels[..., 0] for case in cases])
    assert np.abs(shown - grey).max() <= 1


def test_regions_in_the_folder_of_the_slices(dicom):
    cases = cases_of(dicom / "pycerr" / "pat_2")
    (region,) = read_structures(dicom / "pycerr" / "pat_2" / "DCM_RS_00041.dcm").regions
    assert len(cases) == 41
    areas = [int(case.mask.sum()) for case in cases if case.mask.any()]
    assert len(areas) == len(region.outlines) == 7
    # the area inside each outline by the shoelace formula, in pixels
    drawn = []
    for outline in sorted(region.outlines, key=lambda corners: corners[0, 2]):
        x, y = outline[:, 0], outline[:, 1]
        drawn.append(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2 / 0.97699999809265**2)
    assert np.allclose(areas, drawn, rtol=0.05)


@pytest.mark.parametrize(
    ("file", "segments"),
    [
        ("liver.dcm", {"Liver": 1}),
        ("partial_overlaps.dcm", {"GREEN": 1}),
        ("partial_overlaps.dcm", {"purple": 3, "DARK_BLUE": 5}),
    ],
)
def test_segments_agree_with_highdicom(dicom, file, segments):
    folder = dicom / "dcmqi_ct3slice_seg"
    cases = cases_of(folder, segment=tuple(segments))
    headers = [pydicom.dcmread(path) for path in (folder / "ct-3slice").iterdir()]
    headers.sort(key=lambda header: header.ImagePositionPatient[2])
    theirs = highdicom.seg.segread(folder / file).get_pixels_by_source_instance(
        [header.SOPInstanceUID for header in headers],
        segment_numbers=list(segments.values()),
        ignore_spatial_locations=True,
        assert_missing_frames_are_empty=True,
    )
    ours = np.stack([case.mask for case in cases])
    assert ours.any()
    assert (ours == theirs.any(axis=-1)).all()


def test_a_choice_is_needed_where_two_files_offer_segments(dicom):
    with pytest.raises(MaskValuesError, match=r"Liver .* in liver.dcm, GREEN .* --segment LABEL"):
        cases_of(dicom / "dcmqi_ct3slice_seg")


def test_all_series_at_once(dicom):
    assert DICOM.sees(dicom) == "4 DICOM series of 4 patients"
    findings = DICOM.find(dicom, SourceSettings())
    (item,) = findings.left_out
    assert item.file == "dcmqi_ct3slice_seg/ct-3slice"
    assert "has several segments: Liver" in item.reason
    cases = cases_of(dicom, segment=("Liver",))
    assert len(cases) == 60 + 47 + 41 + 3
    assert len({case.picture.group for case in cases}) == 4
    assert len({case.picture.id for case in cases}) == len(cases)


def test_no_patient_is_named(dicom, tmp_path):
    settings = SourceSettings(segment=("Liver",), size=32)
    data = prepare(dicom, tmp_path / "set", settings, processes=1)
    text = repr(data.dataset.left_out) + repr(data.dataset.notes) + repr(data.dataset.facts)
    text += (tmp_path / "set" / "cases.csv").read_text()
    for secret in ("STS_025", "JANCT000", "99000", "PAT1", "PAT2", "1.3.6.1", "1.2.392", "dcmqi"):
        assert secret not in text
