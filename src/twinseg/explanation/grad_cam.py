"""Grad-CAM for segmentation: all questions of a batch from one forward pass."""

from collections.abc import Sequence

import torch
from torch import nn

from twinseg.core.registry import choose
from twinseg.core.tensors import AnyHeatStack, HeatStack, Images, Layer
from twinseg.explanation.borrowing import evaluating, recording
from twinseg.explanation.question import REGIONS, layer_of

METHOD = "grad_cam"


def mean_gradient(activation: Layer, gradient: Layer) -> HeatStack:
    """Grad-CAM: one weight per channel (Selvaraju et al. 2017, eq. 1 and 2, without the ReLU).

    For segmentation after Vinogradova et al. 2020 (Seg-Grad-CAM, arXiv:2002.11434).
    """
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * activation).sum(dim=1)


def heat_maps(
    network: nn.Module, images: Images, *, layers: Sequence[str], regions: Sequence[str]
) -> dict[tuple[str, str], AnyHeatStack]:
    """Return heat maps by (layer, region), each on the grid of its layer, (image, y, x).

    Values are signed and in units of the region's score (logits); a positive one speaks for the
    region's score. They are not rescaled, so that maps of two models can be compared. A region
    without pixels gives NaN. The network is given back as it was.

    Args:
        network: A U-Net with parts ``encoder`` and ``decoder``, mapping images to logits.
        images: As the network expects them, that is, normalised.
        layers: Names in `LAYERS`.
        regions: Names in `REGIONS`.
    """
    scores = [choose(REGIONS, region, "region") for region in regions]
    modules = [layer_of(network, layer) for layer in layers]
    maps: dict[tuple[str, str], AnyHeatStack] = {}
    with torch.enable_grad(), evaluating(network), recording(modules) as records:
        logits = network(images.detach())
        activations = [record.output for record in records if record.output is not None]
        for region, score in zip(regions, scores, strict=True):
            values = score(logits)
            asked = values.isfinite()
            gradients = torch.autograd.grad(values[asked].sum(), activations, retain_graph=True,
                                            materialize_grads=True)  # fmt: skip
            for layer, activation, gradient in zip(layers, activations, gradients, strict=True):
                heat = mean_gradient(activation.detach(), gradient)
                maps[layer, region] = torch.where(asked.view(-1, 1, 1), heat, torch.nan)
    return maps
