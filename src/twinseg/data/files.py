"""One image or mask file to one array: every decision on modes, bits and values is here."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.core.errors import DataError
from twinseg.data.dicom import read_slice

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".dcm"})
MASK_SUFFIXES = PICTURE_SUFFIXES - {".dcm"}
_DIRECT_MODES = {"RGB", "L", "1", "P", "CMYK", "YCbCr"}


class MaskValuesError(DataError):
    """A mask holds more than background and one foreground value: nobody may guess which."""


@dataclass(frozen=True)
class PictureFile:
    """A picture as read, with what had to be done to it."""

    pixels: Picture
    spacing_mm: tuple[float, float] | None
    note: str  # "" or what was converted, in plain words
    series: str | None = None  # of a DICOM slice, as a hash: names nobody


def read_picture(path: Path, *, window_hu: tuple[float, float]) -> PictureFile:
    """Read an 8-bit image, or a DICOM slice through a window, as red, green, blue.

    Args:
        path: JPEG, PNG or TIFF of 8 bits a channel, or one CT slice in DICOM.
        window_hu: Hounsfield units shown as 0 and as 255; DICOM only.

    Raises:
        DataError: If the file is unreadable, truncated, of several pages or not of 8 bits.
    """
    if path.suffix.lower() == ".dcm":
        slice_ = read_slice(path)
        note = f"CT slices shown from {window_hu[0]:g} to {window_hu[1]:g} HU, one slice as grey"
        series = f"series-{hashlib.sha256(slice_.series_uid.encode()).hexdigest()[:10]}"
        return PictureFile(
            grey_to_rgb(window(slice_.hounsfield, window_hu)), slice_.spacing_mm, note, series
        )
    image = _open(path)
    if image.mode in ("RGBA", "LA", "PA"):
        if image.getchannel("A").getextrema() != (255, 255):
            raise DataError("has transparent pixels; save it without an alpha channel")
    elif image.mode not in _DIRECT_MODES:
        raise DataError(f"has mode {image.mode}, expected 8 bits a channel; convert it first")
    note = "" if image.mode == "RGB" else f"images of mode {image.mode} read as RGB"
    return PictureFile(np.asarray(image.convert("RGB")), None, note)


def read_mask(path: Path) -> Mask:
    """Read a reference mask: background 0 and at most one other value.

    Raises:
        MaskValuesError: If it holds other values; they are named.
        DataError: If the file is unreadable or its channels differ.
    """
    values = np.asarray(_open(path))
    if values.ndim == 3:
        colours = values[..., :1] if values.shape[2] == 2 else values[..., :3]
        if (colours != colours[..., :1]).any():
            raise MaskValuesError("mask is in colours; save one class as 0 and 255 in a PNG")
        values = colours[..., 0]
    found = np.unique(values)
    if found[found != 0].size > 1:
        shown = ", ".join(str(value) for value in found[:8]) + (", ..." if found.size > 8 else "")
        raise MaskValuesError(
            f"mask holds the values {shown}; expected 0 and one other value: "
            "save one class as 0 and 255 in a PNG"
        )
    mask: Mask = values != 0
    return mask


def window(hounsfield: Plane, window_hu: tuple[float, float]) -> np.ndarray:
    """Map ``window_hu`` to 0..255, uint8 of the same shape; values outside are clipped."""
    low, high = window_hu
    shown: np.ndarray = np.rint(np.clip((hounsfield - low) / (high - low), 0, 1) * 255)
    grey: np.ndarray = shown.astype(np.uint8)
    return grey


def grey_to_rgb(grey: np.ndarray) -> Picture:
    """Repeat one channel three times, (y, x) to (y, x, 3)."""
    return np.repeat(grey[..., None], 3, axis=2)


def _open(path: Path) -> Image.Image:
    """Decode the whole file, so that a truncated one is found now, and turn it as EXIF says."""
    try:
        with Image.open(path) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise DataError(f"has {image.n_frames} pages, expected one; split it first")  # type: ignore[attr-defined]
            image.load()
            return ImageOps.exif_transpose(image)
    except DataError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    # Pillow puts the full path into its text; the caller names the file in the user's words.
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.split(" '")[0]
