"""A drawn picture with its truth, and how light becomes one."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from twinseg.core.arrays import Mask, Picture, Plane

Light = Float[np.ndarray, "y x 3"]  # red, green, blue in 0..1
Colour = tuple[float, float, float] | Float[np.ndarray, " 3"]


@dataclass(frozen=True)
class Phantom:
    """A picture and the exact outline of what there is to find in it.

    ``picture`` is red, green, blue in 0..255, or Hounsfield units on one plane; ``mask`` has its
    size.
    """

    picture: Picture | Plane
    mask: Mask


def absorbed(density: Plane, colour: Colour) -> Light:
    """Return the share of red, green and blue left behind a pigment (Beer-Lambert).

    Args:
        density: How much of the pigment there is, >= 0.
        colour: How strongly it takes away red, green and blue.
    """
    left: Light = np.exp(-density[..., None] * np.asarray(colour, dtype=np.float32))
    return left


def blended(light: Light, colour: Colour, cover: Plane) -> Light:
    """Return ``light`` with ``colour`` (0..1) laid over it where ``cover`` (0..1) says so."""
    mixed: Light = light + cover[..., None] * (np.asarray(colour, dtype=np.float32) - light)
    return mixed


def developed(light: Light) -> Picture:
    """Return ``light`` in 0..255; what is too bright or too dark is cut off."""
    picture: Picture = np.rint(255 * np.clip(light, 0, 1)).astype(np.uint8)
    return picture
