"""From a picture to numbers in 0..1 and back; what is the same in three channels stays so."""

import numpy as np
from jaxtyping import Float

from twinseg.core.arrays import SquarePicture

Shares = Float[np.ndarray, "side side 3"]  # red, green, blue in 0..1


def shares_of(picture: SquarePicture) -> Shares:
    """Return the picture in 0..1, float32."""
    shares: Shares = picture.astype(np.float32) / 255
    return shares


def picture_of(shares: Shares) -> SquarePicture:
    """Return shares in 0..255; what is beyond is cut off."""
    picture: SquarePicture = np.rint(255 * np.clip(shares, 0, 1)).astype(np.uint8)
    return picture


def is_grey(picture: SquarePicture) -> bool:
    """Tell whether the three channels are equal."""
    return bool((picture == picture[..., :1]).all())


def sign(rng: np.random.Generator) -> int:
    """Draw 1 or -1."""
    return 1 if rng.random() < 0.5 else -1
