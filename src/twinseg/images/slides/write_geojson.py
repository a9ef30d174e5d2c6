"""Write the outlines of a mask as GeoJSON that QuPath opens; any number of them, one at a time."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import ConfigError
from twinseg.core.plain_text import visible
from twinseg.core.store import whole_file
from twinseg.images.slides.trace_parts import Part, parts_of
from twinseg.images.slides.trace_rings import Ring

SUFFIXES = (".geojson", ".json")
RED = (200, 0, 0)
_DIGITS = 3  # of a pixel of level 0


@dataclass(frozen=True)
class Written:
    """What `write_geojson` found: how many parts, and how much of the mask is marked."""

    parts: int
    pixels: int


def write_geojson(
    path: Path,
    bands: Iterable[Mask],
    *,
    width_px: int,
    scale: float = 1.0,
    corner_px: tuple[float, float] = (0.0, 0.0),
    end_px: tuple[float, float] = (inf, inf),
    mpp: float | None = None,
    name: str = "target",
    color: tuple[int, int, int] = RED,
) -> Written:
    """Write each part of a mask as a feature, in the order of where it ends; whole or absent.

    Outlines run halfway between marked and unmarked pixels, less the corners that can be left out
    within a third of a pixel (`simplify_rings`): the middle of each pixel is inside if the pixel is
    marked, else outside, so filling them on the grid of the mask gives back the mask. Valid by
    RFC 7946: rings are closed, cross nothing, run counter-clockwise around a part and clockwise
    around a hole (as the RFC counts: y goes up; on a screen it is the other way round).

    Args:
        path: File to write; its name ends in one of `SUFFIXES`.
        bands: Rows of the mask from above, bool (rows, ``width_px``).
        width_px: Of the mask.
        scale: Pixels of level 0 along one pixel of the mask; coordinates are in those of level 0.
        corner_px: What they count from, (x, y) in pixels of level 0: QuPath counts from
            `Slide.scanned_from`.
        end_px: Width and height of the slide in pixels of level 0, which outlines end at: a whole
            number of pixels of the mask may reach beyond it.
        mpp: Micrometres along one pixel of the mask; sizes are in pixels of level 0 without.
        name: Class of the annotations in QuPath.
        color: Of the class: red, green, blue in 0..255.

    Raises:
        ConfigError: If the suffix is another.
        DataError: If the bands do not fit ``width_px``.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    if not path.name.lower().endswith(SUFFIXES):
        raise ConfigError(
            f"cannot write {path.name}: expected a name that ends in one of {', '.join(SUFFIXES)}"
        )
    properties = {
        "objectType": "annotation",
        "classification": {"name": visible(name), "color": list(color)},
        "isLocked": False,
    }
    parts = pixels = 0
    with whole_file(path) as scratch, scratch.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for part in parts_of(bands, width_px):
            feature = {
                "type": "Feature",
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [
                        _coordinates(ring, scale, corner_px, end_px)
                        for ring in (part.outline, *part.holes)
                    ],
                },
                "properties": properties | {"measurements": _measured(part, scale, mpp)},
            }
            file.write(("," if parts else "") + "\n" + json.dumps(feature))
            parts, pixels = parts + 1, pixels + part.pixels
        file.write("\n]}\n")
    return Written(parts, pixels)


def _coordinates(
    ring: Ring, scale: float, corner_px: tuple[float, float], end_px: tuple[float, float]
) -> list[list[float]]:
    closed = np.minimum(np.concatenate([ring, ring[:1]]) * (scale / 2), end_px)
    rounded: list[list[float]] = np.round(closed - corner_px, _DIGITS).tolist()
    return rounded


def _measured(part: Part, scale: float, mpp: float | None) -> dict[str, Any]:
    """Return area, by marked pixels, and length of the outlines, by the names that QuPath has."""
    side, unit = (scale, "px") if mpp is None else (mpp, "µm")
    closed = [np.concatenate([ring, ring[:1]]) for ring in (part.outline, *part.holes)]
    length = sum(float(np.hypot(*np.diff(ring, axis=0).T).sum()) for ring in closed) / 2
    return {
        f"Area {unit}^2": round(part.pixels * side * side, 3),
        f"Perimeter {unit}": round(length * side, 3),
    }
