"""From the source grid to the square that a network sees."""

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, Picture, SquareMask, SquarePicture
from twinseg.data.window import grey_to_rgb, is_grey


def shrink_picture(picture: Picture, size: int) -> SquarePicture:
    """Stretch to ``size`` x ``size``, averaging over what falls into one pixel."""
    if is_grey(picture):
        grey = Image.fromarray(picture[..., 0]).resize((size, size), Image.Resampling.BILINEAR)
        return grey_to_rgb(np.asarray(grey))
    return stretch_picture(picture, size, size)


def stretch_picture(picture: Picture, height_px: int, width_px: int) -> np.ndarray:
    """Stretch to any size, averaging where it shrinks; uint8 (y, x, 3)."""
    image = Image.fromarray(picture)
    return np.asarray(image.resize((width_px, height_px), Image.Resampling.BILINEAR))


def shrink_mask(mask: Mask, size: int) -> SquareMask:
    """Stretch to ``size`` x ``size``; a pixel is foreground if at least half of it was."""
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(grey.resize((size, size), Image.Resampling.BOX)) >= 128
