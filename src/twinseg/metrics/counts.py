"""Pixels counted once: everything in `overlap` is computed from these four numbers."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError


@dataclass(frozen=True)
class Counts:
    """Pixels of one case, each >= 0; together they are all pixels of the image.

    Attributes:
        tp: Foreground in both masks.
        fp: Predicted, but background in the reference (type I error).
        fn: Foreground in the reference, but not predicted (type II error).
        tn: Background in both masks.
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def predicted_pixels(self) -> int:
        """Foreground pixels of the prediction."""
        return self.tp + self.fp

    @property
    def reference_pixels(self) -> int:
        """Foreground pixels of the reference."""
        return self.tp + self.fn

    @property
    def background_pixels(self) -> int:
        """Background pixels of the reference."""
        return self.fp + self.tn


def count(predicted: Mask, reference: Mask) -> Counts:
    """Count the pixels of two masks, bool, (y, x); either or both may be empty.

    Raises:
        DataError: If the shapes differ.
    """
    require_same_shape(predicted, reference)
    tp = int(np.count_nonzero(predicted & reference))
    fp = int(np.count_nonzero(predicted)) - tp
    fn = int(np.count_nonzero(reference)) - tp
    return Counts(tp=tp, fp=fp, fn=fn, tn=reference.size - tp - fp - fn)


def require_same_shape(predicted: Mask, reference: Mask) -> None:
    """Raise `DataError` unless both masks lie on the same grid."""
    if predicted.shape != reference.shape:
        raise DataError(
            f"the prediction has shape {predicted.shape} and the reference {reference.shape}; "
            "bring both to the grid of the source image first"
        )
