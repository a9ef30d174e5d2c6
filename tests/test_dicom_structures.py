"""RTSTRUCT: areas worked out on paper, outlines attached by position, wrong ones refused."""

import re

import numpy as np
import pytest

from tests.dicom_files import (
    SHAPE,
    change,
    ct_slice,
    save,
    square,
    uid,
    write_series,
    write_structures,
)
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.sources.dicom import DICOM
from twinseg.records.source_settings import SourceSettings

PLAIN = SourceSettings()


@pytest.fixture
def slices(tmp_path):
    write_series(tmp_path / "slices", [0, 2, 4, 6, 8])
    return tmp_path


def masks_of(source, settings=PLAIN):
    (unit,) = DICOM.find(source, settings).units
    return [case.mask for case in unit.read()]


def areas(source, settings=PLAIN):
    return [int(mask.sum()) for mask in masks_of(source, settings)]


def test_a_square_marks_the_pixels_whose_middles_are_inside(slices):
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4)]})
    mask = masks_of(slices)[2]
    assert mask.sum() == 16
    assert mask[2:6, 2:6].all()


def test_a_hole_is_an_outline_of_its_own(slices):
    # 10 x 10 with a hole of 4 x 4
    outlines = [square(1.5, 11.5, 4), square(4.5, 8.5, 4)]
    write_structures(slices / "rt.dcm", {"a": outlines})
    assert areas(slices) == [0, 0, 100 - 16, 0, 0]


def test_a_keyhole_outline_has_its_hole(slices):
    # around 10 x 10, along a slit into the hole of 4 x 4, around it, and back by the slit
    x = [1.5, 11.5, 11.5, 6.5, 6.5, 4.5, 4.5, 8.5, 8.5, 6.5, 6.5, 1.5]
    y = [1.5, 1.5, 11.5, 11.5, 8.5, 8.5, 4.5, 4.5, 8.5, 8.5, 11.5, 11.5]
    outline = np.stack([x, y, [4.0] * len(x)], axis=1)
    write_structures(slices / "rt.dcm", {"a": [outline]})
    assert areas(slices) == [0, 0, 100 - 16, 0, 0]


def test_regions_are_joined_and_do_not_cut_holes_into_each_other(slices):
    regions = {"a": [square(1.5, 11.5, 4)], "b": [square(4.5, 8.5, 4)]}
    write_structures(slices / "rt.dcm", regions)
    assert areas(slices, SourceSettings(roi=("A", " b "))) == [0, 0, 100, 0, 0]
    assert areas(slices, SourceSettings(roi=("B",))) == [0, 0, 16, 0, 0]


@pytest.mark.parametrize(
    ("height_mm", "marked"), [(3.2, 2), (4.9, 2), (2.9, 1), (8.9, 4), (-0.9, 0), (5.0, 3)]
)
def test_outlines_go_to_the_slice_within_half_a_spacing(slices, height_mm, marked):
    outlines = [square(1.5, 5.5, height_mm)]
    write_structures(slices / "rt.dcm", {"a": outlines})
    assert [place for place, area in enumerate(areas(slices)) if area] == [marked]


def test_of_outlines_finer_than_the_slices_the_nearest_counts(slices):
    outlines = [square(1.5, 5.5, 3.5), square(1.5, 6.5, 4.1), square(1.5, 7.5, 4.6)]
    write_structures(slices / "rt.dcm", {"a": outlines})
    assert areas(slices) == [0, 0, 25, 0, 0]


def test_outlines_beyond_the_series_are_counted(slices):
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4), square(1.5, 5.5, 50)]})
    assert any("1 of 2 outlines lie on no slice" in n for n in DICOM.find(slices, PLAIN).notes)


def test_outlines_of_another_place_are_refused(slices):
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 50)]})
    with pytest.raises(DataError, match="none of its 1 outline lies on a slice"):
        DICOM.find(slices, PLAIN)


def test_oblique_slices(tmp_path):
    """Slices turned by 30 degrees about x and shifted: outlines are drawn in their plane."""
    turn = np.deg2rad(30)
    across, down = np.array([1.0, 0, 0]), np.array([0, np.cos(turn), np.sin(turn)])
    normal, start = np.cross(across, down), np.array([-50.0, 20, 7])
    for number in range(3):
        dataset = ct_slice(
            np.zeros(SHAPE),
            number=number,
            position_mm=start + 3 * number * normal,
            orientation=[*across, *down],
            spacing_mm=(0.5, 2.0),
        )
        save(dataset, tmp_path / f"{number}.dcm")
    # columns 2..5 and rows 3..12 of the middle slice, in mm: 4 x 10 pixels
    corners = [(1.5, 2.5), (5.5, 2.5), (5.5, 12.5), (1.5, 12.5)]
    outline = np.array([start + 3 * normal + 2.0 * x * across + 0.5 * y * down for x, y in corners])
    write_structures(tmp_path / "rt.dcm", {"a": [outline]})
    below, middle, above = masks_of(tmp_path)
    assert not (below | above).any()
    assert middle.sum() == 40
    assert middle[3:13, 2:6].all()


def test_a_single_region_with_outlines_is_taken(slices):
    write_structures(slices / "rt.dcm", {"isocentre": [], "a": [square(1.5, 5.5, 4)]})
    assert sum(areas(slices)) == 16


def test_several_regions_without_a_choice_are_listed(slices):
    regions = {"Liver": [square(1.5, 5.5, 4)] * 2, "Spleen": [square(1.5, 3.5, 4)]}
    write_structures(slices / "rt.dcm", regions)
    with pytest.raises(
        MaskValuesError, match=r"Liver \(2 outlines\), Spleen \(1 outline\); .* --roi NAME"
    ):
        DICOM.find(slices, PLAIN)


def test_a_region_that_is_not_there_is_answered_with_those_that_are(slices):
    write_structures(slices / "rt.dcm", {"Liver": [square(1.5, 5.5, 4)]})
    with pytest.raises(DataError, match=r"has no region Kidney; it has Liver \(1 outline\)"):
        DICOM.find(slices, SourceSettings(roi=("Kidney",)))


def test_two_files_for_one_series_are_told_apart_by_the_region(slices):
    write_structures(slices / "one.dcm", {"a": [square(1.5, 5.5, 4)]})
    write_structures(slices / "two.dcm", {"b": [square(1.5, 3.5, 4)]})
    with pytest.raises(MaskValuesError, match=r"a \(1 outline\) in one.dcm, b .* in two.dcm"):
        DICOM.find(slices, PLAIN)
    assert sum(areas(slices, SourceSettings(roi=("b",)))) == 4
    write_structures(slices / "three.dcm", {"b": [square(1.5, 3.5, 4)]})
    with pytest.raises(MaskValuesError, match="several files have the region asked for"):
        DICOM.find(slices, SourceSettings(roi=("b",)))


def test_references_to_a_series_that_is_gone_are_replaced_by_the_frame_of_reference(slices):
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4)]}, refers=False)
    assert sum(areas(slices)) == 16


@pytest.mark.parametrize("refers", [True, False])
def test_another_frame_of_reference_is_refused(slices, refers):
    path = slices / "rt.dcm"
    write_structures(path, {"a": [square(1.5, 5.5, 4)]}, frame=uid("other"), refers=refers)
    with pytest.raises(DataError, match=r"rt.dcm \(is in a.* frame of reference"):
        DICOM.find(slices, PLAIN)


def test_one_bad_structure_set_costs_one_series(slices):
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4)]})
    write_series(slices / "second", [0, 2], series="b", patient="Roe")
    path = write_structures(
        slices / "second.dcm", {"a": [square(1.5, 5.5, 0)]}, series="b", patient="Roe"
    )
    path.write_bytes(path.read_bytes().replace(b"1.5", b"x.5"))
    findings = DICOM.find(slices, PLAIN)
    assert len(findings.units) == 1
    reasons = {item.file: item.reason for item in findings.left_out}
    assert reasons.keys() == {"second"}
    assert re.search(
        r"second\.dcm: outline 1 of the region holds something that is no number, so the mask is "
        "not known; export the region a again, or choose another one",
        reasons["second"],
    )


def test_most_series_decide_whether_a_choice_is_needed(slices):
    """One series of two patients with several regions is left out; most of them stop everything."""
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4)]})
    for patient in ("Roe", "Poe"):
        series = f"of {patient}"
        write_series(slices / patient.lower()[::-1], [0, 2], series=series, patient=patient)
        regions = {"a": [square(1.5, 5.5, 0)], "b": [square(1.5, 5.5, 0)]}
        path = slices / f"{series[3:][::-1]}.dcm"
        write_structures(path, regions, series=series, patient=patient)
        if patient == "Roe":
            (item,) = DICOM.find(slices, PLAIN).left_out
            assert "has several regions" in item.reason
    with pytest.raises(MaskValuesError, match="and 1 more series"):
        DICOM.find(slices, PLAIN)


def test_reading_a_mask_names_the_file_that_went_bad(slices):
    path = write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4)]})
    (unit,) = DICOM.find(slices, PLAIN).units
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(DataError, match=r"its mask rt\.dcm: was changed"):
        list(unit.read())


def test_frames_of_reference_that_nobody_gives_are_no_reason_to_refuse(slices):
    for path in (slices / "slices").iterdir():
        change(path, FrameOfReferenceUID=None)
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 4)]}, refers=False)
    assert sum(areas(slices)) == 16
