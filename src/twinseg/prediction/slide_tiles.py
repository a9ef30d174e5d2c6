"""Which tiles of a slide a model is shown to mark all of it, and each as it was in training.

All lies on one grid, called the grid of the network: its pixels are those of the square that a
tile is shrunk to. Tiles overlap by half a side. The slide is not stretched: where a tile sticks
out, because the slide is smaller than a tile or its last pixel is cut, it is filled up by
reflecting the slide. (In training, a tile that is cut at the edge is stretched to the square, up
to twice its size; a model that is shown true scale everywhere sees no more of it than it learnt.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from twinseg.core.arrays import Mask, Picture, SquarePicture
from twinseg.data.shrink import shrink_picture
from twinseg.images.slides.resampling import read_tile
from twinseg.images.slides.slide import Slide, Tile
from twinseg.images.slides.tiles import grid_of
from twinseg.images.slides.tissue import overview, tissue
from twinseg.prediction.tile_layout import tile_starts
from twinseg.records.input_spec import InputSpec

Place = tuple[int, int]  # row and column of a tile, or of a cell


@dataclass(frozen=True)
class SlideTiles:
    """Overlapping tiles of one slide; lengths in pixels of the grid of the network.

    Attributes:
        width_px: Of the slide.
        height_px: Of the slide.
        size_px: Side of a tile.
        rows: Where tiles begin from above.
        columns: Where tiles begin from the left.
        taken: Tiles that touch tissue, (tile row, tile column).
        tile_px: Side of a tile in pixels of the grid that it is read on.
        read_from: Width and height of the slide on that grid.
        downsample: Pixels of level 0 along one pixel of that grid.
        mpp: Micrometres along one pixel of the grid of the network; None if nobody says.
    """

    width_px: int
    height_px: int
    size_px: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    taken: Mask
    tile_px: int
    read_from: tuple[int, int]
    downsample: float
    mpp: float | None

    @property
    def scale(self) -> float:
        """Pixels of level 0 along one pixel of the grid of the network."""
        return self.downsample * self.tile_px / self.size_px

    @property
    def end_px(self) -> tuple[float, float]:
        """Width and height of the slide in pixels of level 0."""
        wide, high = self.read_from
        return wide * self.downsample, high * self.downsample

    @property
    def places(self) -> list[Place]:
        """The tiles that are taken, (tile row, tile column), row by row."""
        return [(int(row), int(column)) for row, column in np.argwhere(self.taken)]

    def band(self, number: int) -> tuple[int, int]:
        """Return the first row of a band and the one after its last.

        Band ``number`` ends where the next row of tiles begins: no later tile reaches it.
        """
        ends = (*self.rows[1:], self.height_px)
        return self.rows[number], ends[number]

    @property
    def looked_px(self) -> int:
        """How many pixels of the grid lie in any tile that is taken."""
        ends = [start + self.size_px for start in self.rows]
        cuts = sorted({min(cut, self.height_px) for cut in (*self.rows, *ends)})
        total = 0
        for first, end in pairwise(cuts):
            over = [start <= first and end <= start + self.size_px for start in self.rows]
            seen = np.zeros(self.width_px, np.bool_)
            for column in np.flatnonzero(self.taken[over].any(axis=0)):
                seen[self.columns[column] : self.columns[column] + self.size_px] = True
            total += (end - first) * int(seen.sum())
        return total

    def inside(self, row: int, column: int) -> Tile:
        """Return what of a tile lies on the slide, on the grid that it is read on."""
        side, (wide, high) = self.tile_px, self.read_from
        x, y = (
            min(round(start * side / self.size_px), length - 1)
            for start, length in ((self.columns[column], wide), (self.rows[row], high))
        )
        return Tile(self.downsample, x, y, min(side, wide - x), min(side, high - y))

    def cells(self, row: int, column: int) -> list[Place]:
        """Return the cells that a tile touches: squares of half a tile, each in several tiles."""
        tile, side = self.inside(row, column), self.cell_px
        rows = range(tile.y // side, -(-(tile.y + tile.height) // side))
        columns = range(tile.x // side, -(-(tile.x + tile.width) // side))
        return [(down, across) for down in rows for across in columns]

    @property
    def cell_px(self) -> int:
        """Side of a cell, on the grid that it is read on."""
        return max(1, self.tile_px // 2)

    def read_cell(self, slide: Slide, cell: Place) -> Picture:
        """Return the picture of a cell, cut at the edge of the slide.

        Raises:
            DataError: If it cannot be decoded.
        """
        (y, x), side = (number * self.cell_px for number in cell), self.cell_px
        wide, high = self.read_from
        return read_tile(
            slide, Tile(self.downsample, x, y, min(side, wide - x), min(side, high - y))
        )

    def square(self, row: int, column: int, cells: Mapping[Place, Picture]) -> SquarePicture:
        """Put a tile together from its cells, as the model sees it."""
        tile = self.inside(row, column)
        picture = np.empty((tile.height, tile.width, 3), np.uint8)
        for (down, across), cell in cells.items():
            y, x = down * self.cell_px - tile.y, across * self.cell_px - tile.x
            part = cell[max(0, -y) : tile.height - y, max(0, -x) : tile.width - x]
            y, x = max(0, y), max(0, x)
            picture[y : y + part.shape[0], x : x + part.shape[1]] = part
        beyond = ((0, self.tile_px - tile.height), (0, self.tile_px - tile.width), (0, 0))
        return shrink_picture(np.pad(picture, beyond, mode="symmetric"), self.size_px)


def slide_tiles(slide: Slide, spec: InputSpec, *, mpp: float | None = None) -> SlideTiles:
    """Lay overlapping tiles over a slide at the resolution that a model was trained at.

    Every tile is taken that touches tissue, however little: a pixel of tissue is then seen by all
    tiles that hold it.

    Args:
        slide: Slide to lay them over.
        spec: How the model must be shown a picture: resolution, side of a tile and of the square.
        mpp: Micrometres along a pixel of level 0 where the slide itself does not say.

    Raises:
        DataError: If the slide has no such resolution or cannot be decoded.
    """
    mpp = slide.mpp or mpp
    grid = grid_of(slide, spec.source_settings, mpp)
    wide, high = grid.columns[-1], grid.rows[-1]
    width, height = (-(-length * spec.size_px // spec.tile_px) for length in (wide, high))
    rows, columns = (
        tuple(tile_starts(max(length, spec.size_px), spec.size_px)) for length in (height, width)
    )
    picture, downsample = overview(slide)
    scale = grid.downsample * spec.tile_px / spec.size_px
    taken = _touching(tissue(picture), rows, columns, spec.size_px, scale / downsample)
    return SlideTiles(
        width_px=width,
        height_px=height,
        size_px=spec.size_px,
        rows=rows,
        columns=columns,
        taken=taken,
        tile_px=spec.tile_px,
        read_from=(wide, high),
        downsample=grid.downsample,
        mpp=None if mpp is None else mpp * scale,
    )


def _touching(
    found: Mask, rows: tuple[int, ...], columns: tuple[int, ...], side: int, scale: float
) -> np.ndarray:
    """Mark tiles that hold any of the pixels found, also in part.

    Args:
        found: Tissue on a small picture of the slide.
        rows: Where tiles begin from above.
        columns: Where tiles begin from the left.
        side: Of a tile.
        scale: Pixels of the small picture along one pixel that the other lengths count.
    """
    sums = np.pad(found.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    edges = []
    for starts, length in ((rows, found.shape[0]), (columns, found.shape[1])):
        first = np.clip(np.floor(np.array(starts) * scale), 0, length - 1).astype(int)
        last = np.clip(np.ceil((np.array(starts) + side) * scale), first + 1, length).astype(int)
        edges.append((first, last))
    (top, bottom), (left, right) = edges
    inside = (
        sums[np.ix_(bottom, right)] - sums[np.ix_(top, right)]
        - sums[np.ix_(bottom, left)] + sums[np.ix_(top, left)]
    )  # fmt: skip
    touched: np.ndarray = inside > 0
    return touched
