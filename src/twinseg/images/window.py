"""From measured values to eight bits of grey: one fixed scale, never one of each image."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Picture, Plane
from twinseg.records.source_settings import SourceSettings, window_hu


@dataclass(frozen=True)
class Window:
    """Which values are shown as black and as white."""

    low: float
    high: float
    is_inverted: bool = False  # high values dark: MONOCHROME1 where there are no Hounsfield units


def window_named(name: str) -> Window:
    """Return the window ``LO,HI``, or one with a name such as ``lung``."""
    return Window(*window_hu(name))


def chosen_window(settings: SourceSettings) -> Window | None:
    """Return the window that was asked for; None if it is left to the files."""
    return window_named(settings.window) if settings.window else None


def grey_through(values: Plane, window: Window) -> np.ndarray:
    """Map a window to 0..255, uint8 of the same shape; values outside are clipped."""
    low, high = window.low, window.high
    shares: np.ndarray = np.rint(np.clip((values - low) / (high - low), 0, 1) * 255)
    grey: np.ndarray = shares.astype(np.uint8)
    return 255 - grey if window.is_inverted else grey


def grey_to_rgb(grey: np.ndarray) -> Picture:
    """Repeat one channel three times, (y, x) to (y, x, 3), without a copy."""
    return np.broadcast_to(grey[..., None], (*grey.shape, 3))
