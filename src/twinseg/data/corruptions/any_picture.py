"""What may befall any picture: blur, noise, JPEG, brightness; and a cast where there is colour.

Strengths are those of ImageNet-C (Hendrycks & Dietterich 2019), which has pictures of 224 px:
lengths are in shares of the side here, so that they mean the same on another grid.
"""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from twinseg.core.arrays import SquarePicture
from twinseg.data.corruptions.scale import is_grey, picture_of, shares_of, sign

_BLUR = tuple(sigma_px / 224 for sigma_px in (1, 2, 3, 4, 6))  # of the side
_NOISE = (0.08, 0.12, 0.18, 0.26, 0.38)  # standard deviation, of the range
_QUALITY = (25, 18, 15, 10, 7)  # of JPEG
_BRIGHTER = (0.1, 0.2, 0.3, 0.4, 0.5)  # of the range
_CAST = (0.05, 0.1, 0.17, 0.25, 0.35)  # ours: ImageNet-C has no lamp that is too red or too blue


def blur(picture: SquarePicture, strength: int, _rng: np.random.Generator) -> SquarePicture:
    """Blur by a Gaussian; beyond the border lies the mirror image."""
    sigma_px = _BLUR[strength - 1] * len(picture)
    return picture_of(gaussian_filter(shares_of(picture), (sigma_px, sigma_px, 0)))


def noise(picture: SquarePicture, strength: int, rng: np.random.Generator) -> SquarePicture:
    """Add Gaussian noise to every pixel and channel; to a grey picture grey noise."""
    shape = picture.shape[:2]
    grain = rng.standard_normal((*shape, 1 if is_grey(picture) else 3), dtype=np.float32)
    return picture_of(shares_of(picture) + _NOISE[strength - 1] * grain)


def jpeg(picture: SquarePicture, strength: int, _rng: np.random.Generator) -> SquarePicture:
    """Compress as JPEG of low quality and open it again; its blocks are of 8 px on any grid."""
    grey, file = is_grey(picture), io.BytesIO()
    image = Image.fromarray(picture[..., 0] if grey else picture)
    image.save(file, format="JPEG", quality=_QUALITY[strength - 1])
    with Image.open(file, formats=("JPEG",)) as opened:
        found: SquarePicture = np.array(opened.convert("RGB"))
    return found


def brightness(picture: SquarePicture, strength: int, _rng: np.random.Generator) -> SquarePicture:
    """Add the same to every pixel; what becomes brighter than white is white."""
    return picture_of(shares_of(picture) + np.float32(_BRIGHTER[strength - 1]))


def colour(picture: SquarePicture, strength: int, rng: np.random.Generator) -> SquarePicture:
    """Give a cast: more red and less blue, or the other way round."""
    change = sign(rng) * _CAST[strength - 1]
    return picture_of(shares_of(picture) * np.array([1 + change, 1, 1 - change], np.float32))
