"""Tissue before it is stained: fibres, glands, a tumour, and the nuclei of all of them."""

import math
from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask, Plane
from twinseg.data.phantoms.glands import fused_glands_depth_px, healthy_glands
from twinseg.data.phantoms.shapes import Ellipses, at, hills, scattered, soft, square
from twinseg.data.phantoms.texture import bent, smooth_noise

_CELLS = 85  # that fit along a side of the tile: the magnification
_WITHOUT_TUMOUR = 0.12  # share of tiles
_INFLAMED = 0.4  # share of tiles


@dataclass(frozen=True)
class Tissue:
    """What fills each pixel of a tile."""

    tumour: Mask
    gland: Plane  # 0..1, the bodies of cells that line a gland
    gap: Plane  # 0..1, lumen or cleft: nothing to stain
    fibres: Plane  # around 0, higher where fibres are dense
    nuclei: Plane  # 0..1, higher where chromatin is dense


def grown_tissue(size_px: int, *, rng: np.random.Generator) -> Tissue:
    """Grow the tissue of a tile, (size_px, size_px); some tiles have no tumour."""
    cell_px = size_px / _CELLS
    bend = (_unevenness(cell_px, size_px, rng), _unevenness(cell_px, size_px, rng))
    region = _tumour_region(size_px, rng)
    healthy = healthy_glands(~region, cell_px=cell_px, bend=bend, rng=rng)
    fused_px = fused_glands_depth_px(size_px, cell_px=cell_px, bend=bend, rng=rng)
    tumour = region & (healthy.depth_px < 0.5)
    stroma = ~tumour & (healthy.depth_px < 0.5)

    direction_rad = rng.uniform(0, np.pi)
    fibres = _fibres(size_px, direction_rad, rng)
    frayed_px = 0.7 * cell_px * smooth_noise(size_px, 28, rng=rng)
    lumen = soft(healthy.depth_px - rng.uniform(3.2, 4.6) * cell_px + frayed_px)
    slit = tumour * soft(fused_px - rng.uniform(1.8, 2.5) * cell_px + frayed_px)
    cleft = stroma * soft(5 * (fibres - rng.uniform(1.5, 2.2)))
    gap = np.maximum.reduce([lumen, slit, cleft])

    nuclei = np.maximum.reduce(
        [
            healthy.nuclei,
            _stroma_nuclei(stroma & (cleft < 0.5), direction_rad, cell_px, rng),
            _lymphocytes(stroma, cell_px, rng),
            _tumour_nuclei(tumour & (slit < 0.3), cell_px, rng),
        ]
    ) * (1 - gap)
    gland = np.maximum(soft(healthy.depth_px - 0.5), tumour * soft(fused_px))
    return Tissue(tumour, gland, gap, fibres, nuclei)


def _unevenness(cell_px: float, size_px: int, rng: np.random.Generator) -> Plane:
    return 1.6 * cell_px * smooth_noise(size_px, 12, rng=rng)


def _tumour_region(size_px: int, rng: np.random.Generator) -> Mask:
    """Return where the tumour grows in from one side, with an uneven front."""
    if rng.random() < _WITHOUT_TUMOUR:
        return np.zeros((size_px, size_px), dtype=bool)
    y, x = square(size_px)
    side_rad = rng.uniform(0, 2 * np.pi)
    field = rng.uniform(0.6, 2.5) * (y * math.sin(side_rad) + x * math.cos(side_rad))
    for cells, amplitude in ((3, 0.3), (5, 0.2), (8, 0.13), (13, 0.06)):
        field = field + amplitude * smooth_noise(size_px, cells, rng=rng)
    return field > float(np.quantile(field, 1 - rng.uniform(0.12, 0.8)))


def _fibres(size_px: int, direction_rad: float, rng: np.random.Generator) -> Plane:
    """Return wavy fibres that run along ``direction_rad`` (0: down the rows)."""
    y, x = square(size_px)
    wave = 0.04 * smooth_noise(size_px, 4, rng=rng)
    along = y * math.cos(direction_rad) + x * math.sin(direction_rad)
    across = x * math.cos(direction_rad) - y * math.sin(direction_rad) + wave
    strands = smooth_noise(size_px, (8, 45), rng=rng)
    strands = bent(strands, size_px * (along - y), size_px * (across - x))
    return strands + 0.4 * smooth_noise(size_px, 6, rng=rng)


def _stroma_nuclei(
    stroma: Mask, direction_rad: float, cell_px: float, rng: np.random.Generator
) -> Plane:
    """Return thin nuclei, far apart, that lie along the fibres."""
    centres = scattered(len(stroma), spacing_px=4.6 * cell_px, rng=rng)
    centres = centres[at(stroma, centres) & (rng.random(len(centres)) < 0.6)]
    half_axes_px = rng.normal((1.9, 0.65), (0.35, 0.1), centres.shape) * cell_px
    angles_rad = rng.normal(direction_rad, 0.25, len(centres))
    tops = rng.uniform(0.5, 0.9, len(centres))
    return hills(len(stroma), Ellipses(centres, half_axes_px, angles_rad), tops=tops)


def _lymphocytes(stroma: Mask, cell_px: float, rng: np.random.Generator) -> Plane:
    """Return, in some tiles, patches of small dark round nuclei: dense, but no tumour."""
    size_px = len(stroma)
    centres = scattered(size_px, spacing_px=2.6 * cell_px, rng=rng)
    crowd = smooth_noise(size_px, 5, rng=rng)
    fewest = 0.8 if rng.random() < _INFLAMED else 1.7
    centres = centres[at(stroma & (crowd > fewest), centres)]
    half_axes_px = rng.normal(0.95, 0.08, centres.shape) * cell_px
    return hills(size_px, Ellipses(centres, half_axes_px, np.zeros(len(centres))), tops=0.95)


def _tumour_nuclei(cells: Mask, cell_px: float, rng: np.random.Generator) -> Plane:
    """Return crowded nuclei of uneven size, shape and darkness."""
    centres = scattered(len(cells), spacing_px=rng.uniform(2.6, 3.3) * cell_px, rng=rng)
    centres = centres[at(cells, centres) & (rng.random(len(centres)) < 0.92)]
    half_axes_px = np.exp(rng.normal(0.15, 0.27, centres.shape)) * cell_px
    angles_rad = rng.uniform(0, np.pi, len(centres))
    tops = rng.uniform(0.5, 1.0, len(centres))
    return hills(len(cells), Ellipses(centres, half_axes_px, angles_rad), tops=tops)
