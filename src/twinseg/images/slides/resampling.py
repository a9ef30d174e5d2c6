"""Any place of a slide at any coarser resolution, by the mean over what falls into a pixel."""

import math

import numpy as np
from scipy import sparse

from twinseg.core.arrays import Picture
from twinseg.images.slides.slide import Slide, Tile, level_for

_SLIVER = 1e-6
_MOST_PIXELS_AT_ONCE = 8_000_000  # of the level that is read; keeps memory below some 200 MB


def read_tile(slide: Slide, tile: Tile) -> Picture:
    """Read a tile on its own grid: the next finer level, averaged to the exact resolution.

    Raises:
        DataError: If it cannot be decoded.
    """
    number = level_for(slide.levels, tile.downsample)
    step = tile.downsample / slide.levels[number].downsample
    if abs(step - 1) < 1e-9:
        return slide.read(number, tile.x, tile.y, tile.width, tile.height)
    rows_at_once = max(1, int(_MOST_PIXELS_AT_ONCE / (tile.width * step * step)))
    bands = [
        _read_band(slide, number, step, tile, y, min(y + rows_at_once, tile.y + tile.height))
        for y in range(tile.y, tile.y + tile.height, rows_at_once)
    ]
    return np.concatenate(bands)


def _read_band(
    slide: Slide, number: int, step: float, tile: Tile, first: int, last: int
) -> Picture:
    level = slide.levels[number]
    rows = np.minimum(np.arange(first, last + 1) * step, level.height_px)
    columns = np.minimum(np.arange(tile.x, tile.x + tile.width + 1) * step, level.width_px)
    left, top = int(columns[0]), int(rows[0])
    width, height = math.ceil(columns[-1]) - left, math.ceil(rows[-1]) - top
    fine = slide.read(number, left, top, width, height)
    mean: np.ndarray = np.rint(area_mean(fine, rows - top, columns - left))
    return mean.astype(np.uint8)


def area_mean(values: np.ndarray, row_edges: np.ndarray, column_edges: np.ndarray) -> np.ndarray:
    """Return the mean over every cell between neighbouring edges.

    A pixel that an edge cuts counts by the part that lies inside.

    Args:
        values: (row, column) or (row, column, channel).
        row_edges: Rising, from 0 to the number of rows; fractions are allowed.
        column_edges: Likewise for columns.

    Returns:
        float32, one cell fewer than edges along each axis.
    """
    channels = np.atleast_3d(values).astype(np.float32)
    high, wide, depth = channels.shape
    across = _shares(row_edges, high) @ channels.reshape(high, wide * depth)
    turned = across.reshape(-1, wide, depth).swapaxes(0, 1).reshape(wide, -1)
    mean = _shares(column_edges, wide) @ turned
    cells: np.ndarray = mean.reshape(len(column_edges) - 1, len(row_edges) - 1, depth).swapaxes(
        0, 1
    )
    if values.ndim == 2:
        cells = cells[..., 0]
    return cells


def _shares(edges: np.ndarray, length: int) -> sparse.csr_array:
    """Share of each pixel (column) in each cell (row); rows sum up to 1."""
    # Levels are rounded to whole pixels: cells beyond the last pixel repeat it.
    begin = np.minimum(edges[:-1, None], length - _SLIVER)
    end = np.maximum(edges[1:, None], begin + _SLIVER)
    first = np.floor(begin).astype(int)
    taps = int(np.max(np.ceil(end) - first))
    pixel = first + np.arange(taps)
    inside = np.clip(np.minimum(end, pixel + 1) - np.maximum(begin, pixel), 0, None)
    share = (inside / (end - begin)).astype(np.float32)
    starts = np.arange(len(begin) + 1) * taps
    columns = np.minimum(pixel, length - 1).ravel()
    return sparse.csr_array((share.ravel(), columns, starts), shape=(len(begin), length))
