"""Phantoms with a planted shortcut: a mark that tells where a faint object lies.

They are the test of evidence for heat maps: a model trained with the mark leans on it, one trained
without cannot, and the numbers must tell the two apart.
"""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask, Picture

SIDE_PX = 48
_RADIUS_PX = (5, 8)
_MARK_PX = 4
_MARK_TO_OBJECT_PX = 16  # from the left side of the mark to the middle of the object
_GROUND, _NOISE, _CONTRAST, _MARK = 110.0, 28.0, 22.0, 240.0


@dataclass(frozen=True)
class Planted:
    """One picture, its object, and the place where the mark is or would be."""

    picture: Picture
    mask: Mask
    mark: Mask


def draw_planted(rng: np.random.Generator, *, with_mark: bool) -> Planted:
    """Draw a faint disc in noise; the mark, if any, lies a fixed step to its left."""
    radius = rng.uniform(*_RADIUS_PX)
    row = rng.uniform(radius + 1, SIDE_PX - radius - 1)
    column = rng.uniform(_MARK_TO_OBJECT_PX + 1, SIDE_PX - radius - 1)
    rows, columns = np.indices((SIDE_PX, SIDE_PX))
    mask = (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
    grey = _GROUND + rng.normal(0, _NOISE, mask.shape) + _CONTRAST * mask
    top, left = round(row) - _MARK_PX // 2, round(column) - _MARK_TO_OBJECT_PX
    mark = np.zeros_like(mask)
    mark[top : top + _MARK_PX, left : left + _MARK_PX] = True
    if with_mark:
        grey[mark] = _MARK
    picture = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return Planted(picture, mask, mark)
