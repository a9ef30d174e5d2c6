"""Pictures larger than a network sees at once: by tile, on one scale, without seams.

The model of a large picture is defined here: its logits are those of overlapping tiles, blended by
a window that falls off towards the edges of a tile. A region is found on these logits, and its
score is one for the whole picture: a mean divides by all pixels of the region, not by those in a
tile. Each tile is asked for its share of that score; the maps are interpolated to pixels and
blended by the same window. So values are raw and comparable all over the picture, and neighbours
run into one another.
"""

from collections.abc import Iterator
from itertools import product
from types import EllipsisType

import torch
from torch import Tensor, nn

from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation.borrowing import as_network_needs, borrowed
from twinseg.explanation.foreground import Reading, answer_of
from twinseg.explanation.heat import Found, Plan, answer, with_reading
from twinseg.explanation.interpolation import to_grid
from twinseg.explanation.map_names import MapKind
from twinseg.explanation.methods import METHODS
from twinseg.explanation.question import Asked
from twinseg.explanation.regions import Seen, window
from twinseg.explanation.shapes import Inputs, Pixels, Plane, Tiles, spread
from twinseg.prediction.tile_layout import falling_off, tile_starts

Window = tuple[EllipsisType | slice, ...]  # of the last axes
TILES_AT_ONCE = 8


def tiled_heat_maps(
    network: nn.Module,
    picture: Inputs,
    plan: Plan,
    *,
    tile_px: int,
    reference: Pixels | None = None,
    first: int = 0,
) -> Found:
    """Return raw heat maps of one large picture by kind, on its own grid, (1, *space).

    Args:
        network: As for `heat_maps`; its logits must lie on the grid of its input.
        picture: One, (1, channel, *space), as the network expects it.
        plan: What is asked.
        tile_px: Side of a tile; the next one starts half a tile further.
        reference: Its mask, (1, *space).
        first: How many pictures came before.

    Raises:
        ConfigError: If a method has no common scale over tiles.
        DataError: If the picture is smaller than a tile, or the network changes the grid.
    """
    if own := [name for name in plan.methods if not METHODS[name].one_scale_over_tiles]:
        raise ConfigError(f"{own[0]} scales each tile by itself; take another method for tiles")
    space = tuple(picture.shape[2:])
    if min(space) < tile_px:
        raise DataError(f"a picture of {space} px is smaller than a tile of {tile_px} px; ask "
                        "without tiles")  # fmt: skip
    tiles = list(_layout(space, tile_px))
    weight = falling_off(tile_px, len(space))
    plan = with_reading(network, _cut(picture, tiles[:TILES_AT_ONCE]), plan)
    logits, total = _blended_logits(network, picture, tiles, weight, plan.reading)
    weight = weight.to(logits.device)
    seen = Seen(logits, None if reference is None else reference.to(logits.device), first)
    asked = [question.put_to(seen) for question in plan.questions]
    sums: dict[MapKind, Tensor] = {}
    for some in _some(tiles):
        for kind, heat in _of_tiles(network, picture, some, asked, plan).items():
            whole = sums.setdefault(kind, torch.zeros_like(logits[0]))
            for tile, part in zip(some, to_grid(heat, weight.shape), strict=True):
                whole[tile] += weight * part
    defined = {q.name: a.defined for q, a in zip(plan.questions, asked, strict=True)}
    return {
        kind: torch.where(spread(defined[kind.question], total[None]), whole / total, torch.nan)
        for kind, whole in sums.items()
    }


def _of_tiles(
    network: nn.Module, picture: Inputs, tiles: list[Window], asked: list[Asked], plan: Plan
) -> dict[MapKind, Tensor]:
    def shares(seen: Seen) -> list[Asked]:
        every = torch.ones(len(tiles), dtype=torch.bool, device=seen.logits.device)
        return [
            Asked(torch.stack([question.weights[0][tile] for tile in tiles]), every)
            for question in asked
        ]

    return answer(network, _cut(picture, tiles), plan, shares)


def _blended_logits(
    network: nn.Module,
    picture: Inputs,
    tiles: list[Window],
    weight: Tensor,
    reading: Reading,
) -> tuple[Plane, Tensor]:
    """Return logits (1, *space), and how much weight came together at each pixel (*space)."""
    logits, total = torch.zeros(()), torch.zeros(())
    with borrowed(network), torch.no_grad():
        for some in _some(tiles):
            images = as_network_needs(network, _cut(picture, some))
            found = answer_of(network, images, reading).float()
            if found.shape[1:] != weight.shape:
                raise DataError(
                    f"a tile of {tuple(weight.shape)} px has logits on {tuple(found.shape[1:])}; "
                    "tiles need a network that keeps the grid: let it interpolate its output"
                )
            if not logits.ndim:
                logits, total = found.new_zeros(2, *picture.shape[2:])
                weight = weight.to(found.device)
            for tile, part in zip(some, found, strict=True):
                logits[tile] += weight * part
                total[tile] += weight
    return (logits / total)[None], total


def _layout(space: tuple[int, ...], tile_px: int) -> Iterator[Window]:
    """Yield tiles that cover the picture, half a tile apart; the last ones end at its border."""
    for corner in product(*[tile_starts(side, tile_px) for side in space]):
        yield window(corner, [start + tile_px for start in corner])


def _cut(picture: Inputs, tiles: list[Window]) -> Tiles:
    return torch.cat([picture[tile] for tile in tiles])


def _some(tiles: list[Window]) -> Iterator[list[Window]]:
    for start in range(0, len(tiles), TILES_AT_ONCE):
        yield tiles[start : start + TILES_AT_ONCE]
