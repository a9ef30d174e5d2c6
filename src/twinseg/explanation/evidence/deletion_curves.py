"""Whether the model follows the map: pixels are taken away, or given back, in its order.

Taken away means replaced by a strong blur of the picture: no edge, no black that the model never
saw. The score is how much of its own answer the model keeps: the soft Dice of its probabilities
with the mask it made of the whole picture. No reference is looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from twinseg.explanation.foreground import OURS, answer_of
from twinseg.explanation.shapes import Inputs, PerImage, Pixels, Plane

STEPS = 6
BLUR = 0.1  # of the side: standard deviation of the blur
BLOCKS = 16  # a side: pixels are taken in random order by blocks, as scattered ones are guessed
Curve = Float[Tensor, "image fraction"]


@dataclass(frozen=True)
class Curves:
    """Score of each image at shares 0, 1/steps, ..., 1 of its pixels."""

    deletion: Curve  # most important pixels taken away first: should fall soon
    insertion: Curve  # most important pixels given back first: should rise soon


@dataclass(frozen=True)
class KeptAnswer:
    """What the model is asked to keep."""

    own: Pixels  # its mask of the whole picture, or the rest of the picture
    against: bool  # whether it is the rest: pixels not marked

    def kept(self, logits: Plane) -> PerImage:
        """Soft Dice of the probabilities with the own mask; NaN where that is empty."""
        probability = (-logits if self.against else logits).sigmoid()
        both = (probability * self.own).flatten(1).sum(dim=1)
        total = probability.flatten(1).sum(dim=1) + self.own.flatten(1).sum(dim=1)
        return torch.where(self.own.flatten(1).any(dim=1), 2 * both / total, torch.nan)


Score = Callable[[Inputs], PerImage]
Orders = Mapping[str, Plane]  # by name: values on the grid of the images, the highest first


def scorer(network: nn.Module, answer: KeptAnswer) -> Score:
    """Make the function from changed images to how much of the answer is kept."""

    def score(images: Inputs) -> PerImage:
        with torch.no_grad():
            return answer.kept(answer_of(network, images, OURS).float())

    return score


def follow(
    score: Score, images: Inputs, orders: Orders, *, steps: int = STEPS
) -> dict[str, Curves]:
    """Take pixels away and give them back in each order.

    Petsiuk et al. 2018 (RISE, arXiv:1806.07421), section 3.3, with the blur that they use for
    insertion in both directions.

    Args:
        score: See `scorer`.
        images: As the network expects them, (image, channel, y, x).
        orders: Maps on the grid of the images; NaN gives NaN.
        steps: Into how many steps the way is cut.
    """
    blurred = blur(images)
    whole, nothing = score(images), score(blurred)
    found = {}
    for name, values in orders.items():
        rank = _share_before(values)
        deletion, insertion = [whole], [nothing]
        for step in range(1, steps):
            taken = (rank < step / steps)[:, None]
            deletion.append(score(torch.where(taken, blurred, images)))
            insertion.append(score(torch.where(taken, images, blurred)))
        defined = ~values.flatten(1).isnan().any(dim=1, keepdim=True)
        both = (torch.stack([*deletion, nothing], 1), torch.stack([*insertion, whole], 1))
        found[name] = Curves(*(torch.where(defined, curve, torch.nan) for curve in both))
    return found


def area(curve: Curve) -> PerImage:
    """Area under each curve by the trapezoid rule, shares from 0 to 1: its mean height."""
    return torch.trapezoid(curve, dx=1 / (curve.shape[1] - 1), dim=1)


def blur(images: Inputs) -> Inputs:
    """Blur until no object is left; the border is mirrored."""
    from torchvision.transforms.functional import gaussian_blur  # seconds

    sigma = BLUR * min(images.shape[2:])
    # Far enough for the tail, but no farther than there is something to mirror.
    reach = min(int(2.5 * sigma), min(images.shape[2:]) - 1)
    blurred: Tensor = gaussian_blur(images, [2 * reach + 1] * 2, [sigma] * 2)
    return blurred


def random_order(images: Inputs, rng: np.random.Generator) -> Plane:
    """Values that take blocks of the picture in random order."""
    grid = rng.permuted(np.tile(np.arange(BLOCKS**2, dtype=np.float32), (len(images), 1)), axis=1)
    blocks = torch.from_numpy(grid).reshape(-1, 1, BLOCKS, BLOCKS).to(images.device)
    return functional.interpolate(blocks, images.shape[2:], mode="nearest")[:, 0]


def edge_order(images: Inputs) -> Plane:
    """Strength of the edges (Sobel) of the mean of the channels: what needs no model at all."""
    down = torch.tensor([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]], device=images.device)
    kernels = torch.stack([down, down.T])[:, None]
    grey = functional.pad(images.float().mean(dim=1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    strength: Tensor = functional.conv2d(grey, kernels).norm(dim=1)
    return strength


def _share_before(values: Plane) -> Plane:
    """Share of the pixels that come before each pixel, the highest value first, in [0, 1)."""
    order = values.flatten(1).argsort(dim=1, descending=True, stable=True)
    rank = torch.empty_like(order)
    line = torch.arange(order.shape[1], device=order.device).expand_as(order)
    rank.scatter_(1, order, line)
    return (rank / order.shape[1]).reshape(values.shape)
