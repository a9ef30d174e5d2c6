"""Volumes as a kind of source: recognised, found, read slice by slice."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.volume_files import write, write_turned
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.case_unit import CaseUnit, ReadCase
from twinseg.data.sources.nifti import NIFTI
from twinseg.data.volumes.volume_cases import kept
from twinseg.images.formats import picture_at
from twinseg.images.unit import LeftOut
from twinseg.images.window import Window
from twinseg.records.source_settings import SourceSettings

CT = np.full((6, 5, 4), -1000, dtype=np.int16)  # x, y, z
CT[1:5, 1:4] = 40
LABEL = np.zeros((6, 5, 4), dtype=np.uint8)
LABEL[2, 1, 3] = 1  # third column, second row of the uppermost slice
SETTINGS = SourceSettings()


def cases(unit: CaseUnit) -> list[ReadCase]:
    found = list(unit.read())
    assert all(isinstance(case, ReadCase) for case in found)
    return [case for case in found if isinstance(case, ReadCase)]


def write_pair(folder: Path, image: np.ndarray = CT, label: np.ndarray = LABEL) -> Path:
    write(folder / "imagesTr" / "a.nii.gz", image, spacing_mm=(0.5, 0.75, 3))
    write(folder / "labelsTr" / "a.nii.gz", label, spacing_mm=(0.5, 0.75, 3))
    return folder


def test_slices_of_a_volume(tmp_path: Path) -> None:
    findings = NIFTI.find(write_pair(tmp_path), SETTINGS)
    (unit,) = findings.units
    assert findings.facts == {"window_hu": [-160.0, 240.0]}
    assert pickle.loads(pickle.dumps(unit)) == unit
    assert unit.files == (tmp_path / "imagesTr/a.nii.gz", tmp_path / "labelsTr/a.nii.gz")
    read = cases(unit)
    assert [case.picture.id for case in read] == ["a-0000", "a-0001", "a-0002", "a-0003"]
    assert {case.picture.group for case in read} == {"a"}
    assert {case.picture.spacing_mm for case in read} == {(0.75, 0.5)}
    assert [int(case.mask.sum()) for case in read] == [0, 0, 0, 1]
    assert np.argwhere(read[3].mask).tolist() == [[1, 2]]
    # (40 + 160) / 400 * 255 = 127.5: to even, 128
    assert read[3].picture.pixels[1, 2].tolist() == [128, 128, 128]
    assert read[3].picture.pixels[0, 0].tolist() == [0, 0, 0]
    assert {case.note for case in read} == {
        "CT volumes shown from -160 to 240 HU, one slice as grey"
    }
    for case in read:
        assert case.picture.origin is not None
        np.testing.assert_array_equal(
            picture_at(tmp_path, case.picture.origin), case.picture.pixels
        )


def test_organs_on_grids_of_their_own_become_one_mask(tmp_path: Path) -> None:
    write(tmp_path / "p/ct.nii", CT)
    lowest = np.zeros_like(LABEL)
    lowest[5, 4, 0] = 1  # last column, last row of the lowest slice
    write(tmp_path / "p/segmentations/liver.nii", LABEL)
    write(tmp_path / "p/segmentations/spleen.nii", lowest)
    write(tmp_path / "p/segmentations/gut.nii", np.ones((1, 1, 1), np.uint8), origin_mm=(0, 0, 3))
    chosen = SourceSettings(masks=("liver", "spleen", "gut"))
    (unit,) = NIFTI.find(tmp_path, chosen).units
    read = cases(unit)
    assert np.argwhere([case.mask for case in read]).tolist() == [[0, 4, 5], [3, 0, 0], [3, 1, 2]]
    assert "label volumes of another grid" in read[0].note


@pytest.mark.parametrize("axes", ["RAS", "SAR", "IPL", "ASL"])
def test_image_and_label_may_be_stored_in_different_ways(tmp_path: Path, axes: str) -> None:
    write_turned(tmp_path / "images/a.nii.gz", CT, (0.5, 0.75, 3), axes)
    write_turned(tmp_path / "labels/a.nrrd", LABEL, (0.5, 0.75, 3), "LPS")
    (unit,) = NIFTI.find(tmp_path, SETTINGS).units
    read = cases(unit)
    assert np.argwhere([case.mask for case in read]).tolist() == [[3, 1, 2]]
    assert not any("nearest" in case.note for case in read)


def test_labels_of_another_grid_are_brought_over_with_a_note(tmp_path: Path) -> None:
    write(tmp_path / "images/a.nii", CT)
    fine = LABEL.repeat(2, axis=0).repeat(2, axis=1)
    write(tmp_path / "labels/a.nii", fine, spacing_mm=(0.5, 0.5, 1), origin_mm=(-0.25, -0.25, 0))
    read = cases(NIFTI.find(tmp_path, SETTINGS).units[0])
    assert np.argwhere([case.mask for case in read]).tolist() == [[3, 1, 2]]
    assert all("nearest neighbour" in case.note for case in read)


@pytest.mark.parametrize(
    ("shape", "origin_mm", "reason"),
    [
        ((6, 5, 4), (0, 0, 2), "same shape that lies 2 mm elsewhere"),
        ((6, 5, 3), (0, 0, 90), "another part of space"),
    ],
)
def test_labels_elsewhere_are_left_out(
    tmp_path: Path, shape: tuple[int, ...], origin_mm: tuple[float, float, float], reason: str
) -> None:
    write(tmp_path / "a.nii", CT)
    write(tmp_path / "a_seg.nii", np.ones(shape, dtype=np.uint8), origin_mm=origin_mm)
    with pytest.raises(DataError, match=reason):
        cases(NIFTI.find(tmp_path, SETTINGS).units[0])


def test_other_values_are_shown_by_percentiles_or_as_told(tmp_path: Path) -> None:
    mr = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)
    write(tmp_path / "a.nii", mr)
    write(tmp_path / "a_seg.nii", (mr > 900).astype(np.uint8))
    read = cases(NIFTI.find(tmp_path, SETTINGS).units[0])
    assert read[0].picture.origin is not None
    assert read[0].picture.origin.window.low == pytest.approx(0.005 * 999)
    assert read[0].picture.origin.window.high == pytest.approx(0.995 * 999)
    assert "its own 0.5 %" in read[0].note
    told = cases(NIFTI.find(tmp_path, SourceSettings(window="0,500")).units[0])
    assert told[0].picture.origin is not None
    assert told[0].picture.origin.window == Window(0.0, 500.0)


def test_empty_slices_are_thinned_evenly_and_counted(tmp_path: Path) -> None:
    label = np.zeros((6, 5, 40), dtype=np.uint8)
    label[2, 2, 7] = 1
    write_pair(tmp_path, CT.repeat(10, axis=2), label)
    some = cases(NIFTI.find(tmp_path, SourceSettings(empty_slices=0.1)).units[0])
    assert len(some) == 5
    assert [case.empty_slices for case in some] == [(0, 0)] * 4 + [(4, 39)]
    none = cases(NIFTI.find(tmp_path, SourceSettings(empty_slices=0)).units[0])
    assert [case.picture.id for case in none] == ["a-0007"]
    write_pair(tmp_path, label=np.zeros_like(LABEL))
    (out,) = NIFTI.find(tmp_path, SourceSettings(empty_slices=0)).units[0].read()
    assert isinstance(out, LeftOut)


def test_even_spacing_on_paper() -> None:
    assert kept(range(10), 0.3) == {1, 4, 8}  # 0.3 n + 0.5 passes 1, 2, 3 at n = 2, 5, 9
    assert kept(range(10), 1.0) == set(range(10))
    assert kept(range(10), 0.0) == set()


def test_names_of_labels_from_dataset_json(tmp_path: Path) -> None:
    label = LABEL.copy()
    label[0, 0, 0] = 2
    write_pair(tmp_path, CT.clip(0), label)
    described = {
        "modality": {"0": "CT"},
        "labels": {"0": "background", "1": "liver", "2": "cancer"},
    }
    (tmp_path / "dataset.json").write_text(json.dumps(described))
    with pytest.raises(MaskValuesError, match="--foreground 1,2.*1 liver, 2 cancer"):
        cases(NIFTI.find(tmp_path, SETTINGS).units[0])
    read = cases(NIFTI.find(tmp_path, SourceSettings(foreground=("Cancer",))).units[0])
    assert [int(case.mask.sum()) for case in read] == [1, 0, 0, 0]
    assert "CT volumes" in read[0].note  # though no value is below zero


def test_it_sees_volumes_but_no_dicom(tmp_path: Path) -> None:
    write_pair(tmp_path)
    assert NIFTI.sees(tmp_path) == "1 volume with labels (NIfTI, NRRD or MHA)"
    (tmp_path / "slice1").write_bytes(b"\0" * 128 + b"DICM")
    assert NIFTI.sees(tmp_path) == ""
    assert NIFTI.sees(tmp_path / "slice1") == ""
    (tmp_path / "no").mkdir()
    with pytest.raises(DataError, match="imagesTr"):
        NIFTI.find(tmp_path / "no", SETTINGS)


def test_index_csv_gives_groups(tmp_path: Path) -> None:
    write_pair(tmp_path)
    (tmp_path / "index.csv").write_text("id,group\na,anna\n")
    assert NIFTI.find(tmp_path, SETTINGS).units[0].pictures.group == "anna"  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", ["ibsi1_ct_phantom/nifti", "ibsi_validation/STS_025/nifti"])
def test_real_volumes(shared: Path, folder: str) -> None:
    source = shared / "data" / "dicom" / folder
    assert NIFTI.sees(source).startswith("1 volume with labels")
    read = cases(NIFTI.find(source, SETTINGS).units[0])
    assert (len(read), sum(int(case.mask.sum()) for case in read)) in [(60, 125256), (47, 9655)]
