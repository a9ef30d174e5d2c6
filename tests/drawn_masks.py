"""Masks drawn by hand or by hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from twinseg.core.arrays import Mask


def mask(*rows: str) -> Mask:
    """Read a mask from text: ``#`` is foreground, anything else background."""
    return np.array([[letter == "#" for letter in row] for row in rows])


def masks_of_one_shape(number: int) -> st.SearchStrategy[tuple[Mask, ...]]:
    """Draw ``number`` masks on one grid of 1 to 7 pixels each way, empty and full ones too."""
    pixels = st.booleans()
    return array_shapes(min_dims=2, max_dims=2, max_side=7).flatmap(
        lambda shape: st.tuples(*[arrays(bool, shape, elements=pixels, fill=pixels)] * number)
    )


two_masks = masks_of_one_shape(2)
