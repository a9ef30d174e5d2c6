"""Stored numbers to Hounsfield units, and to the grey that a window shows."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from twinseg.core.arrays import Plane
from twinseg.core.pixels import looked_up
from twinseg.images.dicom.pixels import StoredFrame, read_stored
from twinseg.images.window import Window, grey_through

_MOST_BITS_IN_A_TABLE = 16


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What a stored number means."""

    slope: float = 1.0
    intercept: float = 0.0
    table: tuple[int, tuple[int, ...]] | None = None  # modality LUT: first number mapped, values
    padding: tuple[int, int] | None = None  # lowest and highest number that says "outside"
    said: bool = True  # by the file; without it a CT has no Hounsfield units


def read_values(stored: StoredFrame, scale: Scale) -> Plane:
    """Return Hounsfield units, or what else the modality measures, float32.

    MONOCHROME1 changes nothing here: it is about display, and HU are physical.

    Raises:
        DataError: If the pixels are not all there or cannot be decoded.
    """
    numbers = read_stored(stored)
    if stored.bits_allocated > _MOST_BITS_IN_A_TABLE:
        return _values(numbers, scale)
    values = _values(_meanings(_layout(stored)), scale)
    found: Plane = values[_patterns(numbers)]
    return found


def read_grey(stored: StoredFrame, scale: Scale, window: Window) -> np.ndarray:
    """Return the frame through a window, uint8 (y, x); what lies outside the scan is black.

    Raises:
        DataError: If the pixels are not all there or cannot be decoded.
    """
    numbers = read_stored(stored)
    if stored.bits_allocated > _MOST_BITS_IN_A_TABLE:
        return _grey(numbers, scale, window)
    table = _grey_of_patterns(_layout(stored), scale, window)
    return looked_up(table, _patterns(numbers))


@lru_cache(maxsize=16)
def _grey_of_patterns(layout: tuple[int, int, bool], scale: Scale, window: Window) -> np.ndarray:
    """Return the grey of every pattern of bits: a slice is then one look-up per pixel."""
    grey: np.ndarray = _grey(_meanings(layout)[None], scale, window)[0]
    return grey


def _grey(numbers: np.ndarray, scale: Scale, window: Window) -> np.ndarray:
    grey = grey_through(_values(numbers, scale), window)
    if scale.padding is not None:
        low, high = scale.padding
        grey[(numbers >= low) & (numbers <= high)] = 0
    return grey


def _layout(stored: StoredFrame) -> tuple[int, int, bool]:
    return stored.bits_allocated, stored.bits_stored, stored.signed


def _meanings(layout: tuple[int, int, bool]) -> np.ndarray:
    """Return the number that every pattern of bits means: unused high bits may hold anything."""
    bits_allocated, bits_stored, signed = layout
    numbers = np.arange(2**bits_allocated, dtype=np.int64) & (2**bits_stored - 1)
    if signed:
        sign = 2 ** (bits_stored - 1)
        return np.asarray((numbers ^ sign) - sign)
    return np.asarray(numbers)


def _patterns(numbers: np.ndarray) -> np.ndarray:
    return numbers.view(np.uint8 if numbers.dtype.itemsize == 1 else np.uint16)


def _values(numbers: np.ndarray, scale: Scale) -> np.ndarray:
    if scale.table is not None:
        first, entries = scale.table
        place = np.clip(numbers - first, 0, len(entries) - 1)
        mapped: np.ndarray = np.asarray(entries, dtype=np.float32)[place]
        return mapped
    # In double precision: 32-bit numbers of a PET do not fit into float32.
    scaled: np.ndarray = (numbers * scale.slope + scale.intercept).astype(np.float32)
    return scaled
