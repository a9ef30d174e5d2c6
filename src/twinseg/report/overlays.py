"""Heat maps made visible: the only place where values are stretched for the eye.

What is lost on the way, on purpose: values below 0 (the evidence against) are drawn only where a
scale has a sign, values beyond the ends of the scale get their colours, and a coarse map is
interpolated to the picture. The
raw values stay in ``values.npy``. One scale serves both twins and all cases, so that equal
colours mean equal values.
"""

import numpy as np
from jaxtyping import Float
from PIL import Image

from twinseg.core.arrays import Picture

Heat = Float[np.ndarray, "row column"]  # on the grid of its layer, not that of the picture

_STRONGEST_COVER = 0.85  # share of colour, not picture, at the top of the scale
# Dark to bright, at equal steps of the scale: read rightly without colour vision, too.
_ANCHORS = np.array(
    [(60, 15, 110), (125, 30, 110), (190, 55, 85), (235, 105, 40), (250, 175, 20), (252, 250, 160)]
)
_AGAINST_ANCHORS = np.array([(10, 45, 75), (0, 95, 125), (25, 150, 165), (165, 235, 245)])
_POSITIONS = np.linspace(0, 1, 256)


def _ramp(anchors: np.ndarray) -> np.ndarray:
    at = np.linspace(0, 1, len(anchors))
    channels = [np.interp(_POSITIONS, at, channel) for channel in anchors.T]
    return np.stack(channels, axis=1).astype(np.float32)


_COLOURS, _AGAINST_COLOURS = _ramp(_ANCHORS), _ramp(_AGAINST_ANCHORS)
_COVER = (_STRONGEST_COVER * np.minimum(1, 1.5 * _POSITIONS)).astype(np.float32)[:, None]
_DARKEST = 60  # grey that stands for black: on black the same heat would look weaker
_HATCH_PERIOD_PX = 12


def heat_overlay(picture: Picture, heat: Heat, top: float, *, signed: bool = False) -> Picture:
    """Draw a heat map over the picture in grey: colour means heat and nothing else.

    Args:
        picture: Any size; the overlay has the same.
        heat: Raw values on the grid of the layer, of the same field of view; NaN where the
            question had no pixels, which gives a hatched tile.
        top: The value that gets the brightest colour; NaN draws no heat.
        signed: Whether values below 0 are drawn too, in blues down to ``-top``.

    Returns:
        The picture in grey where the heat is 0 (or below), towards bright colours up to ``top``.
    """
    ground = _to_bytes(_DARKEST + in_grey(picture) * (1 - _DARKEST / 255))
    if np.isnan(heat).any():
        return _hatched(ground)
    if np.isnan(top):
        return ground
    on_grid = _interpolate(heat, picture.shape[0], picture.shape[1])
    drawn = _covered(ground, stretch(on_grid, top), _COLOURS)
    return _to_bytes(_covered(drawn, stretch(-on_grid, top), _AGAINST_COLOURS) if signed else drawn)


def stretch(heat: Heat, top: float) -> np.ndarray:
    """Map 0 and below to 0, ``top`` and above to 255, evenly between: uint8, (row, column)."""
    steps: np.ndarray = np.rint(np.clip(heat / top, 0, 1) * 255)
    return steps.astype(np.uint8)


def in_grey(picture: Picture) -> Picture:
    """Take the colours out, so that those drawn on top can be told from the picture's own."""
    return np.asarray(Image.fromarray(picture).convert("L").convert("RGB"))


def colour_bar(width_px: int = 256, height_px: int = 12, *, signed: bool = False) -> Picture:
    """Draw the whole scale, lowest at the left, over the grey of a medium bright picture."""
    ground = np.full((height_px, width_px, 3), 150, np.uint8)
    lowest = -1 if signed else 0
    ramp = np.tile(np.linspace(lowest, 1, width_px, dtype=np.float32), (height_px, 1))
    return heat_overlay(ground, ramp, 1.0, signed=signed)


def _covered(ground: np.ndarray, steps: np.ndarray, colours: np.ndarray) -> np.ndarray:
    cover = _COVER[steps]
    covered: np.ndarray = ground * (1 - cover) + colours[steps] * cover
    return covered


def _interpolate(heat: Heat, height: int, width: int) -> np.ndarray:
    """Interpolate linearly; linear never leaves the range of its neighbours, cubic does."""
    if heat.shape == (height, width):
        return heat
    plane = Image.fromarray(heat.astype(np.float32))
    return np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))


def _hatched(ground: Picture) -> Picture:
    diagonals = np.add.outer(np.arange(ground.shape[0]), np.arange(ground.shape[1]))
    stripe = (diagonals % _HATCH_PERIOD_PX < _HATCH_PERIOD_PX // 2)[..., None]
    return _to_bytes(np.where(stripe, 205, 225) * 0.8 + ground * 0.2)


def _to_bytes(values: np.ndarray) -> Picture:
    rounded: np.ndarray = np.rint(values)
    return rounded.astype(np.uint8)
