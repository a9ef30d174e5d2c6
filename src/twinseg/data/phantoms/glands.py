"""Glands: large and round where healthy, small and fused in a tumour."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask, Plane
from twinseg.data.phantoms.shapes import Ellipses, at, hills, scattered
from twinseg.data.phantoms.texture import bent

Bend = tuple[Plane, Plane]  # how far, down and right in px, each pixel looks aside


@dataclass(frozen=True)
class Glands:
    """Glands of a tile: the depth below their outlines in px, and the nuclei of their lining."""

    depth_px: Plane
    nuclei: Plane  # 0..1


def healthy_glands(free: Mask, *, cell_px: float, bend: Bend, rng: np.random.Generator) -> Glands:
    """Draw large glands well apart from each other, with a row of nuclei at their outside.

    Args:
        free: Where the middle of a gland may lie.
        cell_px: About half the width of a nucleus.
        bend: Makes the outlines uneven.
        rng: Source of randomness.
    """
    ellipses = _ellipses(len(free), spacing_px=rng.uniform(20, 28) * cell_px, rng=rng)
    kept = at(free, ellipses.centres) & (rng.random(len(ellipses.centres)) < 0.85)
    ellipses = ellipses.only(kept)
    depth_px = bent(hills(len(free), ellipses), *bend)
    return Glands(depth_px, _lining(len(free), ellipses, cell_px, bend, rng))


def fused_glands_depth_px(
    size_px: int, *, cell_px: float, bend: Bend, rng: np.random.Generator
) -> Plane:
    """Return the depth in px below the outline of small glands that grow into each other."""
    ellipses = _ellipses(size_px, spacing_px=rng.uniform(8, 11) * cell_px, rng=rng)
    return bent(hills(size_px, ellipses), *bend)


def _ellipses(size_px: int, *, spacing_px: float, rng: np.random.Generator) -> Ellipses:
    centres = scattered(size_px, spacing_px=spacing_px, rng=rng)
    half_axes_px = rng.uniform(0.3, 0.5, (len(centres), 2)) * spacing_px
    return Ellipses(centres, half_axes_px, rng.uniform(0, np.pi, len(centres)))


def _lining(
    size_px: int, glands: Ellipses, cell_px: float, bend: Bend, rng: np.random.Generator
) -> Plane:
    """Return a row of nuclei around each gland, their long axes towards its middle."""
    rings = [_ring(glands.only(np.array([gland])), cell_px) for gland in range(len(glands.centres))]
    centres = np.concatenate([np.zeros((0, 2)), *(ring.centres for ring in rings)])
    angles = np.concatenate([np.zeros(0), *(ring.angles_rad for ring in rings)])
    centres = centres - np.stack([at(part, centres) for part in bend], axis=1)
    centres = centres + rng.normal(0, 0.25 * cell_px, centres.shape)
    half_axes_px = rng.normal((1.5, 0.95), 0.15, centres.shape) * cell_px
    tops = rng.uniform(0.6, 0.95, len(centres))
    return hills(size_px, Ellipses(centres, half_axes_px, angles), tops=tops)


def _ring(gland: Ellipses, cell_px: float) -> Ellipses:
    """Return places for nuclei just inside the outline of one gland."""
    first, second = gland.half_axes_px[0] - 1.7 * cell_px
    turns = np.arange(0, 2 * np.pi, 2.3 * cell_px / max(first, second))
    cosine, sine = np.cos(gland.angles_rad[0]), np.sin(gland.angles_rad[0])
    along, across = first * np.cos(turns), second * np.sin(turns)
    down, right = along * cosine - across * sine, along * sine + across * cosine
    centres = gland.centres + np.stack([down, right], axis=1)
    return Ellipses(centres, np.zeros_like(centres), np.arctan2(right, down))
