"""`twinseg predict`: rules, wrong questions, what is stopped, what is damaged; `Model.predict`."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import twinseg
from tests.commands import twinseg_here as command
from tests.conftest import WritePairs
from tests.toy_study import Heard
from tests.untrained import SPEC, write_untrained
from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.data.batches import to_images
from twinseg.study.new_pictures import writing
from twinseg.study.new_pictures.journal import Done, Journal


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained(tmp_path_factory.mktemp("models") / "random-f100-s0")


def pictures_in(folder: Path) -> list[np.ndarray]:
    return [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]


def test_the_same_picture_gets_the_same_mask_alone_and_among_others(
    model: Path, write_pairs: WritePairs
) -> None:
    pictures = pictures_in(write_pairs() / "images")
    loaded = twinseg.load_model(model)
    together = list(loaded.predict(pictures))
    assert len(together) == 10
    for picture, one in zip(pictures, together, strict=True):
        alone = loaded.predict(picture)
        assert alone.probability is not None
        assert np.array_equal(alone.probability, one.probability)
        assert np.array_equal(alone.mask, alone.probability > 0.5)
        assert alone.mask.shape == picture.shape[:2]


@pytest.mark.usefixtures("as_users_run_it")
def test_arrays_that_are_no_pictures_are_refused_and_measured_values_go_through_the_window(
    model: Path, tmp_path: Path
) -> None:
    loaded = twinseg.load_model(model)
    with pytest.raises(DataError, match=r"float64 \(8, 8, 3\) came, expected uint8"):
        loaded.predict(np.zeros((8, 8, 3)))
    with pytest.raises(DataError, match=r"uint8 \(8, 8, 4\) came, .* leave out the fourth channel"):
        loaded.predict(np.zeros((8, 8, 4), np.uint8))
    with pytest.raises(DataError, match=r"uint8 \(3, 8, 8\) came, .* channels come last"):
        loaded.predict(np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(DataError, match=r"uint8 \(0, 0, 3\) came, expected"):
        loaded.predict(np.zeros((0, 0, 3), np.uint8))
    for no_array in (Image.new("RGB", (8, 8)), "picture.png", tmp_path / "picture.png"):
        with pytest.raises(DataError, match=r"a picture of type \w+ came, .* np.asarray"):
            loaded.predict(no_array)
    with pytest.raises(DataError, match="grey of int16 came, and the model was not trained"):
        loaded.predict(np.zeros((8, 8), np.int16))
    spec = replace(SPEC, kind="dicom", window="-100,155")
    ct = twinseg.load_model(write_untrained(tmp_path / "ct", spec))
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    measured = ct.predict(grey.astype(np.int16) - 100)  # a step of one unit is one of grey
    assert np.array_equal(measured.probability, ct.predict(grey).probability)


def test_killed_in_the_middle_it_goes_on_and_ends_with_the_same(
    model: Path, write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = write_pairs(cases=30) / "images"
    twinseg.predict_files(model, images, tmp_path / "whole")
    written = writing.row_of
    count = 0

    def killed(*given: object) -> dict:
        nonlocal count
        count += 1
        if count == 13:
            raise KeyboardInterrupt
        return written(*given)

    monkeypatch.setattr(writing, "row_of", killed)
    with pytest.raises(KeyboardInterrupt):
        twinseg.predict_files(model, images, tmp_path / "out")
    before = (tmp_path / "out" / ".journal.jsonl").read_text().count("\n")
    assert 0 < before < 30  # others were being written meanwhile
    monkeypatch.setattr(writing, "row_of", written)
    heard = Heard()
    twinseg.predict_files(model, images, tmp_path / "out", progress=heard)
    assert f"{before} of 30 are there; going on" in heard.lines
    for name in ("table.csv", "failed.csv", "index.html"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    for mask in (tmp_path / "whole" / "masks").iterdir():
        assert mask.read_bytes() == (tmp_path / "out" / "masks" / mask.name).read_bytes()
    assert not list((tmp_path / "out").rglob("*.part"))


def test_volumes_of_photographs_are_refused_and_another_input_is_called_so(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=3) / "images"
    with pytest.raises(ConfigError, match=r"--volumes \.nii: .* holds no series or volume"):
        twinseg.predict_files(model, images, tmp_path / "out", volumes=".nii")
    assert not (tmp_path / "out").exists()
    twinseg.predict_files(model, images, tmp_path / "out")
    others = shutil.copytree(images, tmp_path / "others")
    with pytest.raises(StoreError, match=r"not the same: INPUT\); choose another OUT"):
        twinseg.predict_files(model, others, tmp_path / "out")


def test_half_a_line_of_the_journal_is_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.note(Done("a", [{"picture": "a"}], left_out=[("b", "why")]))
    with (tmp_path / "journal").open("a") as file:
        file.write('{"key": "b", "ro')
    again = Journal(tmp_path / "journal")
    assert list(again.done) == ["a"]
    assert again.done["a"] == journal.done["a"]
    again.note(Done("b"))
    assert list(Journal(tmp_path / "journal").done) == ["a", "b"]


def test_one_bad_file_is_listed_and_the_others_are_done_with_status_1(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=4) / "images"
    (images / "case01.png").write_bytes((images / "case01.png").read_bytes()[:300])
    done = command("predict", model, images, tmp_path / "out")
    assert done.returncode == 1
    assert "3 pictures predicted" in done.stdout
    assert "case01.png: cannot be read" in done.stdout
    assert "case01.png" in (tmp_path / "out" / "index.html").read_text()
    assert len(pd.read_csv(tmp_path / "out" / "failed.csv")) == 1
    shutil.copy(images / "case00.png", images / "case01.png")  # mended: only it is read again
    done = command("predict", model, images, tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 of 4 are there; going on" in done.stdout


def test_nothing_of_anybody_is_written_over(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=2) / "images"
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    refused = command("predict", model, images, tmp_path / "thesis")
    assert (refused.returncode, refused.stdout.count("\n")) == (2, 0)
    assert "holds other files; choose another OUT" in refused.stderr
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]
    for inside in (images, images / "out"):
        with pytest.raises(ConfigError, match="choose an OUT outside of INPUT"):
            twinseg.predict_files(model, images, inside)
    with pytest.raises(StoreError, match="is a file; choose another OUT"):
        twinseg.predict_files(model, images, tmp_path / "thesis" / "chapter.txt")
    twinseg.predict_files(model, images, tmp_path / "out")
    (tmp_path / "out" / "masks" / "case01.png").unlink()
    twinseg.predict_files(model, images, tmp_path / "out")
    assert (tmp_path / "out" / "masks" / "case01.png").exists()
    with pytest.raises(StoreError, match=r"not the same: probabilities\); choose another OUT"):
        twinseg.predict_files(model, images, tmp_path / "out", probabilities=True)


def test_a_model_with_other_weights_than_it_was_written_with_is_refused(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    shutil.copytree(model, tmp_path / "run")
    weights = tmp_path / "run" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    done = command("predict", tmp_path / "run", write_pairs() / "images", tmp_path / "out")
    assert done.returncode == 2
    assert "model.safetensors is not as twinseg wrote it" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_model_of_another_version_is_told_in_one_line(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    shutil.copytree(model, tmp_path / "run")
    facts = read_sealed(model / "model.json", advice="")
    facts["input"]["aspect"] = "kept"
    write_sealed(tmp_path / "run" / "model.json", facts)
    done = command("predict", tmp_path / "run", write_pairs() / "images", tmp_path / "out")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is of another version of twinseg" in done.stderr
    assert "'aspect'" in done.stderr


def test_wrong_questions_are_answered_with_the_right_ones(
    calm: twinseg.Study, model: Path, source: Path, tmp_path: Path
) -> None:
    images = source / "images"
    with pytest.raises(ConfigError, match=r"unknown rule 'onion'; choose one of: .*union"):
        twinseg.predict_files(calm.folder, images, tmp_path / "out", rule="onion")
    with pytest.raises(ConfigError, match="union needs two runs, got random-f100-s0 alone"):
        twinseg.predict_files(model, images, tmp_path / "out", rule="union")
    with pytest.raises(ConfigError, match="union combines masks and has no probabilities"):
        twinseg.predict_files(
            calm.folder, images, tmp_path / "out", rule="union", probabilities=True
        )
    with pytest.raises(ConfigError, match="--max-miss-rate 2 came, expected a share"):
        twinseg.predict_files(calm.folder, images, tmp_path / "out", max_miss_rate=2.0)
    with pytest.raises(ConfigError, match="needs the validation cases of a study"):
        twinseg.predict_files(model, images, tmp_path / "out", max_miss_rate=0.1)
    with pytest.raises(DataError, match="is no model; give a study, run folders of one"):
        twinseg.predict_files(tmp_path, images, tmp_path / "out")
    with pytest.raises(ConfigError, match=r"unknown suffix '\.mnc'; choose one of: \.nii\.gz"):
        twinseg.predict_files(model, images, tmp_path / "out", volumes=".mnc")
    assert not (tmp_path / "out").exists()


def test_the_rule_that_was_best_on_validation_is_taken_and_said(
    calm: twinseg.Study, source: Path, tmp_path: Path
) -> None:
    heard = Heard()
    twinseg.predict_files(calm.folder, source / "images", tmp_path / "out", progress=heard)
    scores = pd.read_parquet(calm.folder / "tables" / "validation_scores.parquet")
    best = scores.groupby("model", sort=False)["dice"].mean().idxmax()
    assert json.loads((tmp_path / "out" / "request.json").read_text())["rule"] == best
    assert heard.lines[0].startswith(f"rule: {best}, the best on ")


def test_a_miss_rate_that_cannot_be_promised_is_refused_with_what_can(
    calm: twinseg.Study, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"0\.1 cannot be promised with \d+ validation groups"):
        twinseg.predict_files(calm.folder, source / "images", tmp_path / "out", max_miss_rate=0.1)
    model = twinseg.load_model(calm.folder, max_miss_rate=0.75)
    assert (model.rule, model.threshold != 0.5) == ("mean", True)


def test_heat_maps_are_those_of_explain_and_are_not_made_twice(
    model: Path, write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = write_pairs(cases=3) / "images"
    twinseg.predict_files(model, images, tmp_path / "out", heat_maps=True)
    folder = tmp_path / "out" / "heat_maps" / "random-f100-s0"
    loaded = twinseg.load_model(model)
    squares = np.stack([loaded.as_seen(picture) for picture in pictures_in(images)])
    for region in ("target", "non-target"):
        asked = twinseg.explain(
            twinseg.load_trained(model), to_images(squares), region=region, layer="decoder"
        )
        for name, values in zip(("case00", "case01", "case02"), asked.values, strict=True):
            np.testing.assert_array_equal(np.load(folder / region / f"{name}.npy"), values)
            assert (folder / region / f"{name}.jpg").exists()
    monkeypatch.setattr("twinseg.study.new_pictures.heat.explain", None)
    twinseg.predict_files(model, images, tmp_path / "out", heat_maps=True)
