"""`twinseg predict`: new pictures from files to masks, a table and a page."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image

import twinseg
from tests.commands import twinseg_here as command
from tests.conftest import WritePairs
from tests.dicom_files import write_series
from tests.patient_space import by_simpleitk, write_phantom
from tests.toy_study import RUNS, Heard
from tests.untrained import SPEC, write_untrained
from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.core.progress import Silent
from twinseg.data.batches import to_images
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.prediction.predict import predict_cases
from twinseg.prediction.predictions import Predictions
from twinseg.records.input_spec import input_spec_of
from twinseg.records.source_settings import make_source_settings
from twinseg.study.new_pictures import writing
from twinseg.study.new_pictures.journal import Done, Journal
from twinseg.training.trained_model import load_trained


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained(tmp_path_factory.mktemp("models") / "random-f100-s0")


def pictures_in(folder: Path) -> list[np.ndarray]:
    return [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]


def mask_of(out: Path, name: str) -> np.ndarray:
    with Image.open(out / "masks" / f"{name}.png") as image:
        values = np.asarray(image)
    assert set(np.unique(values)) <= {0, 255}
    return values > 0


@pytest.mark.parametrize("rule", [*RUNS, "union", "weighted", "lesion-union"])
def test_test_cases_from_their_originals_get_the_masks_of_the_study(
    calm: twinseg.Study, source: Path, tmp_path: Path, rule: str
) -> None:
    done = twinseg.predict_files(calm.folder, source / "images", tmp_path / "out", rule=rule)
    cases = pd.read_parquet(calm.folder / "tables" / "cases.parquet")
    test = cases.loc[cases["split"] == "test", "case"]
    assert len(test)
    for case in test:
        assert np.array_equal(mask_of(tmp_path / "out", case), calm.predictions(rule).mask(case))
    assert len(done.table) == 10  # masks beside the pictures are no pictures


@pytest.mark.parametrize(
    "series", ["ibsi1_ct_phantom", "pycerr/pat_2", "ibsi_validation/STS_025", "dcmqi_ct3slice_seg"]
)
def test_slices_of_real_series_get_the_masks_of_a_study_at_the_voxels_of_the_series(
    shared: Path, tmp_path: Path, series: str
) -> None:
    folder = shared / "data" / "dicom" / series
    segment = ("Liver",) if series.startswith("dcmqi") else ()
    settings = make_source_settings(size=32, segment=segment)
    prepare(folder, tmp_path / "dataset", settings)
    data = open_prepared(tmp_path / "dataset")
    spec = input_spec_of(data.dataset.facts, size_px=32, mean=SPEC.mean, std=SPEC.std)
    run = write_untrained(tmp_path / "run", spec)
    everyone = np.arange(len(data.dataset.cases))
    predict_cases(load_trained(run), data, everyone, tmp_path / "known", Silent())
    done = twinseg.predict_files(run, folder, tmp_path / "out", probabilities=True)
    assert not [name for name, _ in done.failed if "s1" in name]
    known = Predictions("run", "run", tmp_path / "known")
    written = {path.name: path for path in (tmp_path / "out" / "masks").iterdir()}
    compared = 0
    for case in data.dataset.cases:
        assert case.layer
        volume = sitk.GetArrayFromImage(sitk.ReadImage(written[f"{case.layer.stack}.nii.gz"]))
        at = int(done.table.set_index("picture").loc[case.id, "slice"])
        assert np.array_equal(volume[at] > 0, known.mask(case.id))
        compared += int(volume[at].sum())
    assert compared > 0
    table = pd.read_csv(tmp_path / "out" / "volumes.csv")
    assert (table["marked_ml"] > 0).all()


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_a_volume_gets_its_mask_at_its_own_voxels_whatever_their_order(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    axes = np.eye(3)[:, list(order)]
    (tmp_path / "scans").mkdir()
    volume = write_phantom(tmp_path / "scans" / "one.nii.gz", axes)
    run = write_untrained(tmp_path / "run", replace(SPEC, kind="nifti", window="-160,240"))
    done = twinseg.predict_files(run, tmp_path / "scans", tmp_path / "out")
    mask, original = (by_simpleitk(p) for p in (tmp_path / "out" / "masks" / "one.nii.gz", volume))
    assert mask.values.shape == original.values.shape
    np.testing.assert_allclose(mask.affine, original.affine, atol=1e-4)
    assert done.table["marked_px"].sum() == mask.values.sum() > 0
    (row,) = pd.read_csv(tmp_path / "out" / "volumes.csv").to_dict("records")
    assert row["marked_ml"] == pytest.approx(mask.values.sum() * 1.9 * 2.3 * 3.1 / 1000, rel=1e-4)


def test_a_series_with_a_hole_has_masks_as_pictures_and_says_so(tmp_path: Path) -> None:
    write_series(tmp_path / "series", [0, 2.5, 5, 12.5])
    run = write_untrained(tmp_path / "run", replace(SPEC, kind="dicom", window="-160,240"))
    twinseg.predict_files(run, tmp_path / "series", tmp_path / "out")
    (row,) = pd.read_csv(tmp_path / "out" / "volumes.csv").to_dict("records")
    assert "masks are pictures, not a volume: the step from slice 2 to slice 3" in row["why"]
    assert len(list((tmp_path / "out" / row["mask"]).iterdir())) == 4
    assert "Doe" not in (tmp_path / "out" / "table.csv").read_text()


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
    assert 0 < before <= 12
    monkeypatch.setattr(writing, "row_of", written)
    heard = Heard()
    twinseg.predict_files(model, images, tmp_path / "out", progress=heard)
    assert f"{before} of 30 are there; going on" in heard.lines
    for name in ("table.csv", "failed.csv", "index.html"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    for mask in (tmp_path / "whole" / "masks").iterdir():
        assert mask.read_bytes() == (tmp_path / "out" / "masks" / mask.name).read_bytes()
    assert not list((tmp_path / "out").rglob("*.part"))


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
    twinseg.predict_files(model, images, tmp_path / "out")
    with pytest.raises(StoreError, match=r"not the same: probabilities\); choose another OUT"):
        twinseg.predict_files(model, images, tmp_path / "out", probabilities=True)


def test_pictures_of_another_kind_are_refused_unless_asked_for_anyway(
    model: Path, tmp_path: Path
) -> None:
    write_series(tmp_path / "series", [0, 2.5, 5])
    done = command("predict", model, tmp_path / "series", tmp_path / "out")
    assert done.returncode == 2
    assert "holds series and volumes, and the model was trained on pictures" in done.stderr
    assert not (tmp_path / "out").exists()
    done = command("predict", model, tmp_path / "series", tmp_path / "out", "--anyway")
    assert done.returncode == 0
    assert len(list((tmp_path / "out" / "masks").glob("*.nii.gz"))) == 1


def test_slices_with_a_mask_file_each_are_shown_again_one_by_one(tmp_path: Path) -> None:
    write_series(tmp_path / "series", [0, 2.5, 5])
    run = write_untrained(tmp_path / "run", replace(SPEC, is_grey=True))
    done = twinseg.predict_files(run, tmp_path / "series", tmp_path / "out")
    assert len(list((tmp_path / "out" / "masks").glob("*.png"))) == len(done.table) == 3


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
    with pytest.raises(ConfigError, match="needs the validation cases of a study"):
        twinseg.predict_files(model, images, tmp_path / "out", max_miss_rate=0.1)
    with pytest.raises(DataError, match="is no model; give a study, or run folders of one"):
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


def test_masks_are_scored_where_references_lie_beside_the_pictures(
    calm: twinseg.Study, source: Path, tmp_path: Path
) -> None:
    """With the numbers that the study itself found."""
    done = twinseg.predict_files(calm.folder, source, tmp_path / "out", rule=RUNS[0])
    assert done.scores is not None
    assert len(done.scores) == 10
    of_study = calm.scores[calm.scores["model"] == RUNS[0]].set_index("case")
    ours = done.scores.set_index("picture").loc[of_study.index]
    for metric in ("dice", "type1_rate", "type2_rate", "hausdorff95", "reference_pixels"):
        np.testing.assert_array_equal(ours[metric], of_study[metric])


def test_a_volume_is_scored_slice_by_slice_from_what_was_written(tmp_path: Path) -> None:
    for part in ("imagesTr", "labelsTr"):
        (tmp_path / "scans" / part).mkdir(parents=True)
    axes = np.eye(3)[:, [1, 2, 0]]
    volume = write_phantom(tmp_path / "scans" / "imagesTr" / "one.nii.gz", axes)
    image = sitk.ReadImage(str(volume))
    sitk.WriteImage(image > 0, str(tmp_path / "scans" / "labelsTr" / "one.nii.gz"))
    run = write_untrained(tmp_path / "run", replace(SPEC, kind="nifti", window="-160,240"))
    done = twinseg.predict_files(run, tmp_path / "scans", tmp_path / "out")
    assert done.scores is not None
    written = sitk.ReadImage(str(tmp_path / "out" / "masks" / "one.nii.gz"))
    both = sitk.GetArrayFromImage(written) * sitk.GetArrayFromImage(image > 0)
    assert done.scores["tp"].sum() == both.sum() > 0


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
