"""`twinseg explain`: pictures from files to values, overlays and a page."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import twinseg
from tests.commands import twinseg_here as command
from tests.conftest import WritePairs
from tests.untrained import SIDE_PX, write_untrained
from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.core.progress import PlainLines
from twinseg.core.store import facts_of
from twinseg.data.batches import to_images
from twinseg.data.dataset_files import write_facts
from twinseg.data.named_pictures import pictures_of
from twinseg.data.own_folder import PIXELS
from twinseg.data.prepare import prepare
from twinseg.data.shrink import shrink_picture
from twinseg.images.dicom.ct_slice_file import SlicePlace, write_ct_slice
from twinseg.images.files.picture_file import read_picture
from twinseg.records.source_settings import make_source_settings

KIND = "hires_cam-decoder-non-target"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of a network nobody trained."""
    return write_untrained(tmp_path_factory.mktemp("study") / "runs" / "random-f100-s0")


def test_values_are_those_of_explain_and_overlays_lie_beside_them(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=3) / "images"
    done = twinseg.explain_files(
        model, images, tmp_path / "maps", method="hires_cam", layer="decoder", region="non-target"
    )
    folder = tmp_path / "maps" / KIND
    assert (done.page, done.values) == (tmp_path / "maps" / "index.html", folder)
    names = json.loads((folder / "cases.json").read_text())
    assert names == ["case00", "case01", "case02"]
    squares = [shrink_picture(read_picture(images / f"{n}.png").pixels, SIDE_PX) for n in names]
    asked = twinseg.explain(
        twinseg.load_trained(str(model)),
        to_images(np.stack(squares)),
        method="hires_cam",
        layer="decoder",
        region="non-target",
    )
    assert np.array_equal(np.load(folder / "values.npy"), asked.values)
    meaning = json.loads((folder / "maps.json").read_text())
    assert (meaning["unit"], meaning["against"]) == ("logit", True)
    top = json.loads((folder / "scale.json").read_text())["top"]
    assert top == pytest.approx(np.percentile(asked.values[asked.values > 0], 99))
    for name in names:
        with Image.open(folder / f"{name}.png") as overlay:
            assert overlay.size == (40, 40)
        assert f"{KIND}/{name}.png" in done.page.read_text()


def test_a_bad_picture_is_listed_and_the_rest_is_done(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=4) / "images"
    (images / "case01.png").write_bytes((images / "case01.png").read_bytes()[:300])
    done = twinseg.explain_files(model, images, tmp_path / "maps")
    assert done.explained.ids == ("case00", "case02", "case03")
    (listed,) = json.loads((tmp_path / "maps" / "left_out.json").read_text())
    assert listed["file"] == "case01"
    assert "cannot be read" in listed["reason"]
    assert listed["reason"] in done.page.read_text()


def test_nothing_but_bad_pictures_leaves_nothing(model: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="no picture can be used; a: cannot be read"):
        twinseg.explain_files(model, tmp_path / "images", tmp_path / "maps")
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_a_region_of_the_reference_takes_it_from_masks_beside_from_a_folder_or_a_dataset(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs(cases=3)
    dataset = tmp_path / "dataset"
    prepare(source, dataset, make_source_settings(size=SIDE_PX))
    ways = {
        "beside": {"source": source},
        "folder": {"source": source / "images", "masks": source / "masks"},
        "dataset": {"source": dataset},
    }
    found = []
    for name, way in ways.items():
        done = twinseg.explain_files(
            model, out=tmp_path / f"maps-{name}", region="false-negatives", **way
        )
        assert done.explained.ids == ("case00", "case01", "case02")
        found.append(np.load(done.values / "values.npy"))
    assert np.isfinite(found[0]).any()
    assert np.array_equal(found[0], found[1], equal_nan=True)
    assert np.array_equal(found[0], found[2], equal_nan=True)


def test_a_picture_whose_mask_is_missing_or_of_another_size_is_listed(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs(cases=3)
    (source / "masks" / "case00.png").unlink()
    Image.fromarray(np.zeros((5, 6), np.uint8)).save(source / "masks" / "case01.png")
    done = twinseg.explain_files(model, source, tmp_path / "maps", region="reference")
    assert done.explained.ids == ("case02",)
    assert [item.reason for item in done.explained.left_out] == [
        "has no mask",
        "mask is 6x5, the picture 40x40",
    ]


@pytest.mark.parametrize("tile_px", [None, 32])
def test_a_region_that_no_picture_has_is_said(
    tile_px: int | None,
    model: Path,
    write_pairs: WritePairs,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images = write_pairs(cases=2) / "images"
    asked = {"region": "lesion:999", "method": "grad_cam", "layer": "decoder", "tile_px": tile_px}
    done = twinseg.explain_files(model, images, tmp_path / "a", progress=PlainLines(), **asked)
    assert done.explained.without_region == ("case00", "case01")
    said = "2 of 2 pictures without a pixel in region lesion-999"
    assert said in capsys.readouterr().out
    page = " ".join(done.page.read_text().split())
    assert "2 of 2 pictures without a pixel in the region lesion-999" in page
    done = twinseg.explain_files(model, images, tmp_path / "b", region="box:0,0,9,9")
    assert done.explained.without_region == ()
    assert "without a pixel" not in done.page.read_text()


def test_masks_of_several_values_name_a_way_out_that_explain_has(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs(cases=1)
    values = np.zeros((40, 40), np.uint8)
    values[:9], values[20:] = 1, 2
    Image.fromarray(values).save(source / "masks" / "case00.png")
    with pytest.raises(DataError, match="; choose the target by twinseg prepare, and") as raised:
        twinseg.explain_files(model, source, tmp_path / "c", region="reference")
    assert "--foreground" not in str(raised.value)


def test_by_tile_values_lie_on_the_grid_of_each_picture(model: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for name, height, width in (("wide", 40, 70), ("small", 20, 50), ("square", 64, 64)):
        noise = rng.integers(0, 255, (height, width, 3)).astype(np.uint8)
        Image.fromarray(noise).save(tmp_path / "images" / f"{name}.png")
    done = twinseg.explain_files(model, tmp_path / "images", tmp_path / "maps", tile_px=32)
    assert np.load(done.values / "values" / "wide.npy").shape == (40, 70)
    assert np.load(done.values / "values" / "square.npy").shape == (64, 64)
    (left_out,) = done.explained.left_out
    assert left_out.file == "small"
    assert "smaller than a tile" in left_out.reason
    with pytest.raises(ConfigError, match="size 33 does not fit mobilenet_v2"):
        twinseg.explain_files(model, tmp_path / "images", tmp_path / "again", tile_px=33)


def test_a_dataset_brings_its_own_references(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    source, dataset = write_pairs(cases=3), tmp_path / "dataset"
    prepare(source, dataset, make_source_settings(size=SIDE_PX))
    with pytest.raises(ConfigError, match="references of its own: drop --masks"):
        pictures_of(dataset, masks=source / "masks")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"region": "lesions"}, "unknown region 'lesions'; choose one of: target, non-target"),
        ({"method": "gradcam"}, "unknown method 'gradcam'; choose one of: ablation_cam"),
        ({"layer": "bottle"}, "unknown layer 'bottle'; close ones: bottleneck"),
        ({"region": "reference"}, "region reference needs reference masks: give --masks FOLDER"),
        ({"device": "tpu"}, "unknown device 'tpu'; choose one of: auto, cpu, cuda"),
        ({"masks": "nowhere"}, "nowhere is no folder; --masks takes a folder"),
    ],
)
def test_slips_are_said_and_nothing_is_left(
    given: dict[str, str], said: str, model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=1) / "images"
    with pytest.raises((ConfigError, DataError)) as raised:
        twinseg.explain_files(model, images, tmp_path / "maps", **given)
    assert str(raised.value).startswith(said)
    assert [path.name for path in tmp_path.iterdir()] == ["pairs"]


def test_model_input_and_out_that_cannot_be(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=1) / "images"
    with pytest.raises(DataError, match=r"is no model.*give one of its runs: .*random-f100-s0"):
        twinseg.explain_files(model.parents[1], images, tmp_path / "maps")
    with pytest.raises(DataError, match="nowhere does not exist; give a picture"):
        twinseg.explain_files(model, tmp_path / "nowhere", tmp_path / "maps")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty holds no picture"):
        twinseg.explain_files(model, tmp_path / "empty", tmp_path / "maps")
    with pytest.raises(StoreError, match="exists already"):
        twinseg.explain_files(model, images, tmp_path / "empty")


def test_the_command(model: Path, write_pairs: WritePairs, tmp_path: Path) -> None:
    images = write_pairs(cases=1) / "images"
    done = command("explain", model, images / "case00.png", tmp_path / "maps", "--layer", "decoder")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "1 picture explained",
        f"heat maps: {tmp_path / 'maps' / 'index.html'}",
    ]
    wrong = command("explain", model, images, tmp_path / "again", "--layer", "nothing")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("twinseg: unknown layer 'nothing'")
    assert len(wrong.stderr.splitlines()) == 1
    assert "Example: twinseg explain" in command("explain", "--help").stdout


def test_the_random_state_of_the_caller_is_not_touched(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    before = torch.get_rng_state()
    twinseg.explain_files(model, write_pairs(cases=1) / "images", tmp_path / "maps")
    assert torch.equal(torch.get_rng_state(), before)


def test_slices_of_a_patient_are_explained_without_the_name(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Mueller_Hans"
    folder.mkdir()
    for number in range(2):
        write_ct_slice(
            folder / f"mueller-hans-{number}.dcm",
            np.full((40, 40), 30.0 * number, np.float32),
            place=SlicePlace(
                series="one",
                number=number,
                position_mm=(0.0, 0.0, float(number)),
                spacing_mm=(1.0, 1.0),
                thickness_mm=1.0,
            ),
            patient_id="4711-0815",
            patient_name="Mueller^Hans",
            body_part="ABDOMEN",
        )
    twinseg.explain_files(model, folder, tmp_path / "maps")
    written = [path for path in (tmp_path / "maps").rglob("*") if path.is_file()]
    assert len([path for path in written if path.name.startswith("picture-")]) == 4
    for path in written:
        assert b"mueller" not in path.read_bytes().lower()
        assert "mueller" not in path.relative_to(tmp_path).as_posix().lower()


def test_a_dataset_without_its_originals_shows_what_the_network_saw(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    data = prepare(write_pairs(cases=2), tmp_path / "set", make_source_settings(size=SIDE_PX))
    hidden = tuple(replace(case, origin=None) for case in data.dataset.cases)
    pixels = {name: facts_of(tmp_path / "set" / name) for name in PIXELS}
    write_facts(tmp_path / "set", replace(data.dataset, cases=hidden), SIDE_PX, pixels)
    shutil.rmtree(tmp_path / "set-originals")
    shown = pictures_of(tmp_path / "set")
    assert (shrink_picture(shown.picture("case01"), SIDE_PX) == data.pictures[1]).all()
    assert shown.mask is not None
    assert (shown.mask("case01") == data.masks[1]).all()
