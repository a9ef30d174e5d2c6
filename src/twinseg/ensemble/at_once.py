"""The masks of every rule for one case from what the members say, without files."""

from collections.abc import Sequence

from twinseg.core.arrays import Mask, SquarePlane
from twinseg.core.registry import choose
from twinseg.ensemble.combine import ALL_RULES, WEIGHTED
from twinseg.ensemble.mixing import mix
from twinseg.prediction.predictions import THRESHOLD
from twinseg.prediction.source_grid import stretch, to_source_grid


def masks_of_rules(
    rules: Sequence[str],
    planes: Sequence[SquarePlane],
    weights: Sequence[float],
    height_px: int,
    width_px: int,
) -> dict[str, Mask]:
    """Return the masks that `combine` writes of members with these probabilities, to the bit.

    Args:
        rules: Keys of `ALL_RULES`.
        planes: Probabilities of each member, on the grid of the network.
        weights: Of the members, for ``weighted``.
        height_px: Of the source grid.
        width_px: Of the source grid.
    """
    grid = (height_px, width_px)
    masks = [stretch(plane, *grid) > THRESHOLD for plane in planes]
    found: dict[str, Mask] = {}
    for rule in rules:
        if merge := choose(ALL_RULES, rule, "rule"):
            found[rule] = merge(masks)
        else:
            plane = mix(planes, weights if rule == WEIGHTED else None)
            found[rule] = to_source_grid(plane, *grid)
    return found
