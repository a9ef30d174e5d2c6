"""A run trained again from its manifest: the same to the bit, or said to be another."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import twinseg
from tests.conftest import write_discs
from tests.stages import without_report
from tests.toy_study import Heard, results, run_toy
from twinseg.core.errors import ConfigError, DataError, NotTheSameError, StoreError
from twinseg.study import verify as verify_of
from twinseg.study.verify import verify_run
from twinseg.training.train import train_run

FIRST, SECOND = "random1-f100-s0", "random2-f100-s0"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> twinseg.Study:
    folder = tmp_path_factory.mktemp("verified")
    with pytest.MonkeyPatch.context() as patched:
        without_report(patched)
        return run_toy(write_discs(folder, cases=20), folder / "out")


def test_a_run_trained_again_is_the_same_to_the_bit(study: twinseg.Study) -> None:
    before, heard = results(study.folder), Heard()
    verify_run(study.folder, SECOND, weights_dir=None, progress=heard)
    assert any(line.startswith(f"{SECOND}: the same to the bit: weights") for line in heard.lines)
    assert results(study.folder) == before


def test_another_model_is_said_to_be_another(
    study: twinseg.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_more_decay(job, *more) -> None:
        training = job.settings.training.model_copy(update={"weight_decay": 0.5})
        settings = job.settings.model_copy(update={"training": training})
        train_run(replace(job, settings=settings), *more)

    monkeypatch.setattr(verify_of, "train_run", with_more_decay)
    heard = Heard()
    with pytest.raises(NotTheSameError, match=f"{FIRST} trained again is another model"):
        verify_run(study.folder, None, weights_dir=None, progress=heard)
    assert "first weights are the same" in heard.lines
    assert any(line.startswith("validation Dice of the kept epoch was") for line in heard.lines)


def test_what_cannot_be_verified_is_refused(study: twinseg.Study, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"unknown run 'nobody'; choose one of: {FIRST}"):
        verify_run(study.folder, "nobody", weights_dir=None, progress=Heard())
    with pytest.raises(StoreError, match="is no study"):
        verify_run(tmp_path, None, weights_dir=None, progress=Heard())
    shutil.copy(study.folder / "study.toml", tmp_path)
    with pytest.raises(DataError, match="no run of .* is trained"):
        verify_run(tmp_path, None, weights_dir=None, progress=Heard())
    shutil.copytree(study.folder / "runs", tmp_path / "runs")
    with pytest.raises(DataError, match=r"say where: --dataset FOLDER"):
        verify_run(tmp_path, None, weights_dir=None, progress=Heard())


def test_a_study_whose_dataset_lies_elsewhere_is_told_where(
    study: twinseg.Study, tmp_path: Path
) -> None:
    dataset, without = study.folder / "dataset", tmp_path / "study"
    shutil.copytree(study.folder, without, ignore=shutil.ignore_patterns("dataset"))
    heard = Heard()
    verify_run(without, None, dataset=dataset, weights_dir=None, progress=heard)
    assert any("the same to the bit" in line for line in heard.lines)
