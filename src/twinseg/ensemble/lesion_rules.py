"""Rules that decide lesion by lesion: first whether it is one, then how far it reaches.

A lesion is a connected part of what any model marks; pixels that touch at a side or a corner
belong together (8 neighbours). A model finds a lesion if it marks a pixel of it.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int

from twinseg.core.arrays import Mask
from twinseg.core.pixels import connected_parts
from twinseg.ensemble.checks import require_one_shape


def lesion_intersection(masks: Sequence[Mask]) -> Mask:
    """Keep a lesion if all models find it, in the whole area that any of them marks.

    Against false lesions: what one model sees alone goes, outlines stay generous.

    Args:
        masks: Two or more masks of one case, bool, (y, x).

    Returns:
        A mask between the intersection and the union.

    Raises:
        DataError: If there are fewer than two masks or their shapes differ.
    """
    lesions, finds = _lesions(masks)
    kept = np.atleast_1d(finds.all(axis=0))
    kept[0] = False
    mask: Mask = kept[lesions]
    return mask


def lesion_union(masks: Sequence[Mask]) -> Mask:
    """Keep every lesion that any model finds, in the area on which its finders agree.

    Against missed lesions: all are kept, outlines stay narrow. Finders that share no pixel of a
    lesion agree on nothing there; it is then kept whole.

    Args:
        masks: Two or more masks of one case, bool, (y, x).

    Returns:
        A mask between the intersection and the union.

    Raises:
        DataError: If there are fewer than two masks or their shapes differ.
    """
    lesions, finds = _lesions(masks)
    agreed = lesions > 0
    for mask, found in zip(masks, finds, strict=True):
        agreed &= mask | ~found[lesions]
    is_shared = np.zeros(finds.shape[1], dtype=bool)
    is_shared[lesions[agreed]] = True
    kept: Mask = agreed | ((lesions > 0) & ~is_shared[lesions])
    return kept


def _lesions(
    masks: Sequence[Mask],
) -> tuple[Int[np.ndarray, "y x"], Bool[np.ndarray, "model lesion"]]:
    """Number the lesions from 1, 0 is background; and tell which model finds which."""
    require_one_shape(masks)
    lesions = connected_parts(np.logical_or.reduce(masks))
    finds = np.zeros((len(masks), lesions.count + 1), dtype=bool)
    for model, mask in enumerate(masks):
        finds[model, lesions.labels[mask]] = True
    return lesions.labels, finds
