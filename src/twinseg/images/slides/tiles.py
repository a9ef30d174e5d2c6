"""Which tiles of a slide are taken, and at which resolution."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.images.slides.resampling import area_mean
from twinseg.images.slides.slide import Slide, Tile
from twinseg.images.slides.tissue import overview, tissue
from twinseg.records.source_settings import SourceSettings

DEFAULT_MPP = 0.5  # what is called 20x
_SAME = 0.02  # so close to a level, the level itself is taken
_SLIGHTLY_FINER = 0.95  # scanners' "0.25" is anything from 0.22 to 0.26
_MOST_TILE_PX, _MOST_TILES = 8192, 500_000


@dataclass(frozen=True)
class Grid:
    """Tiles of a slide: every pixel of it is in exactly one."""

    downsample: float
    rows: tuple[int, ...]  # edges, from 0 to the height
    columns: tuple[int, ...]  # edges, from 0 to the width

    @property
    def shape(self) -> tuple[int, int]:
        """Tiles down and across."""
        return len(self.rows) - 1, len(self.columns) - 1

    def tile(self, row: int, column: int) -> Tile:
        """Return the tile in its place."""
        x, y = self.columns[column], self.rows[row]
        return Tile(self.downsample, x, y, self.columns[column + 1] - x, self.rows[row + 1] - y)


@dataclass(frozen=True)
class TilePlaces:
    """The tiles that are taken, row by row, and how many are not."""

    tiles: tuple[Tile, ...]
    dropped: int
    tissue: Mask  # on a small picture of the whole slide
    downsample: float  # of that picture


def grid_of(slide: Slide, settings: SourceSettings, mpp: float | None) -> Grid:
    """Lay tiles of ``settings.tile_px`` over a slide at the resolution asked for.

    The last row and column end at the edge of the slide: they are cut there, and what is left
    over and narrower than half a tile belongs to the tile before. A slide smaller than that is
    one tile. Without ``settings.mpp`` and ``settings.level`` it is `DEFAULT_MPP`, or level 0 where
    the slide is coarser or does not say its resolution. Within 2 % of a level, that level is taken.

    Args:
        slide: Slide to lay them over.
        settings: Uses ``mpp``, ``level`` and ``tile_px``.
        mpp: Micrometres along a pixel of level 0, if known.

    Raises:
        DataError: If the slide has no such resolution.
    """
    if settings.tile_px > _MOST_TILE_PX:
        raise DataError(f"tiles of {settings.tile_px} px asked for, expected at most 8192")
    downsample = _downsample(slide, settings, mpp)
    near = [one for one in slide.levels if abs(one.downsample / downsample - 1) <= _SAME]
    if near:
        level = min(near, key=lambda one: abs(one.downsample / downsample - 1))
        downsample, width, height = level.downsample, level.width_px, level.height_px
    else:
        width = max(1, int(slide.levels[0].width_px / downsample))
        height = max(1, int(slide.levels[0].height_px / downsample))
    grid = Grid(downsample, _edges(height, settings.tile_px), _edges(width, settings.tile_px))
    if (count := grid.shape[0] * grid.shape[1]) > _MOST_TILES:
        raise DataError(f"makes {count:,} tiles; choose a larger --tile-px or a coarser --mpp")
    return grid


def tile_places(
    slide: Slide,
    settings: SourceSettings,
    *,
    mpp: float | None = None,
    marked: Mask | None = None,
) -> TilePlaces:
    """Choose the tiles with at least ``settings.tissue_share`` of tissue, or with a mark.

    Args:
        slide: Slide to choose from.
        settings: Uses ``mpp``, ``slide_mpp``, ``level``, ``tile_px`` and ``tissue_share``.
        mpp: Micrometres a pixel of level 0 where somebody else than the slide says them.
        marked: Tiles of `grid_of` that are taken whatever they hold, (tile row, tile column).

    Raises:
        DataError: If the slide has no such resolution or cannot be decoded.
    """
    grid = grid_of(slide, settings, slide.mpp or mpp or settings.slide_mpp)
    picture, downsample = overview(slide)
    found = tissue(picture)
    taken = tissue_shares(found, downsample, grid) >= settings.tissue_share
    if marked is not None:
        taken |= marked
    tiles = tuple(grid.tile(int(row), int(column)) for row, column in np.argwhere(taken))
    return TilePlaces(tiles, taken.size - len(tiles), found, downsample)


def tissue_shares(found: Mask, downsample: float, grid: Grid) -> np.ndarray:
    """Return the share of tissue of every tile, float32 (tile row, tile column)."""
    scale = grid.downsample / downsample
    edges = [
        np.minimum(np.asarray(edges) * scale, length)
        for edges, length in zip((grid.rows, grid.columns), found.shape, strict=True)
    ]
    return area_mean(found, *edges)


def _downsample(slide: Slide, settings: SourceSettings, mpp: float | None) -> float:
    if settings.level is not None:
        if settings.level >= len(slide.levels):
            raise DataError(f"has levels 0 to {len(slide.levels) - 1}, not {settings.level}")
        return slide.levels[settings.level].downsample
    if settings.mpp is None:
        return 1.0 if mpp is None else max(1.0, DEFAULT_MPP / mpp)
    if mpp is None:
        raise DataError(
            "does not say its micrometres a pixel; give those of level 0 by --slide-mpp"
        )
    if settings.mpp < _SLIGHTLY_FINER * mpp:
        raise DataError(f"has {mpp:.3g} micrometres a pixel, coarser than --mpp {settings.mpp:g}")
    return settings.mpp / mpp


def _edges(length: int, side: int) -> tuple[int, ...]:
    tiles = max(1, (2 * length + side) // (2 * side))
    return (*range(0, tiles * side, side), length)
