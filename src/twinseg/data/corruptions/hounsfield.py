"""Slices of CT whose Hounsfield units are shifted or noisy, as they show through their window.

Where a pixel is black or white, the value behind it lies mostly far beyond the window (air, bone):
it stays black or white.
"""

import numpy as np

from twinseg.core.arrays import SquarePicture
from twinseg.data.corruptions.scale import sign

_SHIFT_HU = (5, 10, 20, 40, 80)  # up to a phase of contrast medium; ours
_NOISE_HU = (10, 20, 30, 45, 60)  # standard deviation, up to a scan of very low dose; ours


def hu_shift(
    picture: SquarePicture, strength: int, rng: np.random.Generator, *, width_hu: float
) -> SquarePicture:
    """Shift all values within the window up or down by as many Hounsfield units.

    Args:
        picture: Grey.
        strength: 1 to 5.
        rng: Draws whether it is up or down.
        width_hu: Of the window that 0..255 stands for.
    """
    return _moved(picture, float(sign(rng) * _SHIFT_HU[strength - 1]), width_hu)


def hu_noise(
    picture: SquarePicture, strength: int, rng: np.random.Generator, *, width_hu: float
) -> SquarePicture:
    """Add Gaussian noise of as many Hounsfield units, pixel by pixel of the network's grid."""
    grain = rng.standard_normal((*picture.shape[:2], 1))
    return _moved(picture, _NOISE_HU[strength - 1] * grain, width_hu)


def _moved(picture: SquarePicture, by_hu: float | np.ndarray, width_hu: float) -> SquarePicture:
    shown = np.clip(np.rint(picture + 255 / width_hu * np.asarray(by_hu)), 0, 255)
    beyond = (picture == 0) | (picture == 255)
    found: SquarePicture = np.where(beyond, picture, shown).astype(np.uint8)
    return found
