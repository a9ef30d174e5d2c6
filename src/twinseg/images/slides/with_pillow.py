"""A plain PNG, JPEG or TIFF as a slide of one level: small enough to be held whole."""

from pathlib import Path

import numpy as np

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.images.files.picture_file import read_picture
from twinseg.images.slides.slide import levels_of


class PlainSlide:
    """One decoded picture."""

    mpp = None
    scanned_from = (0, 0)

    def __init__(self, path: Path) -> None:
        picture = read_picture(path)
        if picture.turned:
            raise DataError("is turned by its EXIF; save it upright, so that outlines fit")
        self._pixels = picture.pixels
        self.note = picture.note
        self.levels = levels_of([(self._pixels.shape[1], self._pixels.shape[0])])

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Picture:
        """See `Slide.read`."""
        out = np.full((height, width, 3), 255, dtype=np.uint8)
        left, top = max(x, 0), max(y, 0)
        found = self._pixels[top : max(y + height, 0), left : max(x + width, 0)]
        rows, columns = found.shape[:2]
        out[top - y : top - y + rows, left - x : left - x + columns] = found
        return out

    def close(self) -> None:
        """See `Slide.close`."""
