"""Arrays as the page gets them: JPEG of pictures, PNG of everything that must be exact."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.report.tiles import SmallMask, rims, shrink_to_tile, tile_grid
from twinseg.view.shown import Scale, Shown, ShownModel

THUMB_PX, LARGEST_PX = 192, 4096
_QUALITY = 88
_REFERENCE_BIT, _MOST_MODELS = 7, 7


def thumb(shown: Shown, place: int) -> bytes:
    """Return a small picture of a case, JPEG."""
    return jpeg(shrink_to_tile(shown.pixels.small(place), THUMB_PX))


def image(shown: Shown, place: int, longest_px: int) -> bytes:
    """Return the picture of a case, at most ``longest_px`` a side, JPEG."""
    return jpeg(shrink_to_tile(shown.pixels.picture(place), longest_px))


def mask(mask_on_source: Mask, longest_px: int) -> bytes:
    """Return a mask on the grid that `image` has, PNG of 0 and 255."""
    height, width = mask_on_source.shape
    marked = _on_grid(mask_on_source, *tile_grid(height, width, longest_px))
    return _png(marked.astype(np.uint8) * 255)


def masks(shown: Shown, place: int, models: Sequence[ShownModel], longest_px: int) -> bytes:
    """Return masks of some models in one PNG: bit k is that of model k, bit 7 the reference."""
    height, width = (int(shown.cases[side].iloc[place]) for side in ("height_px", "width_px"))
    grid = tile_grid(height, width, longest_px)
    bits = np.zeros(grid, np.uint8)
    for bit, model in enumerate(models[:_MOST_MODELS]):
        bits |= _on_grid(shown.pixels.small_mask(place, model), *grid).astype(np.uint8) << bit
    reference = shown.pixels.small_reference(place)
    if reference is not None:
        bits |= _on_grid(reference, *grid).astype(np.uint8) << _REFERENCE_BIT
    return _png(bits)


def heat(plane: Plane, scale: Scale) -> tuple[bytes, float]:
    """Return a heat map as PNG on its scale, and the share of it that is above.

    What is below the scale of one that begins at 0 is evidence against: it is not drawn.
    """
    span = (scale.limit - scale.low) or 1.0
    known = np.nan_to_num(plane, nan=scale.low)
    below = known < scale.low if scale.low < 0 else np.zeros_like(known, bool)
    share = float((below | (known > scale.limit)).mean())
    steps = np.rint(np.clip((known - scale.low) / span, 0, 1) * 255)
    return _png(steps.astype(np.uint8)), share


def probability(plane: Plane) -> bytes:
    """Return probabilities as PNG, 255 for 1."""
    return _png(np.rint(np.clip(plane, 0, 1) * 255).astype(np.uint8))


def rim(marked: Mask, colour: str) -> bytes:
    """Return the rim of what is marked, in a colour between dark lines, the rest clear; PNG."""
    drawn = np.zeros((*marked.shape, 4), np.uint8)
    inside, outside = rims(marked)
    drawn[outside] = (20, 20, 20, 255)
    drawn[inside] = (*bytes.fromhex(colour.removeprefix("#")), 255)
    return _png(drawn)


def _on_grid(marked: Mask, height: int, width: int) -> SmallMask:
    """Bring a mask to a grid; a pixel is marked if at least half of it was."""
    if marked.shape == (height, width):
        return marked
    grey = Image.fromarray(np.ascontiguousarray(marked).view(np.uint8) * np.uint8(255))
    larger = height * width > marked.size
    way = Image.Resampling.BILINEAR if larger else Image.Resampling.BOX
    return np.asarray(grey.resize((width, height), way)) >= 128


def jpeg(picture: Picture) -> bytes:
    """Return a picture as JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _png(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG", compress_level=1)
    return file.getvalue()
