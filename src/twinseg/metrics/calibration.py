"""From probabilities: do they mean what they say, and which threshold serves best?

Everything is computed from one histogram: how many pixels of the foreground and of the rest have
a probability in each of `BINS` equal bins.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from twinseg.core.arrays import Mask, Plane
from twinseg.core.errors import DataError
from twinseg.metrics.empty import WhenEmpty, Worth

BINS = 100
CALIBRATION_BINS = 20
THRESHOLDS = np.arange(1, BINS) / BINS  # at the borders of bins
Bins = Float[np.ndarray, " bin"]

THRESHOLDS_WHEN_EMPTY = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.UNDEFINED,
    only_prediction=Worth.FORMULA,
    because="Without diseased pixels no threshold finds any; an empty prediction still has "
    "probabilities.",
)


@dataclass(frozen=True)
class Histogram:
    """Pixels by probability; adding up those of cases gives that of all together.

    Attributes:
        foreground: Pixels of the reference in each bin.
        background: All other pixels.
        probability: Sum of the probabilities in each bin.
        squared_error: Sum over all pixels of (probability - reference) squared.
    """

    foreground: Bins
    background: Bins
    probability: Bins
    squared_error: float

    def __add__(self, other: "Histogram") -> "Histogram":
        return Histogram(
            self.foreground + other.foreground,
            self.background + other.background,
            self.probability + other.probability,
            self.squared_error + other.squared_error,
        )

    @cached_property
    def pixels(self) -> Bins:
        """Pixels in each bin."""
        pixels: Bins = self.foreground + self.background
        return pixels

    def coarse(self) -> tuple[Bins, Bins, Bins]:
        """Pixels, mean probability and share of foreground in `CALIBRATION_BINS` equal bins."""
        pixels, probability, foreground = (
            values.reshape(CALIBRATION_BINS, -1).sum(axis=1)
            for values in (self.pixels, self.probability, self.foreground)
        )
        with np.errstate(invalid="ignore"):
            return pixels, probability / pixels, foreground / pixels


def histogram(probability: Plane, reference: Mask) -> Histogram:
    """Count the pixels of one case by probability, in [0, 1], on the grid of the reference.

    Raises:
        DataError: If the shapes differ or a probability is outside [0, 1].
    """
    if probability.shape != reference.shape:
        raise DataError(
            f"probabilities are {probability.shape}, the reference {reference.shape}; bring both "
            "to the grid of the source image first"
        )
    values = probability.ravel().astype(np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise DataError("probabilities must lie in [0, 1]; take the sigmoid of logits first")
    bins = np.minimum((values * BINS).astype(np.intp), BINS - 1)
    truth = reference.ravel()
    foreground = np.bincount(bins[truth], minlength=BINS).astype(float)
    return Histogram(
        foreground,
        np.bincount(bins, minlength=BINS) - foreground,
        np.bincount(bins, weights=values, minlength=BINS),
        float(((values - truth) ** 2).sum()),
    )


def expected_calibration_error(counted: Histogram) -> float:
    """Mean distance of the probability from the share of foreground, over pixels, in [0, 1].

    Naeini et al. 2015 (AAAI), eq. 3, on the probability of foreground in `CALIBRATION_BINS` equal
    bins. Most pixels are sure background, so small values are the rule.
    """
    pixels, said, seen = counted.coarse()
    filled = pixels > 0
    return float((pixels[filled] * np.abs(said - seen)[filled]).sum() / pixels.sum())


def brier(counted: Histogram) -> float:
    """Mean squared distance of the probability from the reference, in [0, 1] (Brier 1950)."""
    return float(counted.squared_error / counted.pixels.sum())


def dice_by_threshold(counted: Histogram) -> Float[np.ndarray, " threshold"]:
    """Dice at each of `THRESHOLDS`: a pixel is marked if its probability is at or above it.

    NaN where neither mask has a pixel.
    """
    above = [np.cumsum(side[::-1])[::-1][1:] for side in (counted.foreground, counted.background)]
    size = counted.foreground.sum() + above[0] + above[1]
    with np.errstate(invalid="ignore"):
        by_threshold: np.ndarray = 2 * above[0] / size
    return by_threshold


def dice_over_thresholds(counted: Histogram) -> float:
    """Mean Dice over all thresholds, in [0, 1]: how little the mask hangs on one.

    NaN for an empty reference.
    """
    if not counted.foreground.any():
        return float("nan")
    return float(dice_by_threshold(counted).mean())
