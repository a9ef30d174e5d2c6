"""Which frame, mask slice or outline belongs to which slice: worked out by hand."""

import numpy as np
import pytest

from tests.dicom_files import (
    SHAPE,
    ct_slice,
    save,
    write_segmentation,
    write_series,
)
from twinseg.core.errors import DataError
from twinseg.data.dicom.levels import Levels
from twinseg.data.sources.dicom import DICOM
from twinseg.records.source_settings import SourceSettings

PLAIN = SourceSettings()
ONE = np.zeros(SHAPE, np.uint8)
ONE[2:6, 3:8] = 1


def marked(source, settings=PLAIN):
    """Return the places of the slices that are marked, and the notes."""
    findings = DICOM.find(source, settings)
    masks = [case.mask for unit in findings.units for case in unit.read()]
    return [place for place, mask in enumerate(masks) if mask.any()], "\n".join(findings.notes)


def segmentation(folder, heights, *, segment=1, labels=("x",), **measures):
    frames = [(segment, (0, 0, height), ONE) for height in heights]
    path = write_segmentation(folder / "seg.dcm", frames, labels=labels)
    import pydicom

    dataset = pydicom.dcmread(path)
    (shared,) = dataset.SharedFunctionalGroupsSequence
    del shared.PixelMeasuresSequence[0].SpacingBetweenSlices
    for keyword, value in measures.items():
        setattr(shared.PixelMeasuresSequence[0], keyword, value)
    dataset.save_as(path)
    return path


def levels(heights, alone_mm=1.0):
    return Levels((0.0, 0.0, 1.0), tuple(map(float, heights)), alone_mm)


@pytest.mark.parametrize(
    ("heights", "plane", "place"),
    [
        ([0, 2, 4], 2.9, 1),
        ([0, 2, 4], 3.0, 2),  # midway: the higher one
        ([0, 2, 4], 5.1, -1),
        ([0, 2, 4], -1.1, -1),
        ([0, 2, 12, 14], 2.9, 1),
        ([0, 2, 12, 14], 3.2, -1),  # in a gap nothing is known
        ([0, 2, 12, 14], 10.8, -1),
        ([0, 1, 2, 7, 12], 9.0, 3),  # where the steps are 5 mm
        ([0, 1, 2, 7, 12], 5.0, 3),
        ([0, 1, 2, 7, 12], 3.0, -1),
        ([5], 5.4, 0),  # a slice alone, 1 mm
        ([5], 5.6, -1),
    ],
)
def test_the_nearest_slice_within_half_of_the_local_step(heights, plane, place):
    assert levels(heights).at([float(plane)]).tolist() == [place]


@pytest.mark.parametrize("measures", [{"SliceThickness": 5}, {"SpacingBetweenSlices": 2.5}, {}])
def test_frames_of_overlapping_slices_mark_their_own_slice_only(tmp_path, measures):
    write_series(tmp_path / "ct", [0, 2.5, 5, 7.5, 10, 12.5, 15])
    segmentation(tmp_path, [5, 7.5, 12.5], **measures)
    assert marked(tmp_path)[0] == [2, 3, 5]


@pytest.mark.parametrize("declared", [30, 0.5, 2])
def test_one_frame_marks_one_slice_whatever_distance_is_declared(tmp_path, declared):
    write_series(tmp_path / "ct", [0, 2, 4, 6])
    segmentation(tmp_path, [4], SpacingBetweenSlices=declared, SliceThickness=declared)
    assert marked(tmp_path)[0] == [2]


def test_steps_that_differ(tmp_path):
    write_series(tmp_path / "ct", [0, 1, 2, 3, 13, 23])
    segmentation(tmp_path, [3, 13], SliceThickness=10)
    assert marked(tmp_path)[0] == [3, 4]


def test_a_frame_between_slices_goes_to_the_nearest_one_and_a_lost_one_is_said(tmp_path):
    write_series(tmp_path / "ct", [0, 2, 4, 6])
    segmentation(tmp_path, [2.4, 30], SliceThickness=2)
    places, notes = marked(tmp_path)
    assert places == [1]
    assert "a segmentation with 1 of 2 planes on no slice" in notes


def test_a_slice_that_another_segment_marks_borrows_nothing(tmp_path):
    # the second segment has a frame on slice 2 itself; the first one lies 0.9 mm beside it
    write_series(tmp_path / "ct", [0, 2, 4, 6])
    frames = [(1, (0, 0, 3.1), ONE), (2, (0, 0, 4), ONE), (1, (0, 0, 0), ONE)]
    write_segmentation(tmp_path / "seg.dcm", frames, labels=["a", "b"], thickness_mm=2)
    assert marked(tmp_path, SourceSettings(segment=("a",)))[0] == [0]


def test_a_plane_of_another_segment_is_a_neighbour_as_well(tmp_path):
    # 2.9 lies 1.1 from the plane of the other segment at 4, so that it reaches 0.55 and not to 2
    write_series(tmp_path / "ct", [0, 2, 4, 10, 12, 14])
    for others, places in (([10, 4], [2, 3]), ([10], [1, 3])):
        frames = [(1, (0, 0, at), ONE) for at in others] + [(2, (0, 0, 2.9), ONE)]
        write_segmentation(tmp_path / "seg.dcm", frames, labels=["a", "b"], thickness_mm=6)
        assert marked(tmp_path, SourceSettings(segment=("a", "b")))[0] == places


def test_a_finer_grid_ends_where_it_ends(tmp_path):
    # planes every 1 mm from 4 to 11: those at 6 and 9 lie on slices; 3 and 12 are 1 mm off
    write_series(tmp_path / "ct", [0, 3, 6, 9, 12])
    segmentation(tmp_path, range(4, 12), SpacingBetweenSlices=1, SliceThickness=1)
    places, notes = marked(tmp_path)
    assert places == [2, 3]
    assert "a segmentation with 6 of 8 planes between the slices, not used" in notes


def test_a_finer_grid_between_two_slices_is_refused(tmp_path):
    write_series(tmp_path / "ct", [0, 3, 6])
    segmentation(tmp_path, [4, 5], SpacingBetweenSlices=1)
    with pytest.raises(DataError, match="none of its 2 planes lies on a slice"):
        DICOM.find(tmp_path, PLAIN)


@pytest.mark.parametrize(
    ("planes", "places"),
    [
        ([4, 5, 6, 7], [-1, -1, 2, -1]),  # 4 lies 1 mm from the slice at 3, reaches 0.5
        ([2.5, 3.5, 4.5, 5.5, 6.5], [1, -1, -1, 2, -1]),  # midway: one of two, and once
        ([3.4, 3.45, 6.4], [1, 1, 2]),  # one layer, rounded differently: the next is 3 mm off
        ([4.4], [1]),  # alone: half of the step of the slices
        ([5.4, 6.6], [2, -1]),  # equally near: the lower one
        ([5.3999, 6.5999], [2, -1]),  # whatever the last digits say
        ([8, 9, 10, 11], [-1, 3, -1, -1]),  # 11 lies beyond all slices by 2 mm
        ([], []),
    ],
)
def test_a_plane_reaches_half_of_its_own_step(planes, places):
    assert levels([0, 3, 6, 9], 3.0).of_planes(np.array(planes, float)).tolist() == places


def test_frames_off_all_slices_are_refused(tmp_path):
    write_series(tmp_path / "ct", [0, 2, 4])
    segmentation(tmp_path, [40, 42], SliceThickness=2)
    with pytest.raises(DataError, match="none of its 2 planes lies on a slice"):
        DICOM.find(tmp_path, PLAIN)


def test_a_coarser_grid_of_its_own_is_refused(tmp_path):
    write_series(tmp_path / "ct", [0, 1, 2, 3, 4, 5, 6])
    segmentation(tmp_path, [0, 3, 6], SpacingBetweenSlices=3)
    with pytest.raises(DataError, match="planes lie 3 mm apart and the slices 1 mm"):
        DICOM.find(tmp_path, PLAIN)


def test_a_coarser_mask_series_is_refused(tmp_path):
    write_series(tmp_path / "ct", [0, 1, 2, 3, 4, 5, 6])
    for number, height in enumerate([0, 3, 6]):
        dataset = ct_slice(ONE - 1024.0, number=number, position_mm=(0, 0, height), series="m")
        save(dataset, tmp_path / "mask" / f"{number}.dcm")
    with pytest.raises(DataError, match="planes lie 3 mm apart and the slices 1 mm"):
        DICOM.find(tmp_path, PLAIN)


def test_a_mask_series_without_its_empty_slices(tmp_path):
    write_series(tmp_path / "ct", [0, 1, 2, 3, 4, 5, 6])
    for number, height in enumerate([1, 2, 6]):
        plane = ONE.copy()
        plane[0, 0] = number == 1
        dataset = ct_slice(plane - 1024.0, number=number, position_mm=(0, 0, height), series="m")
        save(dataset, tmp_path / "mask" / f"{number}.dcm")
    assert marked(tmp_path)[0] == [1, 2, 6]
