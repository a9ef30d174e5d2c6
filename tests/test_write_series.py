"""Volumes made of DICOM series lie where their slices lie, whoever reads them."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from scipy.spatial.transform import Rotation

from tests.dicom_files import AXIAL, ct_slice, save, write_series
from tests.patient_space import CENTRE_MM, Read, by_both, by_nibabel, by_simpleitk, is_marked
from twinseg.core.errors import CannotWriteError, ConfigError, DataError
from twinseg.images.dicom.scan import scan
from twinseg.images.dicom.series import Stack, stacks_of
from twinseg.images.dicom.values import read_values
from twinseg.images.dicom.write_series import (
    space_of_grids,
    write_series_mask,
    write_series_probability,
)
from twinseg.images.volumes.volume_output import WRITTEN

NIFTI = [suffix for suffix in WRITTEN if suffix.startswith(".nii")]
TURNED = Rotation.from_euler("zyx", [0.31, -0.22, 0.17]).as_matrix()
ORIENTATIONS = {
    "axial": AXIAL,
    "axial, face down": (-1, 0, 0, 0, -1, 0),
    "sagittal": (0, 1, 0, 0, 0, -1),
    "coronal": (1, 0, 0, 0, 0, -1),
    "oblique": (*TURNED[:, 0], *TURNED[:, 1]),
    "oblique, mirrored": (*TURNED[:, 2], *TURNED[:, 1]),
}
STEP_MM = 3.1
SPACING_MM = (2.3, 1.9)  # between rows, between columns


def stack_in(folder: Path) -> Stack:
    found = scan(folder)
    stacks, _ = stacks_of([header for header in found.headers if header.is_image], found.root)
    (stack,) = stacks
    return stack


def write_phantom_series(
    folder: Path, orientation: Sequence[float], step_mm: np.ndarray, count: int = 11
) -> Stack:
    """Write the phantom in slices of 13 rows and 15 columns, ``step_mm`` apart."""
    along_row, along_column = np.array(orientation[:3]), np.array(orientation[3:])
    steps = np.column_stack([along_row * SPACING_MM[1], along_column * SPACING_MM[0], step_mm])
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = CENTRE_MM - steps @ [7, 6, (count - 1) / 2]
    values = is_marked(Read(np.zeros((15, 13, count)), affine).places_mm) * 700 - 100
    for number in range(count):
        dataset = ct_slice(
            values[:, :, number].T,
            number=count - number,
            position_mm=affine[:3, 3] + number * step_mm,
            orientation=orientation,
            spacing_mm=SPACING_MM,
        )
        save(dataset, folder / f"{count - number:03d}.dcm")
    return stack_in(folder)


def masks_of(stack: Stack) -> list[tuple[int, np.ndarray]]:
    return [
        (number, read_values(slice_.stored, slice_.scale) > 0)
        for number, slice_ in enumerate(stack.slices)
    ]


def by_gdcm(folder: Path) -> Read:
    """Read a series as SimpleITK does on its own."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    sitk.WriteImage(reader.Execute(), str(folder.parent / "gdcm.mha"))
    return by_simpleitk(folder.parent / "gdcm.mha")


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_slices_in_any_orientation(tmp_path: Path, orientation: str, written: str) -> None:
    directions = ORIENTATIONS[orientation]
    normal = np.cross(directions[:3], directions[3:])
    stack = write_phantom_series(tmp_path / "series", directions, STEP_MM * normal)
    path = tmp_path / f"b{written}"
    assert write_series_mask(path, masks_of(stack), grids=stack.grids) == ()
    original = by_gdcm(tmp_path / "series")
    for read in by_both(path):
        assert read.values.dtype == np.uint8
        assert read.values.sum() > 40
        np.testing.assert_array_equal(read.values, is_marked(read.places_mm))
        np.testing.assert_array_equal(read.values > 0, original.at(read.places_mm) > 0)


TILT = STEP_MM * np.array([0, np.tan(np.radians(-17)), 1])  # the table moves on, slices lean


@pytest.mark.parametrize("written", [*NIFTI, ".nrrd", ".seg.nrrd"])
def test_a_tilted_gantry_is_written_as_it_is(tmp_path: Path, written: str) -> None:
    stack = write_phantom_series(tmp_path / "series", AXIAL, TILT)
    path = tmp_path / f"b{written}"
    write_series_mask(path, masks_of(stack), grids=stack.grids)
    read = by_nibabel(path) if written in NIFTI else by_simpleitk(path)
    np.testing.assert_allclose(read.affine[:3, 2], TILT, rtol=1e-6)
    assert read.values.sum() > 40
    np.testing.assert_array_equal(read.values, is_marked(read.places_mm))
    np.testing.assert_array_equal(by_simpleitk(path).values, read.values)


def test_a_sheared_nifti_has_no_qform_that_somebody_could_read(tmp_path: Path) -> None:
    stack = write_phantom_series(tmp_path / "series", AXIAL, TILT)
    write_series_mask(tmp_path / "b.nii", masks_of(stack), grids=stack.grids)
    head = (tmp_path / "b.nii").read_bytes()
    assert struct.unpack_from("<2h", head, 252) == (0, 1)  # codes of qform and sform


def test_mha_cannot_hold_a_tilted_gantry(tmp_path: Path) -> None:
    stack = write_phantom_series(tmp_path / "series", AXIAL, TILT)
    with pytest.raises(DataError, match=r"b.mha: .* not at right angles .* write .nii.gz or .nrrd"):
        write_series_mask(tmp_path / "b.mha", masks_of(stack), grids=stack.grids)
    assert [path.name for path in tmp_path.iterdir()] == ["series"]


def test_probabilities_and_slices_that_are_left_out(tmp_path: Path) -> None:
    write_series(tmp_path / "series", [0, 2.5, 5, 7.5])
    stack = stack_in(tmp_path / "series")
    plane = np.full((20, 24), 0.25, dtype=np.float32)
    path = tmp_path / "b.nii.gz"
    for written in (path, tmp_path / "b.nrrd"):
        given = [(2, plane), (1, plane * 2)]
        assert write_series_probability(written, given, grids=stack.grids) == (0, 3)
        read = by_both(written)[-1]  # NaN in NIfTI is 0 to ITK 5, not to nibabel
        assert read.values.dtype == np.float32
        assert (read.values[..., 1:3] == [0.5, 0.25]).all()
        assert np.isnan(read.values[..., [0, 3]]).all()
    masks = [(2, plane > 0)]
    assert write_series_mask(path, masks, grids=stack.grids) == (0, 1, 3)
    assert [read.values.sum(axis=(0, 1)).tolist() for read in by_both(path)] == [[0, 0, 480, 0]] * 2
    with pytest.raises(ConfigError, match="name it"):
        write_series_probability(tmp_path / "b.seg.nrrd", [(2, plane)], grids=stack.grids)


@pytest.mark.parametrize(
    ("heights_mm", "words"),
    [
        ([0, 2.5, 7.5, 10, 12.5], r"slice 1 to slice 2 is \(0, 0, 5\) mm where \(0, 0, 2.5\) mm"),
        ([0, 2.5, 5, 8, 10.5], r"slice 2 to slice 3 is \(0, 0, 3\) mm where"),
        ([0, 2.5, 2.505, 5, 7.5], r"slice 1 to slice 2 is \(0, 0, 0.005\) mm where"),
        ([*np.arange(400) * 1.0, 401], r"slice 399 to slice 400 is \(0, 0, 2\) mm where"),
    ],
)
def test_holes_and_unequal_steps(tmp_path: Path, heights_mm: list[float], words: str) -> None:
    write_series(tmp_path / "series", heights_mm)
    with pytest.raises(DataError, match=f"{words}.* usual, expected equal steps; .* resample"):
        space_of_grids(stack_in(tmp_path / "series").grids)


def save_slices(folder: Path, *places: dict[str, object]) -> Stack:
    for number, place in enumerate(places, start=1):
        save(ct_slice(np.zeros((8, 400)), number=number, **place), folder / f"{number}.dcm")
    return stack_in(folder)


def test_slices_that_make_no_block(tmp_path: Path) -> None:
    up = [(0, 0, 2), (3, 0, 4), (0, 0, 6)]  # the middle one is pushed aside
    stack = save_slices(tmp_path / "aside", *[{"position_mm": place} for place in up])
    with pytest.raises(DataError, match=r"is \(3, 0, 2\) mm|is \(-3, 0, 2\) mm"):
        space_of_grids(stack.grids)
    leaning = (1, 0, 0.01, 0, 1, 0)  # by half a degree: 4 mm at the end of 400 columns
    stack = save_slices(
        tmp_path / "turned",
        {"position_mm": (0, 0, 2)},
        {"position_mm": (0, 0, 4), "orientation": leaning},
    )
    with pytest.raises(DataError, match="slice 1 is turned against the first, by 4 mm"):
        space_of_grids(stack.grids)
    stack = save_slices(tmp_path / "same", {"PatientSex": "F"}, {"PatientSex": "M"})
    with pytest.raises(DataError, match="all 2 slices lie at one position"):
        space_of_grids(stack.grids)


def test_rounded_positions_and_single_slices_are_written(tmp_path: Path) -> None:
    write_series(tmp_path / "rounded", [round(1.25 * number, 1) for number in range(9)])
    steps = space_of_grids(stack_in(tmp_path / "rounded").grids).steps_mm
    assert steps[2] == pytest.approx((0, 0, 1.25))
    write_series(tmp_path / "one", [30.0])
    stack = stack_in(tmp_path / "one")
    write_series_mask(tmp_path / "b.nii", [(0, np.ones((20, 24), bool))], grids=stack.grids)
    (read, _) = by_both(tmp_path / "b.nii")
    assert (read.values.shape, read.affine[2, 3], read.affine[2, 2]) == ((24, 20, 1), 30, 1)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    write_series(tmp_path / "series", [0, 1])
    stack = stack_in(tmp_path / "series")
    (tmp_path / "file").write_text("")
    masks = [(0, np.ones((20, 24), bool))]
    for name in ("b.nii", "b.nrrd", "b.mha"):
        with pytest.raises(CannotWriteError, match="choose another folder"):
            write_series_mask(tmp_path / "file" / name, masks, grids=stack.grids)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "series"]


@pytest.mark.parametrize(
    ("folder", "published"),
    [
        ("ibsi1_ct_phantom/dicom/image", "ibsi1_ct_phantom/nifti/image/phantom.nii.gz"),
        ("ibsi_validation/STS_025/dicom/image", "ibsi_validation/STS_025/nifti/CT_image.nii.gz"),
        ("pycerr/pat_2", None),
        ("dcmqi_ct3slice_seg/ct-3slice", None),
    ],
)
@pytest.mark.parametrize("written", [".nii.gz", ".nrrd"])
def test_real_series(
    tmp_path: Path, shared: Path, folder: str, published: str | None, written: str
) -> None:
    """Soft tissue lies where the publishers' volume, and GDCM's, have it."""
    real = shared / "data" / "dicom" / folder
    stack = stack_in(real)
    path = tmp_path / f"b{written}"
    write_series_mask(path, masks_of(stack), grids=stack.grids)
    (tmp_path / "series").symlink_to(real)
    originals = [by_gdcm(tmp_path / "series")]
    if published:
        originals += by_both(shared / "data" / "dicom" / published)
    for read in by_both(path):
        places_mm = read.places_mm
        for original in originals:
            np.testing.assert_array_equal(read.values > 0, original.at(places_mm) > 0)
