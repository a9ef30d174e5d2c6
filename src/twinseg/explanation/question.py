"""What a heat map answers: a region with a score, asked at a layer."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from twinseg.core.registry import choose
from twinseg.core.tensors import Logits, PerImage

Score = Callable[[Logits], PerImage]


def target_score(logits: Logits) -> PerImage:
    """Mean logit over the pixels predicted as foreground; NaN where there are none."""
    return _mean_over(logits, logits > 0)


def non_target_score(logits: Logits) -> PerImage:
    """Mean of minus the logit over all other pixels: the evidence against the foreground."""
    return _mean_over(-logits, logits <= 0)


REGIONS: dict[str, Score] = {"target": target_score, "non-target": non_target_score}


def bottleneck(network: nn.Module) -> nn.Module:
    """The encoder, whose last feature map is the bottleneck."""
    return network.get_submodule("encoder")


def last_decoder_block(network: nn.Module) -> nn.Module:
    """The decoder, whose output is that of its last block."""
    return network.get_submodule("decoder")


LAYERS: dict[str, Callable[[nn.Module], nn.Module]] = {
    "bottleneck": bottleneck,
    "decoder": last_decoder_block,
}


def layer_of(network: nn.Module, role: str) -> nn.Module:
    """Return the module that plays ``role`` in ``network``."""
    return choose(LAYERS, role, "layer")(network)


def _mean_over(values: Tensor, region: Tensor) -> PerImage:
    region = region.detach()
    # Chosen by index, not multiplied: an empty region must give NaN, not 0.
    return torch.stack([v[r].mean() for v, r in zip(values, region, strict=True)])
