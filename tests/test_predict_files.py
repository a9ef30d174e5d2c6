"""`twinseg predict`: new pictures from files to masks, a table and a page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image

import twinseg
from tests.commands import twinseg_here as command
from tests.dicom_files import SHAPE, write_segmentation, write_series
from tests.patient_space import by_simpleitk, write_phantom
from tests.toy_study import RUNS
from tests.untrained import SPEC, write_untrained
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Silent
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.images.files.picture_file import read_picture
from twinseg.images.picture import SourcePicture
from twinseg.images.unit import LeftOut
from twinseg.images.window import Window
from twinseg.prediction.predict import predict_cases
from twinseg.prediction.predictions import Predictions
from twinseg.records.input_spec import input_spec_of
from twinseg.records.source_settings import make_source_settings
from twinseg.study.new_pictures.items import find_items
from twinseg.training.trained_model import load_trained


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained(tmp_path_factory.mktemp("models") / "random-f100-s0")


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


HEIGHTS_MM = (0.0, 2.5, 5.0)
OF_FILES = replace(SPEC, is_grey=True, of_dicom_files=True, window="-160,240")


def test_a_series_makes_a_volume_though_the_model_was_trained_on_single_files(
    tmp_path: Path,
) -> None:
    files = write_series(tmp_path / "series", HEIGHTS_MM)
    frames = [(1, (0, 0, height), np.ones(SHAPE)) for height in HEIGHTS_MM]
    write_segmentation(tmp_path / "series" / "seg.dcm", frames, labels=["lesion"])
    run = write_untrained(tmp_path / "run", OF_FILES)
    done = twinseg.predict_files(run, tmp_path / "series", tmp_path / "out")
    assert done.failed == ()
    (volume,) = (tmp_path / "out" / "masks").iterdir()
    mask, original = by_simpleitk(volume), sitk.ReadImage([str(file) for file in files[::-1]])
    assert mask.values.shape == original.GetSize()
    np.testing.assert_allclose(np.diag(mask.affine), (1, 1, 2.5, 1))
    assert done.scores is not None
    assert done.scores["reference_pixels"].tolist() == [SHAPE[0] * SHAPE[1]] * 3
    with pytest.raises(ConfigError, match=r"trained through the window -160,240, and sees no oth"):
        twinseg.predict_files(run, tmp_path / "series", tmp_path / "other", window="0,80")


@pytest.mark.parametrize(
    "elements",
    [
        {"PixelPaddingValue": 1024},
        {"Modality": "MR", "PhotometricInterpretation": "MONOCHROME1"},
        {"Modality": "MR", "RescaleSlope": None, "RescaleIntercept": None},
    ],
)
def test_slices_of_a_series_look_to_a_model_of_single_files_as_those_did(
    tmp_path: Path, elements: dict
) -> None:
    """Or are refused as those were."""
    (file,) = write_series(tmp_path / "series", [0], **elements)
    settings = make_source_settings(window=OF_FILES.window)
    (item,) = find_items(tmp_path / "series", OF_FILES, settings).items
    (shown,) = item.units[0].read()
    if "RescaleSlope" in elements:
        with pytest.raises(DataError, match="no rescale slope"):
            read_picture(file, window=Window(-160.0, 240.0))
        assert isinstance(shown, LeftOut)
    else:
        assert isinstance(shown, SourcePicture)
        known = read_picture(file, window=Window(-160.0, 240.0)).pixels
        np.testing.assert_array_equal(shown.pixels, known)
        assert shown.pixels.max() == 102  # 0 HU: 160 of 400


def test_what_was_measured_in_slices_with_a_mask_each_is_known_to_the_model(
    tmp_path: Path,
) -> None:
    write_series(tmp_path / "pairs" / "images", [0, 2.5, 5])
    (tmp_path / "pairs" / "masks").mkdir()
    for file in (tmp_path / "pairs" / "images").iterdir():
        mask = np.zeros((64, 64), np.uint8)
        mask[8:30, 8:30] = 255
        image = sitk.ReadImage(str(file))
        mask = np.resize(mask, sitk.GetArrayFromImage(image).shape[1:])
        Image.fromarray(mask).save(tmp_path / "pairs" / "masks" / f"{file.stem}.png")
    prepare(tmp_path / "pairs", tmp_path / "dataset", make_source_settings(size=32, kind="pairs"))
    facts = open_prepared(tmp_path / "dataset").dataset.facts
    spec = input_spec_of(facts, size_px=32, mean=SPEC.mean, std=SPEC.std)
    assert (spec.of_dicom_files, spec.window) == (True, "-160,240")


def test_slices_whose_names_are_hidden_are_scored_by_the_masks_beside_them(tmp_path: Path) -> None:
    files = write_series(tmp_path / "pairs" / "images", [0, 2.5, 5])
    (tmp_path / "pairs" / "masks").mkdir()
    for number, file in enumerate(files, start=1):
        mask = np.zeros(sitk.GetArrayFromImage(sitk.ReadImage(str(file))).shape[1:], np.uint8)
        mask[:number, :5] = 255
        Image.fromarray(mask).save(tmp_path / "pairs" / "masks" / f"{file.stem}.png")
    run = write_untrained(tmp_path / "run", replace(SPEC, kind="dicom", window="-160,240"))
    done = twinseg.predict_files(run, tmp_path / "pairs", tmp_path / "out")
    assert done.scores is not None
    assert sorted(done.scores["reference_pixels"]) == [5, 10, 15]
    groups = done.table.set_index("picture")["group"]
    assert done.scores["group"].tolist() == groups.loc[done.scores["picture"]].tolist()
    names = pd.read_csv(tmp_path / "out-originals" / "names.csv").set_index("picture")["file"]
    by_name = done.scores.set_index("picture")["reference_pixels"].rename(index=names)
    assert [by_name[str(file.resolve())] for file in files] == [5, 10, 15]


def test_photographs_shown_to_a_model_of_slices_are_refused_or_said_to_be_in_colour(
    tmp_path: Path, source: Path
) -> None:
    run = write_untrained(tmp_path / "run", OF_FILES)
    with pytest.raises(DataError, match="holds pictures, and the model was trained on grey series"):
        twinseg.predict_files(run, source / "images", tmp_path / "out")
    grey = write_untrained(tmp_path / "grey", replace(SPEC, is_grey=True))
    table = twinseg.predict_files(grey, source / "images", tmp_path / "grey-out").table
    assert table["is_unlike"].all()
    assert set(table["unlike_in"]) == {"in colour where training pictures are grey"}
    unknown = write_untrained(tmp_path / "unknown")
    table = twinseg.predict_files(unknown, source / "images", tmp_path / "unknown-out").table
    assert table["is_unlike"].isna().all()  # nobody knows, which is not "no"
    assert pd.read_csv(tmp_path / "unknown-out" / "table.csv")["is_unlike"].isna().all()


def test_masks_are_scored_where_references_lie_beside_the_pictures(
    calm: twinseg.Study, source: Path, tmp_path: Path
) -> None:
    """With the numbers that the study itself found."""
    done = twinseg.predict_files(calm.folder, source, tmp_path / "out", rule=RUNS[0])
    assert done.scores is not None
    assert len(done.scores) == 10
    page = done.folder.page.read_text()
    assert "10 references found: mean Dice" in page
    assert page.count("<br>Dice ") == done.scores["dice"].notna().sum() > 0
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
