"""From the source grid to the square that a network sees."""

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, Picture, SquareMask, SquarePicture
from twinseg.core.pixels import grey_in_three, halved


def shrink_picture(picture: Picture, size: int, *, is_grey: bool = False) -> SquarePicture:
    """Stretch to ``size`` x ``size``, averaging over what falls into one pixel.

    Args:
        picture: Of any size.
        size: Side of the square, in pixels.
        is_grey: Its three channels are equal: the same comes out, three times as fast.
    """
    if is_grey:
        grey = _stretch(picture[..., 0], (size, size), Image.Resampling.BILINEAR)
        return grey_in_three(grey)
    return stretch_picture(picture, size, size)


def stretch_picture(picture: Picture, height_px: int, width_px: int) -> np.ndarray:
    """Stretch to any size, averaging where it shrinks; uint8 (y, x, 3)."""
    return _stretch(picture, (width_px, height_px), Image.Resampling.BILINEAR)


def shrink_mask(mask: Mask, size: int) -> SquareMask:
    """Stretch to ``size`` x ``size``; a pixel is foreground if at least half of it was."""
    if not mask.any():
        return np.zeros((size, size), dtype=bool)
    white = np.ascontiguousarray(mask).view(np.uint8) * np.uint8(255)
    return _stretch(white, (size, size), Image.Resampling.BOX) >= 128


def _stretch(values: np.ndarray, size: tuple[int, int], rest: Image.Resampling) -> np.ndarray:
    if values.shape[:2] == (2 * size[1], 2 * size[0]):  # CT mostly: the same, ten times as fast
        return halved(values)
    # A gap of 1: whole numbers of pixels are averaged first, which is exact and many times
    # faster, and ``rest`` does what remains.
    return np.asarray(Image.fromarray(values).resize(size, rest, reducing_gap=1.0))
