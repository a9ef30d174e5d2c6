"""DICOM SEG, mask series and label volumes: placed by position, chosen by name, never guessed."""

import numpy as np
import pytest
import SimpleITK

from tests.dicom_files import (
    AXIAL,
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
from twinseg.records.source_settings import SourceSettings

PLAIN = SourceSettings()


@pytest.fixture
def slices(tmp_path):
    write_series(tmp_path / "slices", [0, 2, 4])
    return tmp_path


def masks_of(source, settings=PLAIN):
    (unit,) = DICOM.find(source, settings).units
    return np.stack([case.mask for case in unit.read()])


def block(rows, columns, value=1, shape=SHAPE):
    plane = np.zeros(shape, np.uint8)
    plane[rows, columns] = value
    return plane


ONE = block(slice(2, 6), slice(3, 8))
TWO = block(slice(4, 9), slice(5, 11))


def test_binary_frames_go_where_they_lie_in_any_order(slices):
    frames = [(1, (0, 0, 4), ONE), (1, (0, 0, 0), TWO)]
    write_segmentation(slices / "seg.dcm", frames, labels=["liver"], thickness_mm=2)
    masks = masks_of(slices)
    assert (masks == np.stack([TWO, 0 * ONE, ONE])).all()


def test_frames_that_end_within_a_byte(tmp_path):
    """5 x 7 pixels: the second frame begins in the middle of a byte."""
    shape = (5, 7)
    for number in (0, 1, 2):
        dataset = ct_slice(np.zeros(shape), number=number, position_mm=(0, 0, number))
        save(dataset, tmp_path / f"{number}.dcm")
    rng = np.random.default_rng(0)
    planes = rng.integers(0, 2, (3, *shape))
    frames = [(1, (0, 0, number), plane) for number, plane in enumerate(planes)]
    write_segmentation(tmp_path / "seg.dcm", frames, labels=["x"])
    assert (masks_of(tmp_path) == planes).all()


def test_overlapping_segments_are_joined(slices):
    frames = [(1, (0, 0, 2), ONE), (2, (0, 0, 2), TWO), (3, (0, 0, 2), block(0, 0))]
    write_segmentation(slices / "seg.dcm", frames, labels=["one", "Two", "three"])
    for chosen in (("one", "two"), ("1", "2")):
        masks = masks_of(slices, SourceSettings(segment=chosen))
        assert (masks[1] == (ONE | TWO).astype(bool)).all()
        assert not masks[[0, 2]].any()
    with pytest.raises(MaskValuesError, match=r"one \(number 1, 1 frame\), Two .* --segment LABEL"):
        DICOM.find(slices, PLAIN)
    with pytest.raises(DataError, match="has no segment four; it has one"):
        DICOM.find(slices, SourceSettings(segment=("four",)))


def test_fractions_count_from_half_of_the_most(slices):
    # MaximumFractionalValue 200
    shares = np.zeros(SHAPE, np.uint8)
    shares[0, :4] = 1, 99, 100, 200
    frames = [(1, (0, 0, 0), shares)]
    write_segmentation(slices / "seg.dcm", frames, labels=["x"], kind="FRACTIONAL")
    assert masks_of(slices)[0][0, :4].tolist() == [False, False, True, True]


def test_label_maps(slices):
    frames = [(0, (0, 0, 2), ONE + 2 * (TWO & ~ONE & 1))]
    write_segmentation(slices / "seg.dcm", frames, labels=["one", "two"], kind="LABELMAP")
    masks = masks_of(slices, SourceSettings(segment=("two",)))
    assert (masks[1] == (TWO.astype(bool) & ~ONE.astype(bool))).all()


def test_another_grid_is_brought_over_by_the_nearest_voxel(slices):
    # frames of half the pixels, each 2 mm; the middle of the first at (0.5, 0.5)
    coarse = block(slice(1, 3), slice(2, 4), shape=(10, 12))
    frames = [(1, (0.5, 0.5, 2), coarse)]
    write_segmentation(slices / "seg.dcm", frames, labels=["x"], spacing_mm=(2, 2), thickness_mm=2)
    masks = masks_of(slices)
    assert (masks[1] == np.kron(coarse, np.ones((2, 2)))).all()
    assert any("a grid of its own" in note for note in DICOM.find(slices, PLAIN).notes)


def test_frames_without_a_place_are_refused(slices):
    path = write_segmentation(slices / "seg.dcm", [(1, (0, 0, 0), ONE)], labels=["x"])
    change(path, PerFrameFunctionalGroupsSequence=[])
    with pytest.raises(DataError, match=r"seg\.dcm \(declares 1 frame, 0 of them have a place"):
        DICOM.find(slices, PLAIN)


def test_pixels_that_are_not_there_are_refused(slices):
    frames = [(1, (0, 0, 0), ONE)] * 3
    path = write_segmentation(slices / "seg.dcm", frames, labels=["x"])
    path.write_bytes(path.read_bytes()[:-60])
    (unit,) = DICOM.find(slices, PLAIN).units
    with pytest.raises(DataError, match=r"its mask seg\.dcm: declares 180 bytes of pixels, 120"):
        list(unit.read())


def test_a_mask_series_is_known_by_its_folder(slices):
    for number in range(3):
        mask = ONE.astype(int) * (number == 1)
        dataset = ct_slice(mask - 1024, number=number, position_mm=(0, 0, 2 * number), series="m")
        save(dataset, slices / "mask" / f"{number}.dcm")
    masks = masks_of(slices)
    assert (masks == np.stack([0 * ONE, ONE, 0 * ONE])).all()


def test_a_mask_series_is_known_by_its_two_values(slices):
    for number in range(3):
        plane = ONE.astype(int) * 255
        dataset = ct_slice(plane - 1024, number=number, position_mm=(0, 0, 2 * number), series="m")
        save(dataset, slices / "beside" / f"{number}.dcm")
    assert (masks_of(slices) == ONE.astype(bool)).all()


def test_a_mask_series_of_several_values_needs_a_choice(slices):
    for number in range(3):
        plane = ONE.astype(int) + 2 * (TWO & ~ONE & 1)
        dataset = ct_slice(plane - 1024, number=number, position_mm=(0, 0, 2 * number), series="m")
        save(dataset, slices / "labels" / f"{number}.dcm")
    with pytest.raises(MaskValuesError, match=r"1 \(value 1\), 2 \(value 2\)"):
        DICOM.find(slices, PLAIN)
    assert (masks_of(slices, SourceSettings(segment=("1",))) == ONE.astype(bool)).all()


def test_one_folder_for_each_organ(slices):
    for organ, plane in (("liver", ONE), ("bone", TWO)):
        for number in range(3):
            at = (0, 0, 2 * number)
            dataset = ct_slice(plane - 1024.0, number=number, position_mm=at, series="m")
            save(dataset, slices / "MASKS_DICOM" / organ / f"{number}.dcm")
    with pytest.raises(MaskValuesError, match=r"bone .*liver"):
        DICOM.find(slices, PLAIN)
    assert (masks_of(slices, SourceSettings(segment=("bone",))) == TWO.astype(bool)).all()


def write_volume(path, planes, spacing=(1.0, 1.0, 2.0)):
    image = SimpleITK.GetImageFromArray(planes.astype(np.uint8))
    image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(path))


def test_a_label_volume_of_the_nearest_folder(slices):
    planes = np.stack([ONE, 0 * ONE, TWO])
    write_volume(slices / "labels.nii.gz", planes)
    assert (masks_of(slices) == planes.astype(bool)).all()


def test_regions_come_before_label_volumes_and_this_is_said(slices):
    write_volume(slices / "labels.nii.gz", np.stack([TWO, TWO, TWO]))
    write_structures(slices / "rt.dcm", {"a": [square(1.5, 5.5, 2)]})
    assert masks_of(slices).sum() == 16
    notes = "\n".join(DICOM.find(slices, PLAIN).notes)
    assert "mask from DICOM, not from the label volume beside it" in notes


def test_volumes_follow_the_folders_and_names_of_their_series(tmp_path):
    for patient in ("ann", "bob"):
        folder = tmp_path / "ct" / f"case-{patient[0]}"
        write_series(folder, [0, 2, 4], series=patient, patient=patient.upper())
        plane = ONE if patient == "ann" else TWO
        (tmp_path / "masks").mkdir(exist_ok=True)
        path = tmp_path / "masks" / f"case-{patient[0]}_mask.nii.gz"
        write_volume(path, np.stack([plane] * 3))
    areas = {unit.read().__next__().mask.sum() for unit in DICOM.find(tmp_path, PLAIN).units}
    assert areas == {ONE.sum(), TWO.sum()}


def test_a_volume_that_is_a_picture_is_no_mask(slices):
    rng = np.random.default_rng(0)
    write_volume(slices / "image.nii.gz", rng.integers(0, 200, (3, *SHAPE)))
    with pytest.raises(DataError, match="has no mask"):
        DICOM.find(slices, PLAIN)


def test_axial_is_what_the_builders_draw():
    assert np.cross(AXIAL[:3], AXIAL[3:]).tolist() == [0, 0, 1]
