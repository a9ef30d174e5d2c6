"""Whether a map depends on what the model has learnt: its weights are shuffled, last ones first."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from torch import nn

from twinseg.explanation.evidence.agreement import rank_correlation
from twinseg.explanation.shapes import AnyHeat, PerImage

Maps = Callable[[nn.Module], dict[str, AnyHeat]]
STEPS = 4


def cascade(
    network: nn.Module, maps: Maps, *, generator: torch.Generator, steps: int = STEPS
) -> list[dict[str, PerImage]]:
    """Rank correlation of each kind of map with itself while the weights are destroyed.

    Adebayo et al. 2018 (arXiv:1810.03292), cascading randomisation: parts lose their weights one
    after another, those nearest to the output first. Here a part's numbers are shuffled within
    each tensor, which keeps their distribution, so that the net still answers numbers of its
    usual size. A map that hardly changes is drawn by the picture, not by what was learnt.

    Args:
        network: Stays as it is: a copy is destroyed.
        maps: From a network to raw maps by kind; images and questions must be fixed in it.
        generator: Source of the shuffles.
        steps: Into how many parts of equally many layers the network is cut.

    Returns:
        For each step the rank correlations by kind: the last one is without any learnt weight.
    """
    before = maps(network)
    copy = deepcopy(network)
    layers = [module for module in copy.modules() if list(module.parameters(recurse=False))]
    found = []
    for part in np.array_split(np.arange(len(layers))[::-1], steps):
        for place in part:
            _shuffle(layers[place], generator)
        after = maps(copy)
        found.append({kind: rank_correlation(heat, after[kind]) for kind, heat in before.items()})
    return found


@torch.no_grad()
def _shuffle(layer: nn.Module, generator: torch.Generator) -> None:
    own = [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]
    for tensor in own:
        if tensor.is_floating_point():
            order = torch.randperm(tensor.numel(), generator=generator).to(tensor.device)
            tensor.copy_(tensor.flatten()[order].reshape(tensor.shape))
