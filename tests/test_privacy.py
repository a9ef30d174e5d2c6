"""No name, birth date or ID of a patient is in any file of a dataset, wherever paths hold it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.dicom_files import ct_slice, save, square, write_series, write_structures
from twinseg.core.source_settings import make_source_settings
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset

SECRETS = ("doe", "jane", "id-doe")  # of `ct_slice`: PatientName Doe^Jane, PatientID ID-Doe


def written(dataset: PreparedDataset) -> str:
    """All text that was written, in small letters."""
    files = [path for path in dataset.folder.iterdir() if path.suffix in (".json", ".csv")]
    tables = [pd.read_parquet(path).to_csv() for path in dataset.folder.glob("*.parquet")]
    assert files
    assert tables
    return "".join([path.read_text() for path in files] + tables).lower()


def write_slices_with_pictures(source: Path, patients: list[str]) -> Path:
    """Single slices with masks as PNG, all called after their patient."""
    mask = np.zeros((8, 8), np.uint8)
    mask[:3] = 255
    for patient in patients:
        for number in range(2):
            values = np.full((8, 8), 40 * number)
            slice_ = ct_slice(values, position_mm=(0, 0, number), series=patient, patient=patient)
            save(slice_, source / "images" / f"{patient}_{number}.dcm")
            (source / "masks").mkdir(exist_ok=True)
            Image.fromarray(mask).save(source / "masks" / f"{patient}_{number}.png")
    return source


@pytest.mark.parametrize("name", ["DOE^JANE", "ID-Doe", "scans of Jane/ct"])
def test_a_series_in_a_source_called_after_the_patient(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    write_series(source / "slices", [0, 2])
    write_structures(source / "regions.dcm", {"target": [square(1.5, 5.5, 0)]})
    (source / "slices" / "Doe.dcm").write_bytes(bytes(300))
    data = prepare(source, tmp_path / "set", make_source_settings(size=16), processes=1)
    text = written(data)
    assert [secret for secret in SECRETS if secret in text] == []
    assert str(tmp_path).lower() not in text
    assert "slices/[name]" in text  # the damaged file is listed all the same
    assert data.picture(0).shape == (20, 24, 3)


def test_single_slices_called_after_their_patients(tmp_path: Path) -> None:
    source = write_slices_with_pictures(tmp_path / "source", ["Doe", "Roe"])
    (source / "images" / "Doe_9.dcm").write_bytes(bytes(300))
    data = prepare(source, tmp_path / "set", make_source_settings(size=16), processes=1)
    text = written(data)
    assert [secret for secret in (*SECRETS, "roe") if secret in text] == []
    assert "images/[name]" in text
    assert len({case.id for case in data.dataset.cases}) == 4
    assert len(data.dataset.groups) == 2
    assert "paths that name a patient are hidden" in text
    again = prepare(source, tmp_path / "again", make_source_settings(size=16), processes=1)
    assert again.dataset.fingerprint == data.dataset.fingerprint


def test_groups_of_an_index_that_are_patients_stay_groups(tmp_path: Path) -> None:
    source = write_slices_with_pictures(tmp_path / "source", ["Doe", "Roe"])
    rows = [f"{name}_{number},{name}" for name in ("Doe", "Roe") for number in range(2)]
    (source / "index.csv").write_text("id,group\n" + "\n".join(rows))
    data = prepare(source, tmp_path / "set", make_source_settings(size=16), processes=1)
    assert len(data.dataset.groups) == 2
    assert [secret for secret in (*SECRETS, "roe") if secret in written(data)] == []


def test_slices_without_names_in_their_paths_are_referred_to(tmp_path: Path) -> None:
    source = write_slices_with_pictures(tmp_path / "source", ["Doe"])
    for path in [*source.glob("images/*"), *source.glob("masks/*")]:
        path.rename(path.with_name(path.name.replace("Doe", "slice")))
    data = prepare(source, tmp_path / "set", make_source_settings(size=16), processes=1)
    assert [case.id for case in data.dataset.cases] == ["slice_0", "slice_1"]
    assert data.dataset.facts["source"] == str(source.resolve())
    assert data.picture(1).shape == (8, 8, 3)
