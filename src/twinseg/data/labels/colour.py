"""What a picture looks like inside and outside its mask, in colours as people see them."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from twinseg.core.arrays import SquareMask, SquarePicture

Lab = Float[np.ndarray, "side side 3"]

RING_SHARE = 0.05  # width of the surroundings, as a share of the side of the picture
_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
_TO_XYZ = np.array(  # IEC 61966-2-1, rows X, Y, Z
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
# Divided by the white of the same primaries, so that greys have no colour.
_TO_RELATIVE_XYZ = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).T.astype(np.float32)
_BEND = np.float32((6 / 29) ** 3)


@dataclass(frozen=True)
class Colours:
    """Means over regions in CIE L*a*b* (1976, D65); NaN where a region has no pixels.

    Lightness runs from 0 to 100; a* from green (negative) to red; b* from blue to yellow.
    """

    lightness: float  # of the whole picture
    lightness_inside: float
    red_inside: float
    yellow_inside: float
    lightness_outside: float
    red_outside: float
    yellow_outside: float
    contrast: float


def colours_of(picture: SquarePicture, mask: SquareMask) -> Colours:
    """Measure one picture and its mask at training size.

    The contrast is the mean lightness inside minus that of the ring around, in units of their
    pooled standard deviation: below 0 the target is darker than its surroundings. NaN if the
    mask is empty or full, or if both are of one even lightness.
    """
    lab = to_lab(picture)
    inside, outside = _means(lab[mask]), _means(lab[~mask])
    width = max(1, round(RING_SHARE * len(mask)))
    grown = ndimage.maximum_filter(mask.astype(np.uint8), size=2 * width + 1) > 0
    lightness = lab[..., 0]
    contrast = _contrast(lightness[mask], lightness[grown & ~mask])
    return Colours(float(lightness.mean(dtype=np.float64)), *inside, *outside, contrast)


def to_lab(picture: SquarePicture) -> Lab:
    """Convert sRGB bytes to CIE L*a*b* of 1976 with white D65."""
    xyz = _LINEAR[picture] @ _TO_RELATIVE_XYZ
    curved = np.cbrt(xyz)
    dark = xyz <= _BEND
    curved[dark] = xyz[dark] / (3 * (6 / 29) ** 2) + 4 / 29
    x, y, z = np.moveaxis(curved, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _means(pixels: np.ndarray) -> tuple[float, float, float]:
    if not len(pixels):
        return nan, nan, nan
    lightness, red, yellow = pixels.mean(axis=0, dtype=np.float64)
    return float(lightness), float(red), float(yellow)


def _contrast(inside: np.ndarray, ring: np.ndarray) -> float:
    if len(inside) < 2 or len(ring) < 2:
        return nan
    inside, ring = inside.astype(np.float64), ring.astype(np.float64)
    squares = inside.var() * len(inside) + ring.var() * len(ring)
    spread = sqrt(squares / (len(inside) + len(ring) - 2))
    return float((inside.mean() - ring.mean()) / spread) if spread > 1e-6 else nan
