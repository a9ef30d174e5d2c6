"""Lesion by lesion: which connected parts were found, which were missed, which are false."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array

from twinseg.core.arrays import Mask
from twinseg.core.pixels import Parts, connected_parts, counted, cropped
from twinseg.metrics.counts import require_same_shape
from twinseg.metrics.empty import NUMBERS, WhenEmpty, Worth

_MOST_PAIRS = 2**16
OVERLAP = 0.1  # least share of a lesion that must be marked to call it found
LESIONS_WHEN_EMPTY = WhenEmpty(
    both=Worth.UNDEFINED,
    only_reference=Worth.ZERO,
    only_prediction=Worth.ZERO,
    because="Without any lesion there is nothing to find; a missed lesion and a false one "
    "count 0 each.",
)


@dataclass(frozen=True)
class Lesions:
    """Connected parts (8 neighbours) of both masks of one case, and how they meet.

    Attributes:
        pixels: Of each reference lesion.
        found: Share of it that is marked, in [0, 1].
        dice: Of it with all predicted parts that touch it together, in [0, 1].
        false_pixels: Of each predicted part.
        false_overlap: Share of it that lies on the reference, in [0, 1].
    """

    pixels: Int[np.ndarray, " lesion"]
    found: Float[np.ndarray, " lesion"]
    dice: Float[np.ndarray, " lesion"]
    false_pixels: Int[np.ndarray, " part"]
    false_overlap: Float[np.ndarray, " part"]

    @property
    def is_found(self) -> np.ndarray:
        """Reference lesions of which at least `OVERLAP` is marked, bool."""
        is_found: np.ndarray = self.found >= OVERLAP
        return is_found

    @property
    def is_false(self) -> np.ndarray:
        """Predicted parts of which less than `OVERLAP` lies on the reference, bool."""
        is_false: np.ndarray = self.false_overlap < OVERLAP
        return is_false


def match_lesions(predicted: Mask, reference: Mask) -> Lesions:
    """Match the connected parts of two masks, bool, (y, x); either or both may be empty.

    Raises:
        DataError: If the shapes differ.
    """
    require_same_shape(predicted, reference)
    predicted, reference = cropped(predicted, reference)
    lesions, parts = connected_parts(reference), connected_parts(predicted)
    table = _pixels_in_both(lesions, parts)
    pixels, sizes = table[1:].sum(axis=1), table[:, 1:].sum(axis=0)
    both = table[1:, 1:].sum(axis=1)
    touching = (table[1:, 1:] > 0) @ sizes
    return Lesions(
        pixels=pixels,
        found=both / pixels,
        dice=2 * both / (pixels + touching),
        false_pixels=sizes,
        false_overlap=table[1:, 1:].sum(axis=0) / sizes,
    )


def _pixels_in_both(lesions: Parts, parts: Parts) -> Any:
    """Pixels of each lesion in each part; the first row and column are background.

    Sparse where there are so many that no memory could hold all pairs: of specks of noise.
    """
    shape = (lesions.count + 1, parts.count + 1)
    if shape[0] * shape[1] <= _MOST_PAIRS:
        kind = np.min_scalar_type(shape[0] * shape[1] - 1)
        pairs = lesions.labels.astype(kind) * kind.type(shape[1]) + parts.labels.astype(kind)
        return counted(pairs, shape[0] * shape[1]).reshape(shape)
    places = lesions.labels.ravel(), parts.labels.ravel()
    return coo_array((np.ones(len(places[0]), np.int64), places), shape=shape).tocsr()


def lesion_dice(lesions: Lesions) -> float:
    """Return the mean Dice over reference lesions and false parts (each counting 0), in [0, 1].

    After the BraTS 2023 challenges (Saluja et al. 2023), on connected parts without dilation, and
    stricter: a part of which less than `OVERLAP` lies on lesions counts as a false one even if it
    touches one, whose Dice it lowers as well. No lesion and no part: NaN.
    """
    value = LESIONS_WHEN_EMPTY.worth(
        empty_prediction=not lesions.false_pixels.size,
        empty_reference=not lesions.pixels.size,
    )
    if value is not Worth.FORMULA:
        return NUMBERS[value]
    return float(lesions.dice.sum() / (lesions.pixels.size + lesions.is_false.sum()))
