"""Slides shown to a trained model: tiles as the study saw them, whole slides to files."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

import twinseg
from tests.drawn_slides import tissue_picture, write_pyramid
from tests.untrained import SPEC, write_untrained
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Silent
from twinseg.data.batches import to_images
from twinseg.data.find_pictures import find_pictures
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.data.shrink import shrink_picture
from twinseg.images.picture import SourcePicture
from twinseg.prediction.predict import predict_cases
from twinseg.prediction.predictions import Predictions
from twinseg.records.input_spec import input_spec_of
from twinseg.records.source_settings import make_source_settings
from twinseg.training.trained_model import load_trained

TILES = replace(SPEC, kind="slides", mpp=0.5, tile_px=64)
OUTLINE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[40, 10], [120, 10], [120, 90], [40, 90], [40, 10]]],
            },
            "properties": {"classification": {"name": "Tumor"}},
        }
    ],
}


def write_slide(folder: Path) -> Path:
    folder.mkdir()
    return write_pyramid(folder / "one.tif", tissue_picture(192, 256, left=32, right=224))


def test_tiles_of_a_slide_get_the_masks_of_a_study(tmp_path: Path) -> None:
    slide = write_slide(tmp_path / "slides")
    slide.with_suffix(".geojson").write_text(json.dumps(OUTLINE))
    settings = make_source_settings(size=32, mpp=0.5, tile_px=64, kind="slides")
    prepare(tmp_path / "slides", tmp_path / "dataset", settings)
    data = open_prepared(tmp_path / "dataset")
    spec = input_spec_of(data.dataset.facts, size_px=32, mean=SPEC.mean, std=SPEC.std)
    run = write_untrained(tmp_path / "run", spec)
    everyone = np.arange(len(data.dataset.cases))
    predict_cases(load_trained(run), data, everyone, tmp_path / "known", Silent())
    known, model = Predictions("run", "run", tmp_path / "known"), twinseg.load_model(run)
    tiles = [
        tile
        for unit in find_pictures(tmp_path / "slides", spec.source_settings).units
        for tile in unit.read()
        if isinstance(tile, SourcePicture)
    ]
    assert {tile.id for tile in tiles} == {case.id for case in data.dataset.cases}
    for tile, found in zip(tiles, model.predict(tiles), strict=True):
        assert np.array_equal(found.mask, known.mask(tile.id))


def test_a_slide_gets_a_pyramid_outlines_and_a_row_and_is_not_done_twice(tmp_path: Path) -> None:
    slide = write_slide(tmp_path / "slides")
    runs = [write_untrained(tmp_path / f"run{seed}", TILES, seed=seed) for seed in (3, 4)]
    out = tmp_path / "out"
    done = twinseg.predict_files(runs, slide, out, probabilities=True)
    mask = tifffile.imread(out / "masks" / "one.ome.tif")
    probability = tifffile.imread(out / "probabilities" / "one.ome.tif")
    assert mask.shape == probability.shape == (96, 128)  # tiles of 64 px are seen by 32
    np.testing.assert_array_equal(mask > 0, probability > 0.5)
    (row,) = done.table.to_dict("records")
    assert row["marked_px"] == (mask > 0).sum() > 0
    assert row["marked_mm2"] == pytest.approx(row["marked_px"] * 1e-6)  # 1 micrometre a pixel
    assert 0 <= row["doubt"] <= 1
    outlines = json.loads((out / "polygons" / "one.geojson").read_text())
    assert len(outlines["features"]) == row["parts"]
    assert (out / "overlays" / "one.jpg").exists()
    assert not any((out / ".slides").iterdir())
    before = {path: path.stat().st_mtime_ns for path in (out / "masks").iterdir()}
    twinseg.predict_files(runs, slide, out, probabilities=True)
    assert before == {path: path.stat().st_mtime_ns for path in (out / "masks").iterdir()}
    assert len(pd.read_csv(out / "table.csv")) == 1


def test_rules_that_need_a_whole_mask_are_refused_for_slides(tmp_path: Path) -> None:
    slide = write_slide(tmp_path / "slides")
    runs = [write_untrained(tmp_path / f"run{seed}", TILES, seed=seed) for seed in (3, 4)]
    with pytest.raises(ConfigError, match=r"lesion-union .* slides are too large for; take"):
        twinseg.predict_files(runs, slide, tmp_path / "out", rule="lesion-union")
    assert not (tmp_path / "out").exists()


def test_heat_maps_of_a_slide_of_one_tile_are_those_of_the_tile(tmp_path: Path) -> None:
    (tmp_path / "slides").mkdir()
    picture = tissue_picture(64, 64, left=0, right=64)
    slide = write_pyramid(tmp_path / "slides" / "one.tif", picture)
    run = write_untrained(tmp_path / "run", TILES)
    twinseg.predict_files(run, slide, tmp_path / "out", heat_maps=True)
    model = load_trained(run)
    (tile,) = (
        unit
        for found in find_pictures(slide, TILES.source_settings).units
        for unit in found.read()
        if isinstance(unit, SourcePicture)
    )
    square = shrink_picture(tile.pixels, TILES.size_px)
    for region in ("target", "non-target"):
        asked = {"region": region, "layer": "decoder", "method": "grad_cam"}
        maps = twinseg.explain(model, to_images(square[None]), **asked, score="sum")
        expected = np.nan_to_num(maps.on_images()[0]) / square.shape[0] ** 2
        where = tmp_path / "out" / "heat_maps" / "run" / region
        most = np.abs(expected).max()
        assert most > 1e-6
        drawn = tifffile.imread(where / "one.ome.tif")
        np.testing.assert_allclose(drawn, expected, atol=1e-3 * most)
        assert (where / "one.jpg").exists()
    assert not any((tmp_path / "out" / ".slides").iterdir())


def test_micrometres_that_a_slide_does_not_say_are_asked_for_and_given(tmp_path: Path) -> None:
    picture = tissue_picture(192, 256, left=32, right=224)
    for name, mpp in (("silent", None), ("said", 0.5)):
        (tmp_path / name).mkdir()
        write_pyramid(tmp_path / name / "one.tif", picture, mpp=mpp)
    run = write_untrained(tmp_path / "run", TILES)
    with pytest.raises(DataError, match=r"one\.tif \(does not say its micro.* by --slide-mpp\)"):
        twinseg.predict_files(run, tmp_path / "silent", tmp_path / "out")
    tables = [
        twinseg.predict_files(run, tmp_path / name, tmp_path / f"{name}-out", slide_mpp=mpp).table
        for name, mpp in (("silent", 0.5), ("said", 0.25))
    ]  # a slide that says them is believed
    pd.testing.assert_frame_equal(*tables)
    assert tables[0]["marked_mm2"].notna().all()
