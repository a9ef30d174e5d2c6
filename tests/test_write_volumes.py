"""Volumes that are written lie where those they are of lie, whoever reads them."""

import resource
import tempfile
from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.patient_space import by_both, by_simpleitk, is_marked, write_phantom
from tests.volume_files import TOWARDS, nifti_bytes, write
from twinseg.core.errors import CannotWriteError, ConfigError, DataError
from twinseg.images.volumes.volume_file import read_header, read_voxels
from twinseg.images.volumes.volume_output import WRITTEN
from twinseg.images.volumes.write_volume import path_like, write_mask, write_probability

EVERY_ORIENTATION = [
    "".join(letters) for pairs in permutations(["LR", "PA", "SI"]) for letters in product(*pairs)
]
SIX = ["LPS", "RAS", "ASR", "PIL", "SLA", "IRP"]  # each order of axes once
OBLIQUE = Rotation.from_euler("zyx", [0.31, -0.22, 0.17]).as_matrix()


def toward(axes: str) -> np.ndarray:
    return np.array([TOWARDS[letter] for letter in axes], float).T


def slices_of(path: Path) -> np.ndarray:
    return read_header(path).space.axial(read_voxels(path))


def masks_of(source: Path) -> list[tuple[int, np.ndarray]]:
    """Where the phantom is marked, slice by slice as our own reader shows it."""
    return list(enumerate(slices_of(source) > 0))


def require_same_place(written: Path, source: Path) -> None:
    """Compare voxel by voxel in the patient, with the phantom and with the source."""
    for read in by_both(written):
        places_mm = read.places_mm
        np.testing.assert_array_equal(read.values, is_marked(places_mm))
        assert read.values.dtype == np.uint8
        for original in by_both(source):
            assert read.values.shape == original.values.shape
            np.testing.assert_array_equal(read.values > 0, original.at(places_mm) > 0)
            np.testing.assert_allclose(read.affine, original.affine, atol=1e-4)


@pytest.mark.parametrize("axes", SIX)
@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd", ".mha"])
@pytest.mark.parametrize("written", WRITTEN)
def test_every_format_in_every_order_of_axes(
    tmp_path: Path, axes: str, suffix: str, written: str
) -> None:
    source = write_phantom(tmp_path / f"a{suffix}", toward(axes))
    assert write_mask(tmp_path / f"b{written}", masks_of(source), source=source) == ()
    require_same_place(tmp_path / f"b{written}", source)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_every_flip_too(tmp_path: Path, suffix: str) -> None:
    for axes in EVERY_ORIENTATION:
        source = write_phantom(tmp_path / f"{axes}{suffix}", toward(axes))
        path = path_like(source, tmp_path, "-mask")
        write_mask(path, masks_of(source), source=source)
        require_same_place(path, source)


@pytest.mark.parametrize("axes", SIX)
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_oblique_volumes(tmp_path: Path, axes: str, suffix: str) -> None:
    for written in WRITTEN:
        source = write_phantom(tmp_path / f"a{suffix}", OBLIQUE @ toward(axes))
        write_mask(tmp_path / f"b{written}", masks_of(source), source=source)
        require_same_place(tmp_path / f"b{written}", source)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("codes", [(1, 2), (2, 0), (0, 4), (0, 0)])
def test_both_affines_of_nifti_are_kept_bit_by_bit(
    tmp_path: Path, order: str, codes: tuple[int, int]
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = OBLIQUE @ toward("PIL") * [0.71, 0.83, 2.47]
    affine[:3, 3] = 11.1, -22.2, 33.3
    turned = np.diag([1.5, 1.5, 1.5, 1.0])  # contradicts the other, as some files do
    image = nibabel.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), affine)
    image.set_sform(affine, codes[1])
    image.set_qform(turned, codes[0])
    image.header["descrip"] = b"Doe^Jane"
    image.header.set_xyzt_units("mm", "sec")
    source = tmp_path / "a.nii"
    header = image.header.as_byteswapped(order)
    nibabel.Nifti1Image(image.dataobj, None, header).to_filename(source)
    write_mask(tmp_path / "b.nii.gz", [(0, slices_of(source)[0] > 3)], source=source)
    before, after = nibabel.load(source).header, nibabel.load(tmp_path / "b.nii.gz").header
    for field in ("sform_code", "qform_code", "pixdim", "srow_x", "srow_y", "srow_z"):
        first, second = np.atleast_1d(before[field]), np.atleast_1d(after[field])
        np.testing.assert_array_equal(first[:4], second[:4], err_msg=field)
    for field in ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"):
        assert before[field] == after[field], field
    assert (after["qform_code"], after["sform_code"]) == codes
    assert after.get_xyzt_units()[0] == "mm"
    assert b"Doe" not in after.binaryblock


def test_programs_that_read_the_qform_alone_see_the_same_place(tmp_path: Path) -> None:
    for turn, axes in product((np.eye(3), OBLIQUE), EVERY_ORIENTATION):
        source = write_phantom(tmp_path / f"{axes}.nrrd", turn @ toward(axes))
        write_mask(tmp_path / "b.nii", masks_of(source), source=source)
        image = nibabel.load(tmp_path / "b.nii")
        assert (image.header["qform_code"], image.header["sform_code"]) == (1, 1)
        np.testing.assert_allclose(image.get_qform(), image.get_sform(), atol=1e-4)


def test_nifti_in_micrometres_stays_so_and_becomes_nrrd_in_millimetres(tmp_path: Path) -> None:
    content = nifti_bytes(np.ones((2, 2, 2)), [[500, 0, 0, 7000], [0, 500, 0, 0], [0, 0, 2000, 0]])
    content[123] = 3
    (tmp_path / "a.nii").write_bytes(content)
    write_mask(tmp_path / "b.nrrd", masks_of(tmp_path / "a.nii"), source=tmp_path / "a.nii")
    assert by_simpleitk(tmp_path / "b.nrrd").affine.diagonal().tolist() == [-0.5, -0.5, 2, 1]
    write_mask(tmp_path / "b.nii", masks_of(tmp_path / "a.nii"), source=tmp_path / "a.nii")
    assert nibabel.load(tmp_path / "b.nii").header.get_xyzt_units()[0] == "micron"


@given(
    voxels=st.tuples(*[st.integers(1, 4)] * 3, st.randoms(use_true_random=False)),
    axes=st.sampled_from(EVERY_ORIENTATION),
    source=st.sampled_from([".nii", ".nrrd", ".mha"]),
    written=st.sampled_from(WRITTEN),
)
def test_what_is_written_is_read_again(voxels, axes: str, source: str, written: str) -> None:
    *size, random = voxels
    with tempfile.TemporaryDirectory() as folder:
        of = write(Path(folder) / f"a{source}", np.ones(size, np.int16), axes=axes)
        shape = slices_of(of).shape
        masks = np.array([random.random() < 0.5 for _ in range(np.prod(size))]).reshape(shape)
        given_ = random.sample(range(len(masks)), random.randint(1, len(masks)))
        path = Path(folder) / f"b{written}"
        left_out = write_mask(path, ((n, masks[n]) for n in given_), source=of)
        assert {*left_out, *given_} == set(range(len(masks)))
        masks[list(left_out)] = False
        np.testing.assert_array_equal(slices_of(path), masks)
        assert read_header(path).space == read_header(of).space
        if written != ".seg.nrrd":
            planes = masks * np.float32(0.3)
            assert write_probability(path, ((n, planes[n]) for n in given_), source=of) == left_out
            planes[list(left_out)] = np.nan
            np.testing.assert_array_equal(slices_of(path), planes)
            assert all(read.values.dtype == np.float32 for read in by_both(path))


def test_a_segmentation_of_3d_slicer_by_its_documentation(tmp_path: Path) -> None:
    source = write(tmp_path / "a.mha", np.zeros((5, 6, 7), np.int16), spacing_mm=(1, 2, 3))
    mask = np.zeros((6, 5), dtype=bool)
    mask[2:5, 1:3] = True  # rows along the second axis, columns along the first
    path = tmp_path / "b.seg.nrrd"
    write_mask(path, [(3, mask), (4, mask)], source=source, target="liver\n\x1b[31m")
    head, _, _ = path.read_bytes().partition(b"\n\n")
    lines = head.decode().splitlines()
    for line in (
        "space: left-posterior-superior",
        "space directions: (1,0,0) (0,2,0) (0,0,3)",
        "space origin: (0,0,0)",
        "type: unsigned char",
        "Segmentation_MasterRepresentation:=Binary labelmap",
        "Segmentation_SourceRepresentation:=Binary labelmap",
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
        "Segmentation_ReferenceImageExtentOffset:=0 0 0",
        "Segment0_ID:=Segment_1",
        "Segment0_LabelValue:=1",
        "Segment0_Layer:=0",
        "Segment0_Extent:=1 2 2 4 3 4",
        "Segment0_Color:=0.5 0.68 0.5",
    ):
        assert line in lines
    assert [line for line in lines if "Name:" in line] == [r"Segment0_Name:=liver\\n\\x1b[31m"]
    write_mask(path, [(0, mask & False)], source=source)
    assert b"Segment0_Extent:=0 -1 0 -1 0 -1\n" in path.read_bytes()
    assert sitk.ReadImage(str(path)).GetMetaData("Segment0_Name") == "target"


@pytest.fixture
def block(tmp_path: Path) -> Path:
    return write(tmp_path / "a.nii.gz", np.zeros((3, 2, 4), np.int16))


MASK = np.ones((2, 3), dtype=bool)
HALF = np.full((2, 3), 0.5, dtype=np.float32)


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ([(4, MASK)], "got slice 4 of 4; number them from 0 to 3"),
        ([(-1, MASK)], "got slice -1 of 4"),
        ([(1, MASK), (1, MASK)], "got slice 1 twice"),
        ([(1, MASK.T)], "slice 1 of 3x2 pixels, expected 2x3; stretch it"),
        ([(1, MASK[:1])], "slice 1 of 1x3 pixels, expected 2x3"),  # would be broadcast
        ([(1, MASK.astype(np.uint8))], r"as uint8, expected a mask \(bool\)"),
        ([], "got none of 4 slices"),
    ],
)
@pytest.mark.usefixtures("as_users_run_it")
def test_masks_that_do_not_fit(tmp_path: Path, block: Path, masks, words: str) -> None:
    with pytest.raises(DataError, match=words):
        write_mask(tmp_path / "b.nrrd", masks, source=block)
    assert [path.name for path in tmp_path.iterdir()] == ["a.nii.gz"]


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.1])
@pytest.mark.usefixtures("as_users_run_it")
def test_numbers_that_are_no_probabilities(tmp_path: Path, block: Path, wrong: float) -> None:
    plane = HALF.copy()
    plane[1, 1] = wrong
    with pytest.raises(DataError, match="expected probabilities from 0 to 1"):
        write_probability(tmp_path / "b.nii", [(0, plane)], source=block)
    with pytest.raises(DataError, match="as float64, expected"):
        write_probability(tmp_path / "b.nii", [(0, HALF.astype(float))], source=block)


def never() -> Iterator[tuple[int, np.ndarray]]:
    pytest.fail("somebody has worked for what cannot be written")
    yield 0, MASK


def test_names_that_cannot_be_written(tmp_path: Path, block: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write b.mhd: expected a name that ends in one"):
        write_mask(tmp_path / "b.mhd", never(), source=block)
    with pytest.raises(ConfigError, match="name it .nrrd or .nii.gz"):
        write_probability(tmp_path / "b.seg.nrrd", never(), source=block)
    (tmp_path / "link.nii.gz").symlink_to(block)
    with pytest.raises(ConfigError, match="link.nii.gz is the volume that was read"):
        write_mask(tmp_path / "link.nii.gz", never(), source=block)
    long = write(tmp_path / "long.nrrd", np.zeros((2**15, 1, 1), np.uint8))
    with pytest.raises(DataError, match="axis of 32768 voxels, NIfTI counts up to 32767"):
        write_mask(tmp_path / "b.nii", never(), source=long)
    block.write_bytes(block.read_bytes()[:40])
    with pytest.raises(DataError, match="cannot be read as a volume|is cut off|is damaged"):
        write_mask(tmp_path / "b.nii", never(), source=block)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd", ".mha"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, suffix: str) -> None:
    source = write(tmp_path / "a.nrrd", np.zeros((40, 40, 40), np.int16))
    noise = np.random.default_rng(0).random((40, 40, 40), dtype=np.float32)  # does not shrink
    path = tmp_path / f"b{suffix}"
    path.write_bytes(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(CannotWriteError, match=rf"cannot write .*b{suffix}: .*choose another"):
            write_probability(path, enumerate(noise), source=source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.nrrd", path.name]
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha"])
def test_slices_that_fail_leave_nothing(tmp_path: Path, block: Path, suffix: str) -> None:
    def failing() -> Iterator[tuple[int, np.ndarray]]:
        yield 0, MASK
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_mask(tmp_path / f"b{suffix}", failing(), source=block)
    assert [path.name for path in tmp_path.iterdir()] == ["a.nii.gz"]
