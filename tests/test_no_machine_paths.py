"""Whoever gets a study learns nothing of the folders of the machine that made it."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import twinseg
from tests.toy_study import run_toy
from twinseg.data.prepared import open_prepared

MACHINE = "somebodys-machine"


@pytest.fixture(scope="module")
def together(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source, a study of it, and masks of its model."""
    shared = tmp_path_factory.mktemp(MACHINE) / "together"
    shutil.copytree(source, shared / "source")
    study = run_toy(shared / "source", shared / "study")
    twinseg.predict_files(study.folder, shared / "source" / "images", shared / "masks")
    return shared


def names_the_machine(file: Path) -> bool:
    table = pd.read_parquet(file).to_csv().encode() if file.suffix == ".parquet" else b""
    return MACHINE.encode() in file.read_bytes() + table


def test_no_file_of_a_study_or_beside_it_names_a_folder_of_the_machine(together: Path) -> None:
    files = [file for file in together.rglob("*") if file.is_file()]
    assert {file.parent.parent.name for file in files} >= {"study", "together", "runs"}
    assert [str(file) for file in files if names_the_machine(file)] == []


def test_a_study_that_moved_with_its_source_finds_it(together: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(together, tmp_path / "moved")
    assert open_prepared(moved / "study" / "dataset").source == moved.resolve() / "source"
