"""What lies on the skin in front of a dermatoscope: hairs and a ruler."""

import numpy as np

from twinseg.core.arrays import SquarePicture
from twinseg.data.corruptions.scale import picture_of, shares_of
from twinseg.data.phantoms.photograph import curved_hair
from twinseg.data.phantoms.rendering import blended
from twinseg.data.phantoms.shapes import strokes

_HAIRS = (4, 8, 14, 22, 32)
_HAIR, _HAIR_WIDTH = (0.16, 0.11, 0.09), 0.008  # of the side, as all lengths here
_REACH = (0.06, 0.09, 0.12, 0.15, 0.18)  # of the ruler from the edge
_PAPER, _INK = (0.93, 0.92, 0.88), (0.10, 0.10, 0.13)
_TICKS, _LONG_EACH, _TICK_WIDTH = 25, 5, 0.006


def hair(picture: SquarePicture, strength: int, rng: np.random.Generator) -> SquarePicture:
    """Draw dark hairs; a stronger one has those of the weaker ones and more."""
    side = len(picture)
    hairs = [curved_hair(side, rng) for _ in range(_HAIRS[strength - 1])]
    cover = strokes(side, hairs, width_px=_HAIR_WIDTH * side)
    return picture_of(blended(shares_of(picture), _HAIR, 0.85 * cover))


def ruler(picture: SquarePicture, strength: int, rng: np.random.Generator) -> SquarePicture:
    """Lay a white ruler with black marks along one of the four edges."""
    side, turns = len(picture), int(rng.integers(4))
    reach = _REACH[strength - 1]
    paper = np.zeros((side, side), np.float32)
    paper[side - max(1, round(reach * side)) :] = 0.9
    inner = 1 - reach
    marks = [
        side * np.array([[inner, place], [inner + reach * _length(number), place]])
        for number, place in enumerate(np.linspace(0, 1, _TICKS))
    ]
    ink = 0.8 * strokes(side, marks, width_px=_TICK_WIDTH * side)
    light = blended(shares_of(picture), _PAPER, np.rot90(paper, turns))
    return picture_of(blended(light, _INK, np.rot90(ink, turns)))


def _length(number: int) -> float:
    return 0.6 if number % _LONG_EACH == 0 else 0.35
