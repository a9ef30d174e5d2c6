"""Probabilities of a slide on disk: the same after a kill, damage is told, nothing is mixed up."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.drawn_slides import write_pyramid
from tests.test_stitched import SPEC, model, redness, textured, whole
from twinseg.core.errors import CannotWriteError, DataError, StoreError
from twinseg.images.slides.write_geojson import write_geojson
from twinseg.prediction.stitched import Network, network_of
from twinseg.prediction.stitched_store import predict_slide


class Killed(BaseException):
    """As Ctrl-C."""


def dying(network: Network, after: int) -> Network:
    calls = iter(range(after))

    def answer(pictures: np.ndarray) -> np.ndarray:
        if next(calls, None) is None:
            raise Killed
        return network(pictures)

    return answer


def test_a_killed_run_goes_on_and_gives_the_same_bits(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(407, 400))
    network = network_of([model()])
    expected = whole(path, network)
    shown = 0

    def counted(pictures: np.ndarray) -> np.ndarray:
        nonlocal shown
        shown += 1
        return network(pictures)

    deaths = 0
    for after in (0, 1, 4, 4, 9):
        try:
            stored = predict_slide(path, dying(counted, after), SPEC, tmp_path / "out")
        except Killed:
            deaths += 1
    assert deaths == 4
    # 12 rows of 12 tiles are 9 batches. The third run begins anew, since rows 0 and 1 overlap; it
    # ends in row 5. The fourth begins in row 4 with batch 3, the last in row 8 with batch 6.
    assert shown == 0 + 1 + 4 + 4 + 3
    np.testing.assert_array_equal(np.concatenate([*stored.bands()], axis=1), expected)
    predict_slide(path, dying(counted, 0), SPEC, tmp_path / "out")  # nothing is left to do


def spoil_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def spoil_first(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["bands.bin", "bands.json"])
@pytest.mark.parametrize("spoil", [spoil_end, spoil_first, Path.unlink])
def test_damage_is_told_and_made_good(
    tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(200, 150))
    stored = predict_slide(path, redness, SPEC, tmp_path / "out")
    expected = [*stored.bands()]
    spoil(tmp_path / "out" / name)
    with pytest.raises(StoreError, match="give the same command again"):
        [*stored.bands()]
    predict_slide(path, redness, SPEC, tmp_path / "out")
    for band, other in zip(stored.bands(), expected, strict=True):
        np.testing.assert_array_equal(band, other)


def test_other_models_are_not_taken_for_these(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(200, 150))
    predict_slide(path, redness, SPEC, tmp_path / "out", models={"a": "1"})
    other = predict_slide(path, lambda p: -redness(p), SPEC, tmp_path / "out", models={"a": "2"})
    np.testing.assert_array_equal(
        np.concatenate([*other.bands()], axis=1), whole(path, lambda p: -redness(p))
    )


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(200, 150))
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="choose another folder"):
        predict_slide(path, redness, SPEC, tmp_path / "file" / "out")
    unknown = write_pyramid(tmp_path / "b.tif", textured(200, 150), mpp=None)
    with pytest.raises(DataError, match="does not say its micrometres"):
        predict_slide(unknown, redness, SPEC, tmp_path / "out")
    predict_slide(unknown, redness, SPEC, tmp_path / "out", mpp=0.25)


def test_a_slide_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(600, 600))
    content = bytearray(path.read_bytes())
    places = len(content) // 3
    content[places : places + 4000] = bytes(4000)
    path.write_bytes(content)
    with pytest.raises(DataError):
        predict_slide(path, redness, SPEC, tmp_path / "out")


@pytest.mark.parametrize("mpp", [0.25, 0.5, 0.7, 1.0])
def test_outlines_lie_where_the_slide_shows_them(tmp_path: Path, mpp: float) -> None:
    picture = np.full((450, 600, 3), (200, 100, 150), np.uint8)
    picture[152:280, 200:440, 0] = 60
    path = write_pyramid(tmp_path / "a.tif", picture, mpp=0.25)
    stored = predict_slide(path, lambda p: -redness(p), replace(SPEC, mpp=mpp), tmp_path / "out")
    tiles = stored.tiles
    found = write_geojson(
        tmp_path / "a.geojson",
        (band[0] > 0.5 for band in stored.bands()),
        width_px=tiles.width_px,
        scale=tiles.scale,
        mpp=tiles.mpp,
    )
    (feature,) = json.loads((tmp_path / "a.geojson").read_text())["features"]
    corners = np.array(feature["geometry"]["coordinates"][0])
    expected = np.array([[200, 152], [440, 280]])
    ends = np.array([corners.min(axis=0), corners.max(axis=0)])
    assert np.abs(ends - expected).max() <= tiles.scale / 2 + 1e-6
    area = feature["properties"]["measurements"]["Area µm^2"]
    assert area == pytest.approx(240 * 128 / 16, rel=0.08)
    assert found.parts == 1
