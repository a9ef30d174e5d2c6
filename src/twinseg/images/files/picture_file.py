"""One image file to one picture in red, green, blue: every decision on modes and bits."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.images.dicom.one_slice import read_slice
from twinseg.images.files.decode import Decoded, decode
from twinseg.images.window import Window, grey_through, grey_to_rgb, window_named

DICOM_SUFFIX = ".dcm"
CT_WINDOW = "abdomen"  # of a slice by itself, where none is asked for
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", DICOM_SUFFIX}
)
_DIRECT_MODES = {"RGB", "L", "1", "P", "CMYK", "YCbCr"}
_TWELVE_BITS = 4095
_UPPER_BITS = "pictures of 16 bits: the upper 8 kept (value // 256)"


@dataclass(frozen=True)
class PictureFile:
    """A picture as read, with what had to be done to it."""

    pixels: Picture
    spacing_mm: tuple[float, float] | None
    note: str  # "" or what was converted, in plain words
    is_grey: bool = False  # three equal channels by construction
    series: str | None = None  # of a DICOM slice, as a hash: names nobody
    window: Window | None = None  # through which its values are shown, if one was needed
    turned: int = 0  # the orientation of its EXIF that was undone, 2 to 8; 0: as stored
    height_mm: float | None = None  # of a DICOM slice, along the normal of its plane


def read_picture(path: Path, *, window: Window | None = None) -> PictureFile:
    """Read one image as red, green, blue of 8 bits.

    Pictures of 16 bits keep the upper 8 (value // 256): one scale for all pictures, never
    stretched to what one of them holds. A grey picture of 16 bits that only uses the lower 12 is
    refused, because nobody says what is white; ``window`` does. TIFF that declares 12 bits is
    shown from 0 to 4095.

    Args:
        path: JPEG, PNG, TIFF, BMP or GIF, or one CT slice in DICOM.
        window: Values shown as 0 and as 255, for DICOM (Hounsfield units; by default those of
            the abdomen) and for grey pictures of more than 8 bits.

    Raises:
        DataError: If the file is damaged, too large, of several pages, transparent or of a mode
            that cannot be shown in 8 bits without a choice.
    """
    if path.suffix.lower() == DICOM_SUFFIX:
        return _read_dicom(path, window or window_named(CT_WINDOW))
    decoded = decode(path)
    if is_grey := decoded.image.mode.startswith(("I", "F")):
        grey, window, note = _eight_of_more(decoded, window)
        pixels = grey_to_rgb(grey)
    else:
        window = None
        note = _require_convertible(decoded)
        image = decoded.image
        pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    notes = "; ".join(filter(None, (*decoded.notes, note)))
    return PictureFile(pixels, None, notes, is_grey, window=window, turned=decoded.turned)


def _read_dicom(path: Path, window: Window) -> PictureFile:
    try:
        slice_ = read_slice(path)
    except DataError as error:  # the caller names the file in the user's words
        raise DataError(str(error).replace(str(path), "the file")) from error
    return PictureFile(
        grey_to_rgb(grey_through(slice_.hounsfield, window)),
        slice_.spacing_mm,
        f"CT slices shown from {window.low:g} to {window.high:g} HU, one slice as grey",
        is_grey=True,
        series=f"series-{hashlib.sha256(slice_.series_uid.encode()).hexdigest()[:10]}",
        window=window,
        height_mm=slice_.height_mm,
    )


def _eight_of_more(
    decoded: Decoded, window: Window | None
) -> tuple[np.ndarray, Window | None, str]:
    values = np.asarray(decoded.image)
    if decoded.white_is_zero:
        raise DataError(f"stores white as 0 in {decoded.bits} bits; save it with black as 0")
    if window is None and decoded.bits < 16:
        window = Window(0.0, 2.0**decoded.bits - 1)
    if window is not None:
        note = f"grey of {decoded.bits} bits shown from {window.low:g} to {window.high:g}"
        return grey_through(values.astype(np.float32), window), window, note
    advice = "give the values shown as black and white, such as --window 0,4095"
    if values.dtype.itemsize > 2:
        raise DataError(f"has {decoded.bits} bits and maybe values below 0; {advice}")
    if 0 < values.max() <= _TWELVE_BITS:
        raise DataError(f"has 16 bits but no value above {values.max()}; {advice}")
    return (values >> 8).astype(np.uint8), None, _UPPER_BITS


def _require_convertible(decoded: Decoded) -> str:
    """Refuse what would lose or guess something; return what the conversion does."""
    image = decoded.image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        _require_opaque(image)
    elif image.mode not in _DIRECT_MODES:
        raise DataError(f"has mode {image.mode}, expected grey or red, green, blue; convert it")
    if decoded.bits > 8:
        if decoded.bits != 16:
            raise DataError(f"has {decoded.bits} bits a channel, expected 8 or 16; convert it")
        return _UPPER_BITS
    return "" if image.mode == "RGB" else f"images of mode {image.mode} read as RGB"


def _require_opaque(image: Image.Image) -> None:
    alpha = image if image.mode in ("RGBA", "LA", "PA") else image.convert("RGBA")
    if alpha.getchannel("A").getextrema() != (255, 255):
        raise DataError("has transparent pixels; save it without an alpha channel")
