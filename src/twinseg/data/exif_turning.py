"""Masks of pictures that their EXIF turns: drawn on the upright picture or on the stored one."""

import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.data.masks import MaskFile
from twinseg.images.picture import SourcePicture

_MAY_BE_TURNED = frozenset({".jpg", ".jpeg", ".tif", ".tiff", ".png"})
_ORIENTATION = 0x0112
_WITH_PICTURE = "masks drawn on pictures as stored are turned with them, as their EXIF says"


def turned(mask: np.ndarray, orientation: int) -> np.ndarray:
    """Return a mask (y, x) as a picture of this EXIF orientation, 1 to 8, is to be shown."""
    flipped = {
        2: mask[:, ::-1],
        3: mask[::-1, ::-1],
        4: mask[::-1],
        5: mask.T,
        6: np.rot90(mask, -1),
        7: mask[::-1, ::-1].T,
        8: np.rot90(mask),
    }
    return np.ascontiguousarray(flipped.get(orientation, mask))


def upright(mask: MaskFile, picture: SourcePicture, *, turn: bool | None) -> MaskFile:
    """Return the mask on the grid of its picture.

    Args:
        mask: As read.
        picture: Upright, as read.
        turn: Whether masks of this source are drawn on pictures as stored; None if nobody knows.

    Raises:
        DataError: If it does not fit; or if it fits both ways and ``turn`` is None.
    """
    shape, wanted = mask.mask.shape, picture.pixels.shape[:2]
    stored = wanted[::-1] if picture.turned >= 5 else wanted
    if shape not in ((wanted, stored) if picture.turned else (wanted,)):
        raise DataError(sizes_differ(picture.pixels, shape, turned=bool(picture.turned)))
    if not picture.turned or mask.turned:
        if shape != wanted:
            raise DataError("mask and image are turned by different EXIF; save both upright")
        return mask
    if shape == wanted == stored and turn is None:
        raise DataError(
            "its image is turned by its EXIF, and the mask fits as stored and as turned; save the "
            "image upright, or without EXIF orientation if the mask was drawn so"
        )
    if shape != wanted or (shape == stored and turn):
        notes = "; ".join(filter(None, (mask.note, _WITH_PICTURE)))
        return replace(mask, mask=turned(mask.mask, picture.turned), note=notes)
    return mask


def sizes_differ(picture: Picture, shape: tuple[int, ...], *, turned: bool) -> str:
    """Return why a mask of ``shape`` does not fit the picture; "" if it does."""
    if picture.shape[:2] == shape:
        return ""
    (height, width), (rows, columns) = shape, picture.shape[:2]
    also = " (turned as its EXIF says)" if turned else ""
    return f"mask is {width}x{height} pixels, its image {columns}x{rows}{also}"


def masks_follow(pairs: Iterable[tuple[Path, Path]]) -> bool | None:
    """Tell from the sizes alone whether masks are drawn on pictures as stored.

    Only pictures that EXIF turns by a quarter can tell; None if there are none, or if they
    contradict each other. Only headers are read.

    Args:
        pairs: Image and mask.
    """
    said = set()
    for image, mask in pairs:
        if image.suffix.lower() not in _MAY_BE_TURNED:
            continue
        size, orientation = _header(image)
        if orientation < 5 or size[0] == size[1]:
            continue
        drawn, own = _header(mask)
        if own == 1 and drawn in (size, size[::-1]):
            said.add(drawn == size)
    return said.pop() if len(said) == 1 else None


def _header(path: Path) -> tuple[tuple[int, int], int]:
    """Width and height as stored, and the orientation; (0, 0) of what cannot be read."""
    try:
        # Of what Pillow warns of, the reader speaks.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=("JPEG", "PNG", "TIFF", "BMP", "GIF")) as image,
        ):
            orientation = image.getexif().get(_ORIENTATION, 1)
            return image.size, orientation if isinstance(orientation, int) else 1
    except Exception:  # whatever a damaged file makes of a parser: it is listed when it is read
        return (0, 0), 1
