"""From measured values to eight bits of grey: one fixed scale, never one of each image."""

import numpy as np

from twinseg.core.arrays import Picture, Plane


def window(hounsfield: Plane, window_hu: tuple[float, float]) -> np.ndarray:
    """Map ``window_hu`` to 0..255, uint8 of the same shape; values outside are clipped."""
    low, high = window_hu
    shown: np.ndarray = np.rint(np.clip((hounsfield - low) / (high - low), 0, 1) * 255)
    grey: np.ndarray = shown.astype(np.uint8)
    return grey


def grey_to_rgb(grey: np.ndarray) -> Picture:
    """Repeat one channel three times, (y, x) to (y, x, 3), without a copy; see `is_grey`."""
    return np.broadcast_to(grey[..., None], (*grey.shape, 3))


def is_grey(picture: Picture) -> bool:
    """Tell whether ``picture`` came from `grey_to_rgb`: then one channel says all."""
    return picture.strides[2] == 0
