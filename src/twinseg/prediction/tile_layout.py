"""How tiles lie over a large picture, and how much each of their pixels counts."""

import torch
from torch import Tensor

_LEAST_WEIGHT = 1e-3  # of the window, so that pixels at the border of the picture have some


def tile_starts(side_px: int, tile_px: int) -> list[int]:
    """Return where tiles begin along a side, half a tile apart; the last one ends at its end.

    Args:
        side_px: Of the picture, at least ``tile_px``.
        tile_px: Of a tile.
    """
    return sorted({*range(0, side_px - tile_px, max(1, tile_px // 2)), side_px - tile_px})


def falling_off(tile_px: int, axes: int) -> Tensor:
    """Return a Hann window of that many axes: tiles half a side apart add up to a constant."""
    line = torch.sin(torch.pi * (torch.arange(tile_px) + 0.5) / tile_px) ** 2
    line = line.clamp(min=_LEAST_WEIGHT)
    whole = line
    for _ in range(axes - 1):
        whole = whole[..., None] * line
    return whole
