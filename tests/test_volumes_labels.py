"""Labels on slices of another grid."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.volume_files import write
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.volumes.label_voxels import choose_voxels, label_masks, overlaps, sample
from twinseg.images.slice_grid import SliceGrid
from twinseg.images.volumes.space import space_from
from twinseg.images.volumes.volume_file import read_header

BOX = np.zeros((3, 3, 3), dtype=np.uint8)
BOX[1, 0, 2] = BOX[2, 2, 2] = 1
TURNED = (0.0, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


def grid_at(
    x: float, y: float, z: float, *, columns: int = 6, rows: int = 1, step_mm: float = 1.0
) -> SliceGrid:
    return SliceGrid(
        rows=rows,
        columns=columns,
        position_mm=(float(x), float(y), float(z)),
        along_row=(1.0, 0.0, 0.0),
        along_column=(0.0, 1.0, 0.0),
        spacing_mm=(step_mm, step_mm),
    )


def test_nearest_voxels_worked_out_on_paper(tmp_path: Path) -> None:
    # Voxels at x = 0, 2, 4. Pixels at 0.2, 1.2 .. 5.2 are voxels 0.1, 0.6, 1.1, 1.6, 2.1, 2.6:
    # nearest 0, 1, 1, 2, 2 and, outside, 3.
    path = write(tmp_path / "label.nrrd", BOX, spacing_mm=(2, 2, 2))
    (mask,) = label_masks(path, [grid_at(0.2, 0, 4)], ())
    assert mask.tolist() == [[False, True, True, False, False, False]]
    (mask,) = label_masks(path, [grid_at(0.2, 4, 4)], ())
    assert mask.tolist() == [[False, False, False, True, True, False]]
    (below,) = label_masks(path, [grid_at(0.2, 0, 2)], ())
    assert not below.any()


def test_a_turned_slice_takes_the_voxel_under_each_pixel(tmp_path: Path) -> None:
    path = write(tmp_path / "label.mha", BOX)
    sagittal = SliceGrid(
        rows=3,
        columns=3,
        position_mm=(1.0, 0.0, 2.0),
        along_row=(0.0, 1.0, 0.0),
        along_column=(0.0, 0.0, -1.0),
        spacing_mm=(1.0, 1.0),
    )
    (mask,) = label_masks(path, [sagittal], ())
    assert np.argwhere(mask).tolist() == [[0, 0]]  # x=1: only (1, 0, 2): first row, first column
    oblique = SliceGrid(
        rows=1,
        columns=3,
        position_mm=(0.0, -2.0, 2.0),
        along_row=(0.5**0.5, 0.5**0.5, 0.0),
        along_column=(-(0.5**0.5), 0.5**0.5, 0.0),
        spacing_mm=(1.0, 2 * 0.5**0.5),
    )
    (mask,) = label_masks(path, [oblique], ())  # (0,-2), (1,-1), (2,0) at z=2
    assert mask.tolist() == [[False, False, False]]
    moved = SliceGrid(**{**vars(oblique), "position_mm": (0.0, 0.0, 2.0)})
    (mask,) = label_masks(path, [moved], ())  # (0,0), (1,1), (2,2)
    assert mask.tolist() == [[False, False, True]]


def test_overlap_is_told_from_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "label.nii.gz", BOX, spacing_mm=(2, 2, 2))
    assert overlaps(path, [grid_at(0, 0, 4)])
    assert overlaps(path, [grid_at(0, 0, 90), grid_at(-5, 0, 4)])
    assert not overlaps(path, [grid_at(0, 0, 5.5)])  # the last voxel ends at 5
    assert not overlaps(path, [grid_at(-7, 0, 4)])  # ends at -2, the first voxel begins at -1
    assert not overlaps(path, [])


@given(arrays(np.uint8, (3, 4, 2), elements=st.integers(0, 1)))
def test_on_its_own_grid_nothing_changes(labels: np.ndarray) -> None:
    space = space_from((3, 4, 2), (0.7, 0.8, 3.0), (5.0, -6.0, 7.0), TURNED)
    masks = [sample(labels != 0, space, grid) for grid in space.axial_grids()]
    np.testing.assert_array_equal(np.stack(masks), space.axial(labels) != 0)


def test_several_labels_are_the_users_choice() -> None:
    labels = np.zeros((10, 10, 1), dtype=np.int16)
    labels[0, :4], labels[1, 0] = 1, 2
    with pytest.raises(MaskValuesError, match=r"1 in 4 %, 2 in 1 %.*--foreground 1,2"):
        choose_voxels(labels, ())
    assert choose_voxels(labels, ("2",)).sum() == 1
    assert choose_voxels(labels, ("1", "2")).sum() == 5
    assert choose_voxels(labels, ("nonzero",)).sum() == 5
    assert choose_voxels(np.where(labels == 1, 0, labels), ()).sum() == 1
    with pytest.raises(DataError, match="no colours"):
        choose_voxels(labels, ("#ff0000",))


def test_fractions_are_no_labels() -> None:
    with pytest.raises(DataError, match="fractions"):
        choose_voxels(np.array([[[0.0, 0.4]]]), ())
    assert choose_voxels(np.array([[[0.0, 1.0]]]), ()).tolist() == [[[False, True]]]


@pytest.mark.parametrize("foreground", [(), ("2",), ("nonzero",), (">0.5",)])
def test_what_is_no_number_is_never_background(foreground: tuple[str, ...]) -> None:
    for odd in (np.nan, np.inf, -np.inf):
        with pytest.raises(DataError, match=r"^holds values that are no numbers \(NaN or infinite"):
            choose_voxels(np.array([[[0.0, 2.0, odd]]], np.float32), foreground)


def test_values_below_0_are_never_background() -> None:
    labels = np.array([[[0, -1, -3, 2]]], np.int16)
    for kind in (np.int8, np.int16, np.float32):
        for foreground in ((), ("2",), ("nonzero",)):
            with pytest.raises(DataError, match=r"^holds values below 0 \(the least is -3\), exp"):
                choose_voxels(labels.astype(kind), foreground)
        parted = choose_voxels(labels.astype(kind), (">1",))
        assert parted.tolist() == [[[False, False, False, True]]]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "label.nii", BOX)
    grids = read_header(path).space.axial_grids()
    assert sum(mask.sum() for mask in label_masks(path, grids, ())) == 2
    write(path, np.zeros((3, 3, 4), dtype=np.uint8))
    assert sum(mask.sum() for mask in label_masks(path, grids, ())) == 0


@pytest.mark.parametrize("folder", ["ibsi1_ct_phantom/nifti", "ibsi_validation/STS_025/nifti"])
def test_real_labels_lie_on_their_images(shared: Path, folder: str) -> None:
    files = sorted((shared / "data" / "dicom" / folder).rglob("*.nii.gz"))
    image, label = files
    grids = read_header(image).space.axial_grids()
    marked = {"ibsi1_ct_phantom/nifti": 125256, "ibsi_validation/STS_025/nifti": 9655}[folder]
    assert sum(int(mask.sum()) for mask in label_masks(label, grids, ())) == marked


@given(arrays(np.uint8, (2, 3, 4), elements=st.sampled_from([0, 1, 2])))
def test_the_same_voxels_are_marked_whatever_their_type(labels: np.ndarray) -> None:
    expected = labels == 1
    for kind in (np.uint8, np.int16, np.float32):
        assert (choose_voxels(labels.astype(kind), ("1",)) == expected).all()
    if labels.max() == 1:
        assert (choose_voxels(labels, ()) == expected).all()
        assert choose_voxels(labels, ("2",)).any() == (labels == 2).any()
