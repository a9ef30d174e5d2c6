"""Where voxels lie: every way of storing a block gives the same slices."""

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from tests.volume_files import nifti_bytes, write, write_turned
from twinseg.core.errors import DataError
from twinseg.images.volumes.space import space_from
from twinseg.images.volumes.volume_file import read_header, read_voxels

EVERY_ORIENTATION = [
    "".join(letters) for pairs in permutations(["LR", "PA", "SI"]) for letters in product(*pairs)
]


def axial(path: Path) -> np.ndarray:
    return read_header(path).space.axial(read_voxels(path))


@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha"])
def test_every_orientation_gives_the_same_slices(tmp_path: Path, suffix: str) -> None:
    lps = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)  # right to left, to back, to head
    for axes in EVERY_ORIENTATION:
        path = write_turned(tmp_path / f"{axes}.{suffix}", lps, (0.5, 2.0, 5.0), axes)
        np.testing.assert_array_equal(axial(path), lps.transpose(2, 1, 0), err_msg=axes)
        grids = read_header(path).space.axial_grids()
        assert [grid.position_mm for grid in grids] == [(0, 0, 5.0 * z) for z in range(4)], axes
        assert {(grid.rows, grid.columns, grid.spacing_mm) for grid in grids} == {(3, 2, (2, 0.5))}
        assert {(grid.along_row, grid.along_column) for grid in grids} == {((1, 0, 0), (0, 1, 0))}


def test_a_file_written_by_the_standard_alone(tmp_path: Path) -> None:
    # Affine in RAS: i to the feet, j to the back, k to the left, as KiTS19 stores its volumes.
    values = np.zeros((2, 3, 4), dtype=np.int16)
    values[0, 0, 3] = 7  # head, front, left
    affine = [[0, 0, -0.8, 10], [0, -0.7, 0, 20], [-3, 0, 0, 30]]
    path = tmp_path / "kits.nii"
    path.write_bytes(nifti_bytes(values, affine))
    slices = axial(path)
    assert slices.shape == (2, 3, 4)
    assert np.argwhere(slices == 7).tolist() == [[1, 0, 3]]  # upper slice, first row, last column
    upper = read_header(path).space.axial_grids()[1]
    assert upper.position_mm == pytest.approx((-10, -20, 30))  # RAS (10, 20, 30) is LPS (-10, -20)
    assert upper.spacing_mm == pytest.approx((0.7, 0.8))


def test_oblique_volumes_are_cut_along_their_own_axes_like_itk_does(tmp_path: Path) -> None:
    turn = 0.3
    image = sitk.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5))
    image.SetDirection([0, np.cos(turn), -np.sin(turn), 0, np.sin(turn), np.cos(turn), 1, 0, 0])
    sitk.WriteImage(image, str(tmp_path / "oblique.mha"))
    expected = sitk.GetArrayFromImage(sitk.DICOMOrient(image, "LPS"))
    np.testing.assert_array_equal(axial(tmp_path / "oblique.mha"), expected)


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    content = nifti_bytes(np.full((2, 2, 2), 512, np.int16), np.eye(4)[:3].tolist())
    content[112:120] = np.array([2, -1024], "<f4").tobytes()
    path = tmp_path / "scaled.nii"
    path.write_bytes(content)
    assert set(read_voxels(path).ravel()) == {0.0}  # 2 * 512 - 1024


def test_a_fourth_axis_of_one_is_no_matter(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(
        np.arange(24, dtype=np.int16).reshape(1, 2, 3, 4), isVector=False
    )
    sitk.WriteImage(image, str(tmp_path / "four.nii.gz"))
    assert read_voxels(tmp_path / "four.nii.gz").shape == (4, 3, 2)


def test_several_channels_are_refused_with_advice(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(np.zeros((2, 2, 3, 4), dtype=np.int16), isVector=False)
    sitk.WriteImage(image, str(tmp_path / "two.nii.gz"))
    with pytest.raises(DataError, match="holds 2 volumes .* save the one to use"):
        read_header(tmp_path / "two.nii.gz")


@pytest.mark.parametrize("suffix", ["nii.gz", "nii", "nrrd", "mha"])
@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
def test_values_are_those_simpleitk_reads(tmp_path: Path, suffix: str, kind: str) -> None:
    values = np.random.default_rng(0).integers(0, 100, (5, 4, 3)).astype(kind)
    path = write(tmp_path / f"a.{suffix}", values)
    oracle = sitk.GetArrayFromImage(sitk.ReadImage(str(path))).transpose(2, 1, 0)
    np.testing.assert_array_equal(read_voxels(path), oracle)
    assert read_voxels(path).itemsize <= 4


def test_values_may_lie_across_the_pieces_that_are_read(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((40, 30, 20), dtype=np.float32).view(np.int32)
    path = write(tmp_path / "a.nii.gz", values)  # some pieces, for noise does not shrink
    np.testing.assert_array_equal(read_voxels(path), values)


@pytest.mark.parametrize("suffix", ["nii.gz", "mha"])
def test_numbers_beyond_memory_are_refused(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a.{suffix}", np.full((2, 2, 2), 2**40, dtype=np.int64))
    with pytest.raises(DataError, match="beyond 32 bits"):
        read_voxels(path)


def test_either_order_of_bytes(tmp_path: Path) -> None:
    values = np.arange(8, dtype=np.int16).reshape(2, 2, 2)
    content = write(tmp_path / "a.mha", values, compressed=False).read_bytes()
    head, _, data = content.partition(b"LOCAL\n")
    swapped = np.frombuffer(data, "<i2").byteswap().tobytes()
    head = head.replace(b"OrderMSB = False", b"OrderMSB = True")
    (tmp_path / "a.mha").write_bytes(head + b"LOCAL\n" + swapped)
    np.testing.assert_array_equal(read_voxels(tmp_path / "a.mha"), values)


def test_axes_that_are_not_at_right_angles_are_refused() -> None:
    with pytest.raises(DataError, match="right angles"):
        space_from((2, 2, 2), (1.0,) * 3, (0.0,) * 3, (1.0, 0.1, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))
