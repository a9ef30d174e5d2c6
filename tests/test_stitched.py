"""A slide by tiles: as in one piece, nothing of the tissue lost, the same after a kill."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt, gaussian_filter
from torch import nn
from torch.nn import functional

from tests.drawn_slides import tissue_picture, write_pyramid
from twinseg.core.errors import DataError
from twinseg.data.batches import to_images
from twinseg.data.shrink import shrink_picture, stretch_picture
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.resampling import read_tile
from twinseg.prediction import tile_reading
from twinseg.prediction.slide_tiles import SlideTiles, slide_tiles
from twinseg.prediction.stitched import Network, network_of, stitched_bands
from twinseg.records.input_spec import InputSpec
from twinseg.training.trained_model import TrainedModel

ZEROS, ONES = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
SPEC = InputSpec(size_px=32, mean=ZEROS, std=ONES, kind="slides", mpp=0.5, tile_px=64)
REACH = 3  # of a pixel of `SmallReach`


class SmallReach(nn.Module):
    """Sees three pixels to each side; zeros beyond the border, as networks have them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.ones(1, 3, 3, 3) / 27)
        self.second = nn.Parameter(torch.ones(1, 1, 5, 5) / 5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = functional.conv2d(images - 0.53, self.first, padding=1)
        return functional.conv2d((9 * hidden).tanh(), self.second, padding=2)


def model() -> TrainedModel:
    return TrainedModel("m", "random", 0, 1.0, SPEC, SmallReach().eval())


def textured(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    noise = gaussian_filter(rng.normal(size=(height, width, 3)), (6, 6, 0)) * 400
    return np.clip(np.array([170, 90, 150]) + noise, 0, 230).astype(np.uint8)


def tiles_of(path: Path, spec: InputSpec = SPEC) -> SlideTiles:
    with closing(open_slide(path)) as slide:
        return slide_tiles(slide, spec)


def whole(path: Path, network: Network, spec: InputSpec = SPEC, **options: int) -> np.ndarray:
    return np.concatenate([*stitched_bands(path, tiles_of(path, spec), network, **options)], axis=1)


def redness(pictures: np.ndarray) -> np.ndarray:
    """Where a pixel sees itself alone."""
    return pictures[..., 0].astype(np.float32) / 50 - 3


def edge_distance_px(mask: np.ndarray, other: np.ndarray) -> float:
    """Farthest that a pixel which differs lies from the outline of ``other``."""
    inside = np.maximum(distance_transform_edt(other), distance_transform_edt(~other))
    return float(inside[mask != other].max(initial=0))


def test_tiles_worked_out_on_paper(tmp_path: Path) -> None:
    # 200 x 90 pixels; tiles of 64 become 32: 100 x 45 on the grid of the network.
    path = write_pyramid(tmp_path / "a.tif", tissue_picture(90, 200, left=0, right=33))
    tiles = tiles_of(path)
    assert (tiles.width_px, tiles.height_px, tiles.scale, tiles.mpp) == (100, 45, 2.0, 1.0)
    assert tiles.columns == (0, 16, 32, 48, 64, 68)
    assert tiles.rows == (0, 13)
    assert [tiles.band(number) for number in (0, 1)] == [(0, 13), (13, 45)]
    # Tissue ends within pixel 16: the tile that begins there is taken for half a pixel of it.
    assert tiles.taken.tolist() == [[True, True, False, False, False, False]] * 2


def test_stitched_is_what_the_network_says_of_the_whole_at_once(tmp_path: Path) -> None:
    picture = textured(384, 512)
    path = write_pyramid(tmp_path / "a.tif", picture)
    small = stretch_picture(picture, 192, 256)
    with torch.no_grad():
        expected = SmallReach()(to_images(small[None])).sigmoid()[0, 0].numpy()
    found = whole(path, network_of([model()]))[0]
    assert 0.2 < (expected > 0.5).mean() < 0.8
    places = [np.arange(length) % 16 for length in found.shape]
    far = np.ix_(*[(at >= REACH) & (at < 16 - REACH) for at in places])
    np.testing.assert_allclose(found[far], expected[far], atol=1e-5)
    assert edge_distance_px(found > 0.5, expected > 0.5) <= 1


@pytest.mark.parametrize("shape", [(90, 130), (64, 64), (65, 129), (40, 200), (20, 30)])
@pytest.mark.parametrize(("tile_px", "size_px"), [(64, 32), (32, 32), (48, 32), (32, 64)])
def test_where_a_pixel_sees_itself_alone_every_pixel_is_right(
    tmp_path: Path, shape: tuple[int, int], tile_px: int, size_px: int
) -> None:
    picture = np.full((*shape, 3), (200, 100, 150), np.uint8)
    picture[shape[0] // 3 :, : shape[1] // 2, 0] = 120
    path = write_pyramid(tmp_path / "a.tif", picture)
    spec = replace(SPEC, tile_px=tile_px, size_px=size_px)
    found = whole(path, redness, spec)[0]
    scale = size_px / tile_px
    assert found.shape == tuple(int(np.ceil(side * scale)) for side in shape)
    rows, columns = ((np.arange(side) + 0.5) / scale for side in found.shape)
    dark = (rows[:, None] >= shape[0] // 3) & (columns < shape[1] // 2)
    assert edge_distance_px(found < 0.5, dark) <= 1


def test_glass_is_nothing_and_not_asked_about(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", tissue_picture(256, 512, left=192, right=256))
    asked = []

    def everything(pictures: np.ndarray) -> np.ndarray:
        asked.append(len(pictures))
        return np.full(pictures.shape[:3], 9.0, np.float32)

    found = whole(path, everything)[0]
    # Tissue is 96 to 128: tiles begin at 80, 96, 112 and, ending at it, none at 128.
    assert (found[:, 80:144] > 0.99).all()
    assert not found[:, :80].any()
    assert not found[:, 144:].any()
    assert asked == [16, 5]  # 3 tiles in 7 rows
    blank = write_pyramid(tmp_path / "b.tif", np.full((100, 100, 3), 245, np.uint8))
    assert not whole(blank, everything, members=3).any()
    assert len(asked) == 2


def test_members_are_answered_together_and_each_cell_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(150, 170))
    read: list[tuple[int, int]] = []
    original = SlideTiles.read_cell
    monkeypatch.setattr(SlideTiles, "read_cell", lambda *a: [read.append(a[2]), original(*a)][1])
    both = whole(path, lambda p: np.stack([redness(p), -redness(p)]), members=2)
    assert sorted(read) == [(row, column) for row in range(5) for column in range(6)]
    np.testing.assert_allclose(both.sum(axis=0), 1, atol=1e-6)
    np.testing.assert_array_equal(both[:1], whole(path, redness))
    monkeypatch.setattr(tile_reading, "_KEPT_BYTES", 1)  # cells are read again: the same comes out
    read.clear()
    np.testing.assert_array_equal(both[:1], whole(path, redness))
    assert len(read) > 60


@pytest.mark.parametrize(
    ("tile_px", "size_px", "mpp"), [(64, 32, 0.5), (50, 32, 1.0), (33, 64, 0.7)]
)
def test_tiles_are_shown_as_in_training(
    tmp_path: Path, tile_px: int, size_px: int, mpp: float
) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(170, 240))
    tiles = tiles_of(path, replace(SPEC, tile_px=tile_px, size_px=size_px, mpp=mpp))
    found = [*tile_reading.squares(path, tiles, tiles.places)]
    with closing(open_slide(path)) as slide:
        for (row, column), square in zip(tiles.places, found, strict=True):
            place = tiles.inside(row, column)
            if (place.height, place.width) == (tile_px, tile_px):
                expected = shrink_picture(read_tile(slide, place), size_px)
                # Means over parts of pixels may be rounded the other way.
                assert np.abs(square.astype(int) - expected).max() <= (mpp == 0.7)


@pytest.mark.parametrize("first", range(13))
def test_bands_are_equal_bit_by_bit_wherever_the_work_begins(tmp_path: Path, first: int) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(407, 150))
    tiles, network = tiles_of(path), network_of([model()])
    bands = [*stitched_bands(path, tiles, network)]
    assert len(bands) == 12
    again = [*stitched_bands(path, tiles, network, first=first)]
    assert len(again) == 12 - min(first, 12)
    for band, other in zip(bands[first:], again, strict=True):
        np.testing.assert_array_equal(band, other)


def test_answers_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(100, 100))
    with pytest.raises(DataError, match=r"array of \(9, 16, 16\), expected logits of \(1, 9"):
        whole(path, lambda p: redness(p)[:, ::2, ::2])
    with pytest.raises(DataError, match="NaN"):
        whole(path, lambda p: redness(p) * np.float32(np.nan))
