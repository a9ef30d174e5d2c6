"""Soft-edged shapes on a pixel grid: discs, strokes and many small ellipses at once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped
from PIL import Image, ImageDraw

from twinseg.core.arrays import Plane

Points = Float[np.ndarray, "point 2"]  # (row, column) in pixels
PerPoint = Float[np.ndarray, " point"]

_FINER = 4  # strokes are drawn on a grid this much finer and then averaged


def square(size_px: int) -> tuple[Plane, Plane]:
    """Return y and x of each pixel, from -0.5 to 0.5 of the picture's side."""
    ticks = ((np.arange(size_px) + 0.5) / size_px - 0.5).astype(np.float32)
    y, x = np.meshgrid(ticks, ticks, indexing="ij")
    return y, x


def soft(depth_px: Plane) -> Plane:
    """Return the share of each pixel inside a shape, 0..1, from the depth below its outline."""
    return np.clip(depth_px + 0.5, 0, 1)


def strokes(size_px: int, paths: Iterable[Points], *, width_px: float) -> Plane:
    """Return the share of each pixel, 0..1, that is covered by lines along ``paths``."""
    fine = Image.new("L", (size_px * _FINER, size_px * _FINER))
    pen = ImageDraw.Draw(fine)
    for path in paths:
        corners = [(float(x), float(y)) for y, x in path * _FINER]
        pen.line(corners, fill=255, width=max(1, round(width_px * _FINER)), joint="curve")
    return np.asarray(fine.reduce(_FINER), dtype=np.float32) / 255


def scattered(size_px: int, *, spacing_px: float, rng: np.random.Generator) -> Points:
    """Return points about ``spacing_px`` apart, without order, on the picture and its margin."""
    rows = np.arange(-1, size_px / (spacing_px * 0.87) + 1)
    columns = np.arange(-1, size_px / spacing_px + 1)
    row, column = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    points = np.stack([row * 0.87, column + 0.5 * (row % 2)], axis=1)  # 0.87: rows of triangles
    return (points + rng.uniform(-0.35, 0.35, points.shape)) * spacing_px


def at(plane: Shaped[np.ndarray, "y x"], points: Points) -> Shaped[np.ndarray, " point"]:
    """Return the values of ``plane`` at ``points``; outside, those of the nearest pixel."""
    row, column = np.clip(np.rint(points).astype(int), 0, len(plane) - 1).T
    values: np.ndarray = plane[row, column]
    return values


@dataclass(frozen=True)
class Ellipses:
    """Many ellipses: centres, half axes in px, and the angle of the first axis from the rows."""

    centres: Points
    half_axes_px: Points
    angles_rad: PerPoint

    def only(self, kept: np.ndarray) -> "Ellipses":
        """Return those that the bool array or the indices ``kept`` select."""
        return Ellipses(self.centres[kept], self.half_axes_px[kept], self.angles_rad[kept])


def hills(size_px: int, ellipses: Ellipses, *, tops: PerPoint | float = np.inf) -> Plane:
    """Return a field that is 0 outside all ellipses and rises by 1 per px inwards, up to ``tops``.

    With tops up to 1 it is the cover of small things with soft edges; without, it is the depth
    below the outline in px.
    """
    plane = np.zeros((size_px, size_px), dtype=np.float32)
    if not len(ellipses.centres):
        return plane
    reach = int(np.ceil(ellipses.half_axes_px.max()))
    offsets = np.arange(-reach, reach + 1)
    corner = np.rint(ellipses.centres).astype(int)
    rows = (corner[:, :1] + offsets)[:, :, None]
    columns = (corner[:, 1:] + offsets)[:, None, :]
    centres, half_axes_px, angles_rad = (
        part[..., None, None].astype(np.float32)
        for part in (ellipses.centres, ellipses.half_axes_px, ellipses.angles_rad)
    )
    down, right = (
        rows.astype(np.float32) - centres[:, 0],
        columns.astype(np.float32) - centres[:, 1],
    )
    cosine, sine = np.cos(angles_rad), np.sin(angles_rad)
    first, second = half_axes_px[:, 0], half_axes_px[:, 1]
    along, across = down * cosine + right * sine, right * cosine - down * sine
    radius = np.sqrt((along / first) ** 2 + (across / second) ** 2)
    height = np.minimum(
        (1 - radius) * np.minimum(first, second), np.reshape(np.float32(tops), (-1, 1, 1))
    )
    rows, columns = np.broadcast_arrays(rows, columns)
    seen = (height > 0) & (rows >= 0) & (rows < size_px) & (columns >= 0) & (columns < size_px)
    np.maximum.at(plane, (rows[seen], columns[seen]), height[seen])
    return plane
