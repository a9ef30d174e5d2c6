"""How a picture looks, in numbers that need no network: brightness, colour, sharpness, noise.

All are taken on the grid of the network, which is what a model sees; they do not change when a
picture is flipped.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from twinseg.core.arrays import Pictures

Numbers = Float[np.ndarray, "case number"]
Balance = Float[np.ndarray, "case 9"]
Colours = Float[np.ndarray, "case bin"]

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
_LEVELS = 16  # of each channel in `colour_shares`
_GREY_BELOW = 2 / 255  # mean chroma that a JPEG leaves in a grey picture, rounded up
_AT_ONCE = 16
_DARKEST = 8  # added before a logarithm, of 255: below it colours are noise
_LEAST_ENERGY = 1e-6  # of the Laplacian of a plane in [0, 1]; rounding to bytes alone gives 1e-5


@dataclass(frozen=True)
class Number:
    """One number of `picture_numbers`.

    Attributes:
        name: As in tables.
        more: What a picture is that has more of it than others, before the word "than".
        less: What one is that has less of it.
        least_spread: Differences as small as this one say nothing.
    """

    name: str
    more: str
    less: str
    least_spread: float = 1 / 255

    @property
    def is_of_colour(self) -> bool:
        """Whether a grey picture has none of it."""
        return self.name == "saturation" or "_green" in self.name or "_blue" in self.name


NUMBERS = (
    Number("brightness", "brighter", "darker"),
    Number("contrast", "higher in contrast", "lower in contrast"),
    Number("red_green", "redder", "greener"),
    Number("yellow_blue", "yellower", "bluer"),
    Number("red_green_spread", "of more varied reds", "of less varied reds"),
    Number("yellow_blue_spread", "of more varied blues", "of less varied blues"),
    Number("saturation", "stronger in colour", "paler"),
    Number("sharpness", "sharper", "more blurred", 0.05),
    Number("fine_detail", "finer in detail", "blurred: poorer in fine detail", 0.05),
    Number("noise", "noisier", "smoother", 0.05),
)  # fmt: skip
_SATURATION = [number.name for number in NUMBERS].index("saturation")


def picture_numbers(pictures: Pictures) -> Numbers:
    """Return the `NUMBERS` of each picture.

    Brightness and contrast are mean and standard deviation of luma in [0, 1]; red-green is R - G
    and yellow-blue (R + G) / 2 - B, mean and standard deviation (Hasler and Suesstrunk, 2003);
    saturation is the mean of the largest less the smallest channel. Sharpness is log10 of the mean
    square of the Laplacian of luma (Pech-Pacheco et al., 2000), fine detail the log10 of its ratio
    to the same at half the size, and noise log10 of the median of Immerkaer's mask (1996), which
    edges hardly touch.
    """
    return _by_parts(_numbers_at_once, pictures, len(NUMBERS))


def colour_balance(pictures: Pictures) -> Balance:
    """Return how the channels of each picture stand to each other.

    Of log(R/G), log(B/G) and log(G): the means, log standard deviations, and the correlations of
    first with second, first with third and second with third. Another lamp or white balance moves
    the first two means alone.
    """
    return _by_parts(_balance_at_once, pictures, 9)


def colour_shares(pictures: Pictures) -> Colours:
    """Return the share of the pixels of each picture in each of 16 x 16 x 16 colours, float32."""
    return _by_parts(_shares_at_once, pictures, _LEVELS**3).astype(np.float32)


def are_grey(numbers: Numbers) -> np.ndarray:
    """Tell which pictures have no colour, by their `picture_numbers`; bool, one a case."""
    grey: np.ndarray = numbers[:, _SATURATION] < _GREY_BELOW
    return grey


def _by_parts(work, pictures: Pictures, columns: int) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Work on some pictures at a time: memory does not grow with their number."""
    parts = [work(pictures[at : at + _AT_ONCE]) for at in range(0, len(pictures), _AT_ONCE)]
    return np.concatenate(parts) if parts else np.empty((0, columns))


def _numbers_at_once(pictures: Pictures) -> np.ndarray:
    values = pictures.astype(np.float32) / np.float32(255)
    luma = values @ _LUMA
    red, green, blue = np.moveaxis(values, -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    energy, coarse = _edge_energy(luma), _edge_energy(_halved(luma))
    columns = (
        *(_mean(luma), _spread(luma), _mean(red_green), _mean(yellow_blue)),
        *(_spread(red_green), _spread(yellow_blue), _mean(values.max(-1) - values.min(-1))),
        *(np.log10(energy), np.log10(energy / coarse), np.log10(_noise(luma))),
    )
    return np.stack(columns, axis=1)


def _balance_at_once(pictures: Pictures) -> np.ndarray:
    logs = np.log((pictures.astype(np.float64) + _DARKEST) / 255)
    red, green, blue = np.moveaxis(logs.reshape(len(pictures), -1, 3), -1, 0)
    planes = np.stack([red - green, blue - green, green], axis=1)  # (case, 3, pixel)
    means = planes.mean(axis=2)
    planes -= means[..., None]
    covariance = planes @ planes.transpose(0, 2, 1) / planes.shape[2]
    spread = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2) + 1e-6)
    correlation = covariance / (spread[:, :, None] * spread[:, None, :])
    pairs = np.triu_indices(3, k=1)
    found: np.ndarray = np.concatenate([means, np.log(spread), correlation[:, *pairs]], axis=1)
    return found


def _shares_at_once(pictures: Pictures) -> np.ndarray:
    level = pictures.astype(np.int32) * _LEVELS // 256
    places = (level[..., 0] * _LEVELS + level[..., 1]) * _LEVELS + level[..., 2]
    counts = [np.bincount(plane.ravel(), minlength=_LEVELS**3) for plane in places]
    shares: np.ndarray = np.stack(counts) / places[0].size
    return shares


def _mean(planes: np.ndarray) -> np.ndarray:
    found: np.ndarray = planes.mean(axis=(1, 2), dtype=np.float64)
    return found


def _spread(planes: np.ndarray) -> np.ndarray:
    found: np.ndarray = planes.std(axis=(1, 2), dtype=np.float64)
    return found


def _halved(planes: np.ndarray) -> np.ndarray:
    """Mean of every 2 x 2 pixels; an odd last row or column is left out."""
    cases, height, width = planes.shape
    even = planes[:, : height // 2 * 2, : width // 2 * 2]
    found: np.ndarray = even.reshape(cases, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
    return found


def _edge_energy(planes: np.ndarray) -> np.ndarray:
    middle = planes[:, 1:-1, 1:-1]
    sides = planes[:, :-2, 1:-1] + planes[:, 2:, 1:-1] + planes[:, 1:-1, :-2] + planes[:, 1:-1, 2:]
    return _mean((4 * middle - sides) ** 2) + _LEAST_ENERGY


def _noise(planes: np.ndarray) -> np.ndarray:
    middle = planes[:, 1:-1]
    across = planes[:, :-2] + planes[:, 2:] - 2 * middle
    mask = across[..., :-2] + across[..., 2:] - 2 * across[..., 1:-1]
    found: np.ndarray = np.median(np.abs(mask), axis=(1, 2)).astype(np.float64) + 1e-3
    return found
