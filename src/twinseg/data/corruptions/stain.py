"""Another stain of the same tissue: less of one dye and more of the other."""

import numpy as np

from twinseg.core.arrays import SquarePicture
from twinseg.data.corruptions.scale import sign

# Ruifrok & Johnston 2001: how haematoxylin and eosin take away red, green and blue.
_HAEMATOXYLIN, _EOSIN = (0.65, 0.70, 0.29), (0.07, 0.99, 0.11)
_MORE = (0.1, 0.2, 0.3, 0.45, 0.6)  # logarithm of the factor


def stain(picture: SquarePicture, strength: int, rng: np.random.Generator) -> SquarePicture:
    """Part the light taken away into the two dyes and a rest, and give the dyes other amounts.

    One dye is multiplied by e^s, the other divided by it; which one is drawn.
    """
    more = sign(rng) * _MORE[strength - 1]
    dyes = _dyes()
    taken = -np.log((picture.astype(np.float64) + 1) / 256)  # 0 where all light comes through
    amounts = taken @ np.linalg.inv(dyes)
    left = np.exp(-(amounts * np.exp([more, -more, 0.0])) @ dyes)
    found: SquarePicture = np.rint(np.clip(256 * left - 1, 0, 255)).astype(np.uint8)
    return found


def _dyes() -> np.ndarray:
    """Return the unit vectors of both dyes and of what is neither, row by row."""
    rows = np.array([_HAEMATOXYLIN, _EOSIN])
    rows = np.vstack([rows, np.cross(*rows)])
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
