"""Overlays of `explain` outline the region that was asked about."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import twinseg
from tests.conftest import WritePairs
from tests.test_explain_files import model as model
from twinseg.data.batches import to_images
from twinseg.report.tiles import region_outlined

Expected = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of the prediction and the reference


def test_an_outline_drawn_by_hand() -> None:
    # A box of 5 x 5 in 9 x 9: a white ring inside, dark lines on both sides, its middle as it was.
    region = np.zeros((9, 9), dtype=bool)
    region[2:7, 2:7] = True
    drawn = region_outlined(np.full((9, 9, 3), 100, np.uint8), region)[..., 0]
    assert drawn[4].tolist() == [100, 20, 255, 20, 100, 20, 255, 20, 100]
    assert drawn[2].tolist() == [100, 20, 255, 255, 255, 255, 255, 20, 100]
    assert drawn[0].tolist() == [100] * 2 + [100] * 7


def test_a_region_at_the_border_is_closed_and_none_draws_nothing() -> None:
    plain = np.full((9, 9, 3), 100, np.uint8)
    whole = region_outlined(plain, np.ones((9, 9), dtype=bool))[..., 0]
    assert whole[4].tolist() == [255, 20, 100, 100, 100, 100, 100, 20, 255]
    assert (region_outlined(plain, np.zeros((9, 9), dtype=bool)) == plain).all()


def test_one_pixel_of_a_large_picture_is_seen_when_it_is_drawn_smaller() -> None:
    region = np.zeros((3000, 3000), dtype=bool)
    region[1234, 99] = True
    drawn = region_outlined(np.full((300, 300, 3), 100, np.uint8), region)
    assert np.argwhere(drawn[..., 0] == 255).tolist() == [[123, 9]]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("box:8,8,24,24", lambda predicted, mask: _box(8, 24)),
        ("reference", lambda predicted, mask: mask),
        ("false-positives", lambda predicted, mask: predicted & ~mask),
        ("non-target", lambda predicted, mask: ~predicted),
    ],
)
def test_the_region_asked_for_is_what_is_outlined(
    model: Path, write_pairs: WritePairs, tmp_path: Path, region: str, expected: Expected
) -> None:
    source = write_pairs(cases=2, side_px=32)
    done = twinseg.explain_files(
        model, source / "images", tmp_path / "maps", region=region, masks=source / "masks",
        layer="decoder",
    )  # fmt: skip
    trained = twinseg.load_trained(model)
    for name in json.loads((done.values / "cases.json").read_text()):
        picture = np.asarray(Image.open(source / "images" / f"{name}.png"))
        mask = np.asarray(Image.open(source / "masks" / f"{name}.png")) > 0
        image = trained.normalise(to_images(np.array(picture)[None]))
        predicted = trained.network(image).detach().numpy()[0, 0] > 0
        pixels = expected(predicted, mask)
        kept = np.asarray(Image.open(done.values / "regions" / f"{name}.png"))
        np.testing.assert_array_equal(kept, pixels * 255)
        overlay = np.asarray(Image.open(done.values / f"{name}.png"))
        inside = np.pad(pixels, 1)
        surrounded = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
        assert (overlay[pixels & ~surrounded] == 255).all()
    assert "The region is outlined in white" in done.page.read_text()


def test_by_tile_the_region_lies_on_the_picture_itself(
    model: Path, write_pairs: WritePairs, tmp_path: Path
) -> None:
    images = write_pairs(cases=1, side_px=48) / "images"
    done = twinseg.explain_files(
        model, images, tmp_path / "maps", region="box:10,20,40,44", layer="decoder", tile_px=32
    )
    kept = np.asarray(Image.open(done.values / "regions" / "case00.png")) > 0
    assert kept.shape == (48, 48)
    assert kept.sum() == 30 * 24
    assert kept[10:40, 20:44].all()


def _box(start: int, stop: int) -> np.ndarray:
    box = np.zeros((32, 32), dtype=bool)
    box[start:stop, start:stop] = True
    return box
