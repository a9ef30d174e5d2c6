"""Which tiles are taken: every pixel in one of them, tissue by colour, marks always."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawn_slides import tissue_picture, write_pyramid
from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.slide import Level
from twinseg.images.slides.tiles import grid_of, tile_places, tissue_shares
from twinseg.images.slides.tissue import overview, tissue
from twinseg.records.source_settings import SourceSettings


class Blank:
    """A slide of one colour."""

    note = ""
    scanned_from = (0, 0)

    def __init__(self, width: int, height: int, mpp: float | None = None, levels: int = 1) -> None:
        self.mpp = mpp
        self.levels = tuple(Level(width >> 2 * n, height >> 2 * n, 4.0**n) for n in range(levels))

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Picture:
        return np.full((height, width, 3), (200, 100, 150), dtype=np.uint8)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("length", "edges"),
    [
        (1000, (0, 512, 1000)),  # cut at the edge
        (1024, (0, 512, 1024)),
        (767, (0, 767)),  # 255 left over: less than half a tile, it joins the one before
        (768, (0, 512, 768)),
        (90, (0, 90)),  # smaller than a tile: one tile of its own size
    ],
)
def test_edges_worked_out_on_paper(length: int, edges: tuple[int, ...]) -> None:
    assert grid_of(Blank(length, 600), SourceSettings(tile_px=512), None).columns == edges


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 700))
def test_every_pixel_is_in_one_tile_of_nearly_the_size(width: int, height: int, side: int) -> None:
    if width * height > 400_000 * side:
        return
    grid = grid_of(Blank(width, height), SourceSettings(tile_px=side), None)
    for edges, length in [(grid.columns, width), (grid.rows, height)]:
        steps = np.diff(edges)
        assert edges[0] == 0
        assert edges[-1] == length
        assert (steps > 0).all()
        if length >= side / 2:
            assert (steps >= side / 2).all()
        assert (steps < 1.5 * side).all()


@pytest.mark.parametrize(
    ("mpp", "settings", "downsample"),
    [
        (0.25, {}, 2.0),  # 0.5 by default
        (1.0, {}, 1.0),  # coarser than that: as it is
        (None, {}, 1.0),
        (0.25, {"mpp": 1.01}, 4.0),  # within 2 % of the second level
        (0.25, {"mpp": 0.7}, 2.8),
        (0.26, {"mpp": 0.25}, 0.25 / 0.26),  # slightly finer than the scanner's
        (0.25, {"level": 1}, 4.0),
    ],
)
def test_resolution_asked_for(
    mpp: float | None, settings: dict[str, float], downsample: float
) -> None:
    slide = Blank(4096, 4096, mpp, levels=2)
    grid = grid_of(slide, SourceSettings(**settings), slide.mpp)
    assert grid.downsample == pytest.approx(downsample)
    assert grid.columns[-1] == int(4096 / grid.downsample)


@pytest.mark.parametrize(
    ("mpp", "settings", "message"),
    [
        (None, {"mpp": 0.5}, "does not say its micrometres"),
        (0.5, {"mpp": 0.25}, "coarser than --mpp 0.25"),
        (0.5, {"level": 2}, "has levels 0 to 1, not 2"),
        (0.5, {"tile_px": 9000}, "expected at most 8192"),
        (0.5, {"tile_px": 1}, "larger --tile-px"),
    ],
)
def test_what_a_slide_cannot_give_is_refused(
    mpp: float | None, settings: dict[str, float], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        grid_of(Blank(4096, 4096, mpp, levels=2), SourceSettings(**settings), mpp)


def test_tissue_is_what_has_colour() -> None:
    row = np.array([[[255, 255, 255], [240, 231, 240], [230, 215, 229], [0, 0, 5]]], dtype=np.uint8)
    assert tissue(row).tolist() == [[False, False, True, False]]  # 0, 9, 15 and 5 of colour
    grey = np.repeat(np.array([[[250], [219], [30]]], dtype=np.uint8), 3, axis=2)
    assert tissue(grey).tolist() == [[False, True, True]]


def test_tiles_with_enough_tissue_or_a_mark_are_taken(tmp_path: Path) -> None:
    # Columns 0-63, 64-127, 128-191, 192-255; tissue from 96 to 208: shares 0, 1/2, 1, 1/4.
    path = write_pyramid(tmp_path / "a.tiff", tissue_picture(128, 256, left=96, right=208))
    settings = SourceSettings(tile_px=64, level=0, tissue_share=0.4)
    with closing(open_slide(path)) as slide:
        picture, downsample = overview(slide)
        grid = grid_of(slide, settings, None)
        shares = tissue_shares(tissue(picture), downsample, grid)
        assert shares == pytest.approx(np.array([[0, 0.5, 1, 0.25]] * 2), abs=0.02)
        plain = tile_places(slide, settings)
        marked = np.zeros((2, 4), dtype=np.bool_)
        marked[1, 0] = True
        more = tile_places(slide, settings, marked=marked)
    assert [(tile.x, tile.y) for tile in plain.tiles] == [(64, 0), (128, 0), (64, 64), (128, 64)]
    assert plain.dropped == 4
    assert (0, 64) in [(tile.x, tile.y) for tile in more.tiles]
    assert more.dropped == 3
