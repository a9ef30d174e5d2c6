"""From the grid of the network to that of the source image, and from probabilities to a mask."""

import numpy as np
import torch
from torch.nn import functional

from twinseg.core.arrays import Mask, Plane, SquarePlane
from twinseg.prediction.predictions import THRESHOLD


def stretch(probability: SquarePlane, height_px: int, width_px: int) -> Plane:
    """Interpolate linearly between the centres of pixels; float32, (y, x), in the same range."""
    plane = torch.from_numpy(np.ascontiguousarray(probability))[None, None]
    size = (height_px, width_px)
    stretched = functional.interpolate(plane, size, mode="bilinear", align_corners=False)
    return stretched[0, 0].numpy()


def to_source_grid(probability: SquarePlane, height_px: int, width_px: int) -> Mask:
    """Stretch to the source grid and mark what is above one half."""
    return stretch(probability, height_px, width_px) > THRESHOLD
