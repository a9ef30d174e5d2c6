"""Bring a map to another grid, linearly: that never leaves the range of its neighbours."""

import torch
from torch import Tensor
from torch.nn import functional

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def to_grid(stack: Tensor, space: tuple[int, ...]) -> Tensor:
    """Interpolate (map, *place) to (map, *space); outermost pixels are not outermost points."""
    if tuple(stack.shape[1:]) == space:
        return stack
    finer = functional.interpolate(
        stack[:, None].float(), space, mode=_LINEAR[len(space)], align_corners=False
    )
    return finer[:, 0]


def fuse(maps: list[Tensor]) -> Tensor:
    """Mean of maps of several layers, each first brought to the grid of the finest of them."""
    if len(maps) == 1:
        return maps[0]
    finest = max((tuple(one.shape[1:]) for one in maps), key=lambda space: space[-1])
    return torch.stack([to_grid(one, finest) for one in maps]).mean(dim=0)
