"""Run a network of somebody else, and say in plain words why it cannot take the images."""

import torch
from torch import nn

from twinseg.core.errors import DataError
from twinseg.explanation.shapes import Inputs


def run_on(network: nn.Module, images: Inputs) -> object:
    """Return whatever the network returns.

    Raises:
        DataError: If it fails on images of this shape.
    """
    try:
        return network(images)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, ValueError, IndexError, AssertionError) as error:
        line = next(iter(str(error).splitlines()), type(error).__name__)
        advice = _advice(network, tuple(images.shape)) or f"it says: {line}"
        shape = " x ".join(map(str, images.shape))
        raise DataError(
            f"the network fails on images of {shape}, read as (image, channel, y, x); {advice}"
        ) from error


def _advice(network: nn.Module, shape: tuple[int, ...]) -> str:
    """Tell from the first convolution what is wrong with the images; "" if nothing is seen."""
    convolutions = (m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Conv3d))
    first = next(convolutions, None)
    if first is None:
        return ""
    axes, channels = 2 + len(first.kernel_size), first.in_channels
    if len(shape) == axes - 1:
        return "a single image needs an axis in front: image[None]"
    if len(shape) != axes:
        return f"it takes {axes} axes"
    if shape[1] == channels:
        return ""
    if shape[-1] == channels:
        return "bring the channels to the second axis: images.movedim(-1, 1), or np.moveaxis"
    plural = "" if channels == 1 else "s"
    return f"its first convolution takes {channels} channel{plural}, not {shape[1]}"
