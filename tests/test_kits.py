"""KiTS as it unpacks: cases as folders, imaging published apart."""

from pathlib import Path

import numpy as np
import pytest

from tests.volume_files import gzipped, nifti_bytes
from twinseg.core.errors import DataError
from twinseg.data.case_unit import ReadCase
from twinseg.data.sources.kits import KITS
from twinseg.data.sources.nifti import NIFTI
from twinseg.images.formats import picture_at
from twinseg.records.source_settings import SourceSettings

AFFINE = [[0, 0, -0.8, 0], [0, -0.8, 0, 0], [-5, 0, 0, 0]]  # slices first, from the head down


def write_case(folder: Path, *parts: str) -> None:
    folder.mkdir(parents=True)
    labels = np.zeros((3, 6, 8), dtype=np.int16)
    labels[0, 1, 1:6] = 1, 1, 2, 3, 3  # kidney, tumour, cyst in the uppermost slice
    if "imaging" in parts:
        content = gzipped(nifti_bytes(np.where(labels > 0, 40, 0).astype(np.int16), AFFINE))
        (folder / "imaging.nii.gz").write_bytes(content)
    if "segmentation" in parts:
        (folder / "segmentation.nii.gz").write_bytes(gzipped(nifti_bytes(labels, AFFINE)))


@pytest.fixture
def kits(tmp_path: Path) -> Path:
    write_case(tmp_path / "data" / "case_00000", "imaging", "segmentation")
    write_case(tmp_path / "data" / "case_00001", "segmentation")
    write_case(tmp_path / "data" / "case_00210", "imaging")
    (tmp_path / "data" / "kits.json").write_text("[]")
    return tmp_path


@pytest.mark.parametrize(
    ("foreground", "pixels"), [((), 5), (("tumour",), 1), (("2", "3"), 3), (("Kidney",), 2)]
)
def test_the_target_is_the_whole_kidney_unless_told(
    kits: Path, foreground: tuple[str, ...], pixels: int
) -> None:
    findings = KITS.find(kits, SourceSettings(foreground=foreground))
    (unit,) = findings.units
    read = list(unit.read())
    assert [case.mask.sum() for case in read if isinstance(case, ReadCase)] == [0, 0, pixels]
    assert bool(findings.notes) == (not foreground)
    upper = read[2]
    assert isinstance(upper, ReadCase)
    assert (upper.picture.id, upper.picture.group) == ("case_00000-0002", "case_00000")
    assert upper.picture.pixels.shape == (6, 8, 3)
    assert upper.picture.pixels[1, 1].tolist() == [
        128,
        128,
        128,
    ]  # HU although nothing is below zero
    assert upper.mask[1, 3] == (2 in {5: (1, 2, 3), 1: (2,), 3: (2, 3), 2: (1,)}[pixels])
    assert upper.picture.origin is not None
    np.testing.assert_array_equal(picture_at(kits, upper.picture.origin), upper.picture.pixels)


def test_missing_parts_are_listed(kits: Path) -> None:
    assert KITS.sees(kits) == "3 cases of kidney CT (KiTS)"
    assert KITS.sees(kits / "data") == "3 cases of kidney CT (KiTS)"
    left_out = {item.file: item.reason for item in KITS.find(kits, SourceSettings()).left_out}
    assert "publishes it apart" in left_out["data/case_00001"]
    assert "no segmentation" in left_out["data/case_00210"]


def test_nothing_complete_is_refused_with_the_reason(tmp_path: Path) -> None:
    write_case(tmp_path / "case_00001", "segmentation")
    with pytest.raises(DataError, match="no case that is complete.*publishes it apart"):
        KITS.find(tmp_path, SourceSettings())
    assert KITS.sees(tmp_path / "case_00001") == ""
    assert NIFTI.sees(tmp_path) == "1 volume (NIfTI, NRRD or MHA)"
