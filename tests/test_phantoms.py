"""Phantoms: reproducible, outlined exactly, recognisable for a machine but not by one threshold."""

import csv
import itertools

import numpy as np
import pydicom
import pytest
from PIL import Image

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.seeds import stream
from twinseg.data.phantoms import KINDS, write_phantoms
from twinseg.data.phantoms.anatomy import HALF_LENGTH_MM, draw_anatomy
from twinseg.data.phantoms.ct import draw_ct_slice
from twinseg.data.phantoms.histology import draw_stain, draw_tile
from twinseg.data.phantoms.phantom_folders import SLICES_PER_PATIENT, TILES_PER_SLIDE
from twinseg.data.phantoms.skin import draw_skin
from twinseg.images.dicom.one_slice import read_slice

SIZE_PX = 96
CASES = 30


@pytest.fixture(scope="module")
def skins():
    return [
        draw_skin(SIZE_PX, lesion_rng=stream(1, "l", case), photograph_rng=stream(1, "p", case))
        for case in range(CASES)
    ]


@pytest.fixture(scope="module")
def tiles():
    stains = [draw_stain(stream(2, "stain", case)) for case in range(CASES)]
    return [
        draw_tile(SIZE_PX, stain=stain, rng=stream(2, case)) for case, stain in enumerate(stains)
    ]


@pytest.fixture(scope="module")
def kidneys():
    """The slice through the middle of the kidneys of many patients."""
    return [
        draw_ct_slice(
            draw_anatomy(rng=stream(3, "patient", case)),
            size_px=SIZE_PX,
            height_mm=0.0,
            rng=stream(3, case),
        )
        for case in range(CASES)
    ]


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def groups(folder):
    with (folder / "index.csv").open(newline="") as table:
        return {row["id"]: row["group"] for row in csv.DictReader(table)}


def best_threshold_dice(plane, mask):
    """Dice of the best single threshold on ``plane``, which knows the truth and the direction."""
    shares = []
    for threshold in np.quantile(plane, np.linspace(0.02, 0.98, 25)):
        for found in (plane > threshold, plane <= threshold):
            shares.append(2 * (found & mask).sum() / (found.sum() + mask.sum()))
    return max(shares)


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_bytes_and_another_seed_others(kind, tmp_path):
    for name, seed in (("first", 5), ("second", 5), ("other", 6)):
        write_phantoms(kind, tmp_path / name, cases=3, size_px=48, seed=seed)
    assert files(tmp_path / "first") == files(tmp_path / "second")
    assert files(tmp_path / "first") != files(tmp_path / "other")


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_does_not_depend_on_how_many_there_are(kind, tmp_path):
    write_phantoms(kind, tmp_path / "few", cases=2, size_px=48, seed=5)
    write_phantoms(kind, tmp_path / "many", cases=4, size_px=48, seed=5)
    few, many = files(tmp_path / "few"), files(tmp_path / "many")
    few.pop("index.csv")
    assert few.items() <= many.items()


@pytest.mark.parametrize(
    ("kind", "suffix"), [("skin", ".jpg"), ("histology", ".tif"), ("ct", ".dcm")]
)
def test_every_picture_has_a_mask_of_its_size_in_0_and_255(kind, suffix, tmp_path):
    folder = tmp_path / kind
    write_phantoms(kind, folder, cases=6, size_px=50, seed=1)
    assert {path.name for path in (folder / "images").iterdir()} == {
        f"{case}{suffix}" for case in groups(folder)
    }
    for case in groups(folder):
        with Image.open(folder / "masks" / f"{case}.png") as mask:
            assert (mask.mode, mask.size) == ("L", (50, 50))
            assert set(np.unique(mask)) <= {0, 255}
        if suffix != ".dcm":
            with Image.open(folder / "images" / f"{case}{suffix}") as picture:
                assert (picture.mode, picture.size) == ("RGB", (50, 50))


def test_groups_hold_what_must_not_be_split(tmp_path):
    for kind in ("skin", "histology"):
        write_phantoms(kind, tmp_path / kind, cases=6, size_px=32, seed=1)
    assert list(groups(tmp_path / "skin").values()) == [
        f"lesion{number:04d}" for number in (0, 1, 1, 2, 3, 3)
    ]
    slides = list(groups(tmp_path / "histology").values())
    assert slides == ["slide000"] * TILES_PER_SLIDE + ["slide001"] * (6 - TILES_PER_SLIDE)


def test_a_lesion_photographed_twice_is_the_same_lesion():
    first, second = (
        draw_skin(48, lesion_rng=stream(1), photograph_rng=stream(2, view)) for view in (0, 1)
    )
    assert (first.mask == second.mask).all()
    assert (first.picture != second.picture).any()


def test_an_unknown_kind_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(ConfigError, match="choose one of: ct, histology, skin"):
        write_phantoms("brain", tmp_path / "x", cases=1, size_px=32, seed=1)
    assert not (tmp_path / "x").exists()


def test_an_existing_folder_is_left_alone(tmp_path):
    with pytest.raises(StoreError, match="exists already"):
        write_phantoms("skin", tmp_path, cases=1, size_px=32, seed=1)


def test_lesions_are_small_and_large(skins):
    shares = [phantom.mask.mean() for phantom in skins]
    assert 0.025 < min(shares) < 0.06
    assert 0.3 < max(shares) < 0.47


def test_some_tiles_have_no_tumour_and_none_is_all_tumour(tiles):
    shares = [phantom.mask.mean() for phantom in tiles]
    assert 1 <= sum(share == 0 for share in shares) <= CASES / 3
    assert max(shares) < 0.85


def test_kidneys_take_up_a_few_percent_on_both_sides(kidneys):
    for phantom in kidneys:
        right, left = np.hsplit(phantom.mask, 2)
        assert 0.004 < right.mean() < 0.1
        assert 0.004 < left.mean() < 0.1


def test_lesions_and_tumours_are_darker_but_no_threshold_outlines_them(skins, tiles):
    for phantoms in (skins, tiles):
        drawn = [(p.picture.mean(axis=2), p.mask) for p in phantoms if p.mask.any()]
        darker = [grey[mask].mean() < grey[~mask].mean() for grey, mask in drawn]
        outlined = [best_threshold_dice(grey, mask) for grey, mask in drawn]
        assert np.mean(darker) > 0.75
        assert np.quantile(outlined, 0.3) < 0.8


def test_kidneys_have_the_density_of_kidneys_and_so_have_other_organs(kidneys):
    means = np.array([phantom.picture[phantom.mask].mean() for phantom in kidneys])
    assert means.min() > 20
    assert means.max() < 230
    assert np.median([best_threshold_dice(p.picture, p.mask) for p in kidneys]) < 0.8


def test_the_body_lies_in_air_and_holds_fat_muscle_and_bone(kidneys):
    for phantom in kidneys:
        assert phantom.picture[0].max() < -850
        for low, high in ((-160, -60), (20, 110), (300, 900)):
            assert ((phantom.picture > low) & (phantom.picture < high)).mean() > 0.003


def test_kidneys_of_a_patient_grow_and_shrink_along_the_body():
    anatomy = draw_anatomy(rng=stream(4))
    heights_mm = np.arange(-HALF_LENGTH_MM, HALF_LENGTH_MM + 1, 10)
    slices = [
        draw_ct_slice(anatomy, size_px=SIZE_PX, height_mm=float(height_mm), rng=stream(4, index))
        for index, height_mm in enumerate(heights_mm)
    ]
    areas = [phantom.mask.sum() for phantom in slices]
    assert areas[0] == areas[-1] == 0
    assert 7 <= np.count_nonzero(areas) <= 14
    right = [phantom.mask[:, : SIZE_PX // 2].sum() for phantom in slices]
    assert min(area for area in right if area) < max(right) / 2
    inside = [phantom.mask for phantom in slices if phantom.mask.any()]
    assert all((lower & upper).any() for lower, upper in itertools.pairwise(inside))


def test_a_patient_is_one_dicom_series_from_head_to_feet(tmp_path):
    write_phantoms("ct", tmp_path / "ct", cases=2 * SLICES_PER_PATIENT, size_px=48, seed=1)
    patients = {}
    for case, patient in groups(tmp_path / "ct").items():
        dataset = pydicom.dcmread(tmp_path / "ct" / "images" / f"{case}.dcm")
        assert (dataset.PatientID, dataset.PatientName) == (patient, "Phantom^Kidney")
        with Image.open(tmp_path / "ct" / "masks" / f"{case}.png") as mask:
            patients.setdefault(patient, []).append((dataset, np.asarray(mask).any()))
    assert len(patients) == 2
    uids = []
    for slices in patients.values():
        assert len({dataset.SeriesInstanceUID for dataset, _ in slices}) == 1
        assert len({dataset.SOPInstanceUID for dataset, _ in slices}) == SLICES_PER_PATIENT
        assert [dataset.InstanceNumber for dataset, _ in slices] == list(
            range(1, SLICES_PER_PATIENT + 1)
        )
        heights_mm = [dataset.ImagePositionPatient[2] for dataset, _ in slices]
        assert np.ptp(np.diff(heights_mm)) < 1e-6
        assert heights_mm[0] > heights_mm[-1]
        kidneys = [has_kidney for _, has_kidney in slices]
        assert not kidneys[0]
        assert not kidneys[-1]
        assert any(kidneys)
        uids.append(slices[0][0].SeriesInstanceUID)
    assert len(set(uids)) == 2


def test_the_slice_on_disk_is_the_slice_drawn_to_one_unit(tmp_path):
    write_phantoms("ct", tmp_path / "ct", cases=1, size_px=48, seed=9)
    drawn = draw_ct_slice(
        draw_anatomy(rng=stream(9, "ct", "patient", 0)),
        size_px=48,
        height_mm=HALF_LENGTH_MM,
        rng=stream(9, "ct", 0),
    )
    read = read_slice(tmp_path / "ct" / "images" / "patient000_slice01.dcm")
    assert np.abs(read.hounsfield - drawn.picture).max() <= 0.5
    assert read.spacing_mm == (7.5, 7.5)
