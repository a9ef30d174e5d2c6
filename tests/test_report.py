"""The page of a small study made by hand: what it shows, and what must never be on it."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.report_tables import find, write_tables
from twinseg.comparison import as_table, compare_all, correct
from twinseg.core.errors import StoreError
from twinseg.core.machine import versions_and_machine
from twinseg.core.planes import append_planes, finish_planes
from twinseg.core.progress import Silent
from twinseg.core.sealed import write_sealed
from twinseg.core.store import facts_of, write_csv
from twinseg.core.tables import read_table, write_table
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset
from twinseg.images.unit import LeftOut
from twinseg.metrics.score_rows import score_predictions
from twinseg.prediction.predictions import Predictions, write_mask
from twinseg.records.settings import make_settings, write_settings
from twinseg.records.source_settings import make_source_settings
from twinseg.report.models import Model
from twinseg.report.page import name_models
from twinseg.report.reproduce import PARTS
from twinseg.report.settings_section import check_twins
from twinseg.report.study_contents import read_contents
from twinseg.report.write_report import write_report

STRANGE = "c6&lt;'c"
IDS = ["c1", "c2", "c3", "c4", "c5", STRANGE, "t1", "v1"]
TWINS = {"random1-f100-s0": "random:1", "random2-f100-s0": "random:2"}
RULES = ("union", "intersection")
MAPS = [f"grad_cam-{x}-{y}" for x in ("bottleneck", "decoder") for y in ("target", "non-target")]
REMARK = "No <ImageNet> weights: two random twins."


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PreparedDataset]:
    return make_study(tmp_path_factory.mktemp("place one"), empty=False)


@pytest.fixture(scope="module")
def page(study: tuple[Path, PreparedDataset]) -> str:
    return write_report(*study, progress=Silent()).read_text(encoding="utf-8")


def make_study(folder: Path, *, empty: bool) -> tuple[Path, PreparedDataset]:
    """Write a finished study of 6 test cases, 24 x 32 px; ``empty`` leaves every mask empty."""
    data, out = make_data(folder / "source", empty), folder / "out"
    settings = make_settings(size=32, init=tuple(TWINS.values()), remark=REMARK, epochs=3)
    write_settings(out / "study.toml", settings)
    facts = {"name": "tissue & co", "cases": 8, "groups": 8, "empty_masks": 8 * empty}
    facts |= {"fingerprint": data.dataset.fingerprint, "notes": list(data.dataset.notes)}
    write_sealed(
        out / "dataset.json", facts | {"left_out": [vars(x) for x in data.dataset.left_out]}
    )
    cases = data.dataset.table()
    cases.insert(2, "split", ["test"] * 6 + ["train", "validation"])
    write_table(out / "tables" / "cases.parquet", cases)
    for number, (run, init) in enumerate(TWINS.items()):
        write_run(out / "runs" / run, run, init, f"{number}" * 64, data.dataset.fingerprint)
        write_heat_maps(out / "explanations" / "test" / run, number + 1)
    write_scores(out, data, empty)
    return out, data


def make_data(folder: Path, empty: bool) -> PreparedDataset:
    source = folder / "images with masks"
    for part in ("images", "masks"):
        (source / part).mkdir(parents=True)
    for place, case_id in enumerate(IDS):
        Image.new("RGB", (32, 24), (90 + place, 120, 60)).save(source / "images" / f"{case_id}.png")
        write_mask(source / "masks" / f"{case_id}.png", square(not empty, 0))
    data = prepare(source, folder / "set", make_source_settings(size=32))
    order = [[case.id for case in data.dataset.cases].index(case_id) for case_id in IDS]
    assert order == sorted(order)
    left_out = tuple(LeftOut(f"images/x{n}.png", "<cannot> be read") for n in range(11))
    dataset = replace(data.dataset, name="tissue & co", left_out=left_out, notes=("a < b",))
    return replace(data, dataset=dataset)


def square(marked: bool, shift: int) -> np.ndarray:
    mask = np.zeros((24, 32), bool)
    mask[8:16, 4 + shift : 12 + shift] = marked
    return mask


def write_run(folder: Path, run: str, init: str, encoder: str, fingerprint: str) -> None:
    first = {"encoder": encoder, "decoder": "d" * 64, "source": f"random weights, {init}"}
    facts = {
        "run": run,
        "init": init,
        "settings": {},
        "hardware": {"device": "cpu"},
        "augmentation": {"warp": 0.0, "colour": 1.0},
        "epochs": 3,
        "dataset_fingerprint": fingerprint,
    }
    facts |= {"kept_epoch": 2, "kept_validation_dice": 0.5, **versions_and_machine()}
    rows = [(1, 0.9, 0.1), (2, 0.7, 0.5), (3, 0.6, 0.4)]
    write_csv(folder / "history.csv", ("epoch", "train_loss", "validation_dice"), rows)
    facts |= {"sha256": {"history.csv": facts_of(folder / "history.csv").sha256}}
    write_sealed(folder / "manifest.json", facts | {"first_weights": {**first, "missing": []}})


def write_heat_maps(folder: Path, strength: float) -> None:
    for name in MAPS:
        side = 2 if "bottleneck" in name else 32
        values = np.full((6, side, side), strength, np.float32)
        values[0] = np.nan
        folder.mkdir(parents=True, exist_ok=True)
        append_planes(folder / name, values)
        finish_planes(folder / name, IDS[:6])


def write_scores(out: Path, data: PreparedDataset, empty: bool) -> None:
    """Shift masks of 8 x 8 px by n px: Dice is 1 - n / 8; the second twin misses twice as far."""
    predictions = []
    for model in (*TWINS, *RULES):
        kind, folder = "rule" if model in RULES else "run", out / "predictions" / "test" / model
        folder.mkdir(parents=True)
        for place, case_id in enumerate(IDS[:6]):
            shift = place if model.startswith(("random1", "union")) else 2 * place
            write_mask(folder / f"{case_id}.png", square(not empty, shift))
        predictions.append(Predictions(model, kind, folder))
    about = {prediction.model: {"init": "", "rule": ""} for prediction in predictions}
    scores = score_predictions(
        predictions,
        about,
        data,
        np.arange(6),
        split="test",
        tolerance=2.0,
        progress=Silent(),
    )
    write_table(out / "tables" / "scores.parquet", scores)
    found = compare_all(scores, [tuple(reversed(TWINS))], ("dice", "type1_rate"), seed=0, draws=99)
    write_table(out / "tables" / "comparisons.parquet", as_table(correct(found)))
    write_tables(out, data, np.arange(6), predictions, scores, MAPS)


def text_of(page: str) -> str:
    """What a reader sees: no tags, no figures, white space in one piece."""
    without = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]*>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", without)


def test_the_remark_is_said_before_all_else(page: str):
    body = text_of(page[page.index("<body>") :]).strip()
    assert body.startswith("No &lt;ImageNet&gt; weights: two random twins.")


def test_the_answer_comes_from_the_table(page: str):
    # shifts 0..5 of 8: mean Dice 1 - 2.5 / 8; shifts 0, 2, .., 10, none below 0: 1 - 2.5 / 4 + ...
    second = np.maximum(0, 1 - np.arange(6) / 4).mean()
    text = text_of(page)
    assert "On 6 test cases of 6 groups the random twin 1 reached a mean Dice of 0.688 (" in text
    assert f"the random twin 2 a mean Dice of {second:.3f} (" in text
    assert (
        "of 6 cases with an object missed whole: 0 by the random twin 1 , 2 by the random twin 2 ."
        in text
    )
    assert text.count("2 objects missed") >= 3  # beside every distance of that twin


def test_twins_are_checked_by_their_fingerprints(study: tuple[Path, PreparedDataset], page: str):
    assert "Both encoders started from different weights." in page
    assert "Both decoders started from the same weights." in page
    assert "check fails" not in page


def test_twins_that_are_none_are_said_loudly(study: tuple[Path, PreparedDataset], page: str):
    contents = read_contents(study[0])
    first, second = contents.runs
    weights = {"encoder": first.first_weights["encoder"], "decoder": "other", "missing": ["a", "b"]}
    manifest = {"first_weights": weights, "dataset_fingerprint": "?", "settings": {"epochs": 1}}
    checks = check_twins(replace(contents, runs=(first, replace(second, manifest=manifest))))
    assert [check.holds for check in checks] == [False] * 5
    assert ["SAME" in checks[0].text, "DIFFERENT" in checks[1].text] == [True, True]
    assert "lacked 2 tensors" in checks[4].text


def test_names_from_files_are_escaped(page: str):
    assert STRANGE not in page
    assert "c6&amp;lt;&#39;c" in page
    assert "&lt;cannot&gt; be read" in page
    assert "<title>tissue &amp; co" in page


def test_the_page_needs_nothing_but_what_lies_beside_it(
    study: tuple[Path, PreparedDataset], page: str
):
    loads = re.findall(r'(?:src|href|action|data)="([^"]*)"|url\(([^)]*)\)|@import', page)
    addresses = {first or second for first, second in loads}
    pictures = {address for address in addresses if address.startswith("pictures/")}
    there = (study[0] / "report" / "pictures").iterdir()
    card = {"pictures/card.jpg"}  # for pages that lead here
    assert pictures | card == {f"pictures/{path.name}" for path in there}
    assert (study[0] / "report" / "references.bib").exists()
    beside = pictures | {"references.bib"} | {address for address, _ in PARTS}
    rest = {address[:1] for address in addresses - beside if not address.startswith("data:")}
    assert rest == {"#"}
    assert "<script" not in page


def test_files_of_others_among_the_pictures_stay(tmp_path: Path):
    out, data = make_study(tmp_path, empty=False)
    page = write_report(out, data, progress=Silent())
    before = page.read_bytes()
    (page.parent / "pictures" / "mine.txt").write_text("precious")
    with pytest.raises(StoreError, match=r"pictures holds files that are not of twinseg, such as"):
        write_report(out, data, progress=Silent())
    assert (page.parent / "pictures" / "mine.txt").read_text() == "precious"
    assert page.read_bytes() == before


def test_no_folder_of_this_machine_is_named(study: tuple[Path, PreparedDataset], page: str):
    out, _ = study
    assert str(out.parent) not in page
    assert "place one" not in page
    assert str(Path.home()) not in page


def test_the_same_study_elsewhere_gives_the_same_bytes(page: str, tmp_path: Path):
    out, data = make_study(tmp_path, empty=False)
    assert write_report(out, data, progress=Silent()).read_bytes() == page.encode()


def test_an_overlay_of_every_map_lies_beside_its_values(
    study: tuple[Path, PreparedDataset], page: str
):
    out, _ = study
    expected = {f"{case_id}.png" for case_id in IDS[:6]} | {
        "values.npy",
        "cases.json",
        "checksums.json",
    }
    for run in TWINS:
        for name in MAPS:
            folder = out / "explanations" / "test" / run / name
            assert {path.name for path in folder.iterdir()} == expected


def test_only_missing_overlays_are_drawn(study: tuple[Path, PreparedDataset], page: str):
    out, data = study
    folder = out / "explanations" / "test" / "random1-f100-s0" / MAPS[0]
    (folder / "c1.png").unlink()
    (folder / "c2.png").write_bytes(b"kept")
    write_report(out, data, progress=Silent())
    assert (folder / "c2.png").read_bytes() == b"kept"
    with Image.open(folder / "c1.png") as overlay:
        assert overlay.size == (32, 32)


def test_heat_maps_say_their_scale_and_where_there_is_none(page: str):
    text = text_of(page)
    # the first twin has 1 everywhere, the second 2: the 99th percentile of both is 2
    assert "bottleneck, target 2 1 2 bottleneck, non-target 2 1 2" in text
    assert "(no target pixels)" in text
    assert "(no non-target pixels)" in text


def test_the_page_is_built_when_every_dice_is_undefined(tmp_path: Path):
    page = write_report(*make_study(tmp_path, empty=True), progress=Silent()).read_text()
    text = text_of(page)
    assert "On 6 test cases of 6 groups no model has a defined Dice" in text
    assert "No case has a Dice of both twins" in text
    assert "no case has a value" in page


def test_a_study_without_a_table_is_refused(study: tuple[Path, PreparedDataset], tmp_path: Path):
    out, data = tmp_path / "out", study[1]
    shutil.copytree(study[0], out)
    (out / "tables" / "thresholds.parquet").unlink()
    with pytest.raises(StoreError, match=r"thresholds.parquet"):
        write_report(out, data, progress=Silent())


def test_the_answer_says_when_the_difference_stands_on_fewer_cases(tmp_path: Path):
    out, data = make_study(tmp_path, empty=False)
    scores = read_table(out / "tables" / "scores.parquet")
    said = "stand on the 5 cases in which both twins have a defined Dice; in 1 more case"
    assert said not in text_of(write_report(out, data, progress=Silent()).read_text())
    of_first = scores["model"] == next(iter(TWINS))
    scores.loc[scores.index[of_first][:1], "dice"] = np.nan
    write_table(out / "tables" / "scores.parquet", scores)
    find(out, data)
    assert said in text_of(write_report(out, data, progress=Silent()).read_text())


def test_a_model_is_named_by_its_label_and_all_else_is_escaped():
    twin = Model("x&y", "<my> twin", "#0072B2")
    html = name_models("`x&y` < `z`", (twin,))
    assert html.endswith(">&lt;my&gt; twin</span> &lt; <code>z</code>")
