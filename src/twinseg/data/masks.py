"""One mask file to one mask: what values it holds, and which of them are the target."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.data.classes import NONZERO, Value, choose_values, least_of
from twinseg.data.mask_values import Values, read_array, values_of, values_of_array
from twinseg.images.files.decode import decode
from twinseg.images.files.picture_file import PICTURE_SUFFIXES

MASK_SUFFIXES = (PICTURE_SUFFIXES - {".dcm"}) | {".npy"}
_MOST_COLOUR, _COLOUR_SHARE = 64, 0.001  # of a JPEG that is taken for grey
# JPEG: how far from black or white at least this share of a yes-or-no mask stays.
_RINGING = {16: 0.98, 64: 0.999}
_JPEG_NOTE = "masks are lossy JPEG: grey of 128 and more is the target"
_PART_GREYS = '; if grey is a soft edge, part it by --foreground ">127"'


@dataclass(frozen=True)
class MaskFile:
    """A reference mask as read."""

    mask: Mask
    marked: tuple[str, ...]  # with a choice: the names found in it; else the value taken, if any
    note: str = ""  # "" or what was decided, in plain words
    turned: int = 0  # the orientation of its EXIF that was undone; 0: as stored


def read_mask(path: Path, foreground: tuple[str, ...] = ()) -> MaskFile:
    """Read a reference mask of one bit, grey, 16 bits, a palette or colours.

    A JPEG mask has lost its exact values: it is taken as yes or no, parted at 128, if 98 % of its
    pixels are within 16 of black or white and 99.9 % within 64, and refused otherwise. Lesion and
    gland masks saved at quality 75 and above are, and come out without a wrong pixel. A least
    grey such as ``>127`` in ``foreground`` parts any grey JPEG.

    Args:
        path: JPEG, PNG, TIFF, BMP or GIF of one page, or an array of NumPy.
        foreground: Names of the target as `classes.check_names` returns them; without any, 0 or
            black is the background and at most one other value the target.

    Raises:
        MaskValuesError: If it does not settle which value is the target; they are listed.
        DataError: If the file cannot be read, or holds no classes.
    """
    if path.suffix.lower() == ".npy":
        return _chosen(values_of_array(read_array(path), foreground), foreground)
    decoded = decode(path)
    if decoded.format == "JPEG":
        found = _read_lossy(decoded.image, foreground)
    else:
        found = _chosen(values_of(decoded, foreground), foreground)
    return replace(found, turned=decoded.turned) if decoded.turned else found


def _chosen(values: Values, foreground: tuple[str, ...]) -> MaskFile:
    target = choose_values(values.shares, foreground)
    mask = values.mask(target)
    if foreground:
        marked = tuple(name for name in foreground if any(v.is_called(name) for v in target))
        notes = (values.note, _note_on_choice(values, target, foreground))
        return MaskFile(mask, marked, "; ".join(filter(None, notes)))
    names = tuple(value.shown for value in target)
    plain = names in ((), ("1",), ("255",))
    notes = (values.note, "" if plain else f"masks with {names[0]} as the target")
    return MaskFile(mask, names, "; ".join(filter(None, notes)))


def _note_on_choice(values: Values, target: frozenset[Value], foreground: tuple[str, ...]) -> str:
    if any(not value.is_called(NONZERO) for value in target):
        return "value 0 (black) of masks is the target, as asked for"
    if not target and any(value.is_called(NONZERO) for value in values.shares):
        return f"some masks hold other values, but none of --foreground {','.join(foreground)}"
    return ""


def _read_lossy(image: Image.Image, foreground: tuple[str, ...]) -> MaskFile:
    if foreground and all(name.startswith(">") for name in foreground):
        return _parted(image, foreground)
    if foreground not in ((), ("255",), ("#ffffff",), (NONZERO,)):
        raise DataError("mask is a lossy JPEG, which keeps no classes; save it as PNG")
    grey = image.convert("L")
    counts = np.array(grey.histogram())
    near = {far: (counts[: far + 1].sum() + counts[255 - far :].sum()) for far in _RINGING}
    blurred = any(near[far] < share * counts.sum() for far, share in _RINGING.items())
    if blurred or _is_all_dark(counts) or image.mode == "CMYK":
        parts = "" if _is_all_dark(counts) or _is_coloured(image) else _PART_GREYS
        raise DataError(
            f"mask is a lossy JPEG with {100 * near[16] / counts.sum():.3g} % of its pixels near "
            f"black or white, expected 98 % and some white; save it as PNG from the original{parts}"
        )
    mask: Mask = np.asarray(grey) >= 128
    marked = (foreground or ("255",)) if mask.any() else ()
    return MaskFile(mask, marked, _JPEG_NOTE)


def _is_all_dark(counts: np.ndarray) -> bool:
    """Tell 0 and 1 saved as JPEG from an empty mask, whose pixels are exactly 0."""
    return not counts[128:].any() and bool(counts[1:].any())


def _is_coloured(image: Image.Image) -> bool:
    colours = np.asarray(image.convert("RGB"))
    spread = colours.max(axis=2) - colours.min(axis=2)
    return bool((spread > _MOST_COLOUR).mean() > _COLOUR_SHARE)


def _parted(image: Image.Image, foreground: tuple[str, ...]) -> MaskFile:
    if _is_coloured(image):
        raise DataError(f"mask is a JPEG of colours, which {foreground[0]} does not part")
    mask: Mask = np.asarray(image.convert("L")) > min(least_of(name) for name in foreground)
    return MaskFile(mask, foreground if mask.any() else ())
