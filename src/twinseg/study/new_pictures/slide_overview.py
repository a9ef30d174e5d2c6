"""A small picture of a slide, and planes of it thinned out to be drawn on that."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Picture
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.tissue import overview
from twinseg.report.tiles import shrink_to_tile


def small_picture(slide: Path) -> Picture:
    """Return a slide at most some hundred pixels a side.

    Raises:
        DataError: If it cannot be decoded.
    """
    with closing(open_slide(slide)) as opened:
        return shrink_to_tile(overview(opened)[0])


def thinned(bands: Iterable[np.ndarray], height_px: int, small: Picture) -> np.ndarray:
    """Return every so many rows and columns of a plane that comes in bands from above.

    Args:
        bands: (rows, columns).
        height_px: Rows of all bands.
        small: What it is to be drawn on: twice its side is left.
    """
    step, first, rows = max(1, height_px // (2 * max(small.shape[:2]))), 0, []
    for band in bands:
        rows.append(band[-first % step :: step, ::step])
        first += len(band)
    return np.concatenate(rows)
