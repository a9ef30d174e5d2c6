"""Where there is tissue on a slide: what has colour, seen on a small picture of the whole."""

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import DataError
from twinseg.images.slides.resampling import read_tile
from twinseg.images.slides.slide import Slide, Tile

SIDE_PX = 1024  # of the small picture, along the longer side
COLOUR = 15  # largest minus smallest of red, green, blue, of 255: glass and JPEG noise have less
_GREY_SLIDE = 3
DARK = 220  # of 255: on slides without any colour, what is darker is tissue
_MOST_PIXELS = 1_000_000_000
RULE = (
    f"tissue: red, green and blue differ by {COLOUR} of 255 or more on a picture of the slide of "
    f"at most {SIDE_PX} px; on grey slides darker than {DARK}"
)


def overview(slide: Slide) -> tuple[Picture, float]:
    """Return the whole slide small, and its downsample. Read in bands.

    Raises:
        DataError: If the coarsest level is so large that this would take minutes.
    """
    coarsest, finest = slide.levels[-1], slide.levels[0]
    if coarsest.width_px * coarsest.height_px > _MOST_PIXELS:
        raise DataError(
            f"has no level below {coarsest.width_px}x{coarsest.height_px} pixels; "
            "save it as a pyramid"
        )
    downsample = max(1.0, finest.width_px / SIDE_PX, finest.height_px / SIDE_PX)
    width, height = (
        max(1, int(length / downsample)) for length in (finest.width_px, finest.height_px)
    )
    return read_tile(slide, Tile(downsample, 0, 0, width, height)), downsample


def tissue(picture: Picture) -> Mask:
    """Mark what has colour; see `RULE`."""
    brightest = picture.max(axis=2)
    colour = brightest - picture.min(axis=2)
    found: Mask = brightest < DARK if colour.max() <= _GREY_SLIDE else colour >= COLOUR
    return found
