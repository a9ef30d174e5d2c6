"""Small pictures for the gallery: the image, outlines, and the two kinds of error in colour."""

import base64
import io

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from twinseg.core.arrays import Mask, Picture
from twinseg.report.overlays import in_grey

SmallPicture = UInt8[np.ndarray, "row column 3"]
SmallMask = Bool[np.ndarray, "row column"]

LONGEST_SIDE_PX = 320
TYPE1_COLOUR = (255, 196, 0)
TYPE2_COLOUR = (0, 168, 255)
_FOUND_COLOUR = (255, 255, 255)
_ERROR_COVER, _FOUND_COVER = 0.7, 0.22
_LINE_PX = 2
_SMALL_PX = 256  # of an overlay whose outline is one pixel wide


def tile_grid(height_px: int, width_px: int, longest_px: int) -> tuple[int, int]:
    """Return height and width of a picture once `shrink_to_tile` has shrunken it."""
    longest = max(height_px, width_px, longest_px)  # smaller pictures stay
    height, width = (max(1, round(n * longest_px / longest)) for n in (height_px, width_px))
    return height, width


def shrink_to_tile(picture: Picture, longest_px: int = LONGEST_SIDE_PX) -> SmallPicture:
    """Shrink to at most ``longest_px`` a side, in proportion; smaller pictures stay."""
    height, width = picture.shape[:2]
    grid = tile_grid(height, width, longest_px)
    if grid == (height, width):
        return picture
    if (times := max(height, width) // longest_px) > 1:
        picture = np.asarray(Image.fromarray(picture).reduce(times))
    import torch  # late: pages of tables alone do without
    from torch.nn import functional

    # Six times as fast as Pillow, which spreads colours over four bytes first.
    writable = np.require(picture, requirements="W")  # which torch wants, though it only reads
    axes_first = torch.from_numpy(writable)[None].permute(0, 3, 1, 2)
    small = functional.interpolate(axes_first, grid, mode="bilinear", antialias=True)
    return np.ascontiguousarray(small[0].permute(1, 2, 0).numpy())


def enlarge(tile: Picture, times: int) -> SmallPicture:
    """Stretch a whole number of times, so that a thin outline can be drawn on it."""
    height, width = tile.shape[:2]
    larger = Image.fromarray(tile).resize((width * times, height * times), Image.Resampling.BICUBIC)
    return np.asarray(larger)


def outlined(tile: SmallPicture, mask: Mask) -> SmallPicture:
    """Draw the outline of a mask, of any grid, in white with a dark rim."""
    return _with_outline(tile, _on_grid_of(tile, mask))


def errors_drawn(tile: SmallPicture, predicted: Mask, reference: Mask) -> SmallPicture:
    """Colour what was marked by mistake and what was missed, on the tile in grey.

    Args:
        tile: The shrunken image.
        predicted: Mask on the source grid.
        reference: Mask of the same shape, whose outline is drawn.
    """
    predicted, reference = _on_grid_of(tile, predicted), _on_grid_of(tile, reference)
    drawn = in_grey(tile).astype(np.float32)
    drawn = _filled(drawn, predicted & reference, _FOUND_COLOUR, _FOUND_COVER)
    drawn = _filled(drawn, predicted & ~reference, TYPE1_COLOUR, _ERROR_COVER)
    drawn = _filled(drawn, reference & ~predicted, TYPE2_COLOUR, _ERROR_COVER)
    return _with_outline(drawn.astype(np.uint8), reference)


def agreement_drawn(
    tile: SmallPicture, first: Mask, second: Mask, colours: tuple[str, str]
) -> SmallPicture:
    """Colour what only one of two models marked, in its colour; what both marked is left in grey.

    Args:
        tile: The shrunken image.
        first: Mask of the first model on the source grid.
        second: Mask of the second, same shape.
        colours: Of the models, "#rrggbb".
    """
    first, second = _on_grid_of(tile, first), _on_grid_of(tile, second)
    drawn = in_grey(tile).astype(np.float32)
    for only, colour in ((first & ~second, colours[0]), (second & ~first, colours[1])):
        drawn = _filled(drawn, only, _rgb(colour), _ERROR_COVER)
    return _with_outline(drawn.astype(np.uint8), first & second)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def data_uri(picture: SmallPicture) -> str:
    """Pack a picture into text that stands in for an address, as JPEG with full colour."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=84, subsampling=0, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def region_outlined(overlay: SmallPicture, region: Mask) -> SmallPicture:
    """Draw the outline of a region of any grid, in white between dark lines.

    It lies just inside of the region and follows the border of the picture, too. Where a picture is
    drawn smaller, a pixel that holds any of the region belongs to it: the smallest can be seen.
    """
    height, width = overlay.shape[:2]
    share = Image.fromarray(region.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    mask = np.asarray(share) > 0
    line_px = 1 if max(height, width) <= _SMALL_PX else _LINE_PX
    drawn = overlay.copy()
    drawn[_grown(mask, 1) & ~mask] = 20
    drawn[mask & _reached_from_outside(mask, line_px + 1)] = 20
    drawn[mask & _reached_from_outside(mask, line_px)] = 255
    return drawn


def _reached_from_outside(mask: SmallMask, steps: int) -> SmallMask:
    outside = _grown(~np.pad(mask, steps), steps)
    return outside[steps:-steps, steps:-steps]


def _on_grid_of(tile: SmallPicture, mask: Mask) -> SmallMask:
    """Bring a mask to the grid of the tile; a pixel is marked if at least half of it was."""
    if mask.shape == tile.shape[:2]:
        return mask
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    size = (tile.shape[1], tile.shape[0])
    return np.asarray(grey.resize(size, Image.Resampling.BOX)) >= 128


def _filled(
    picture: np.ndarray, mask: SmallMask, colour: tuple[int, int, int], cover: float
) -> np.ndarray:
    colours = np.array(colour, np.float32)
    return np.where(mask[..., None], picture * (1 - cover) + colours * cover, picture)


def _with_outline(tile: SmallPicture, mask: SmallMask) -> SmallPicture:
    drawn = tile.copy()
    inside, outside = rims(mask)
    drawn[outside] = 20
    drawn[inside] = 255
    return drawn


def rims(mask: SmallMask) -> tuple[SmallMask, SmallMask]:
    """Return the rim of a mask on either side, inside and outside; not where the picture ends."""
    return mask & _grown(~mask, _LINE_PX), _grown(mask, 1) & ~mask


def _grown(mask: SmallMask, steps: int) -> SmallMask:
    """Add the four neighbours of every marked pixel, ``steps`` times."""
    for _ in range(steps):
        grown = mask.copy()
        grown[1:] |= mask[:-1]
        grown[:-1] |= mask[1:]
        grown[:, 1:] |= mask[:, :-1]
        grown[:, :-1] |= mask[:, 1:]
        mask = grown
    return mask
