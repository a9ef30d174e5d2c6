"""The number by which the best weights of a run are chosen."""

import torch
from torch import nn

from twinseg.core.arrays import Indices, MaskStack, Pictures
from twinseg.data.batches import plain_batch
from twinseg.training.network import Normalisation


@torch.no_grad()
def validation_dice(
    network: nn.Module,
    pictures: Pictures,
    masks: MaskStack,
    positions: Indices,
    *,
    normalise: Normalisation,
    batch_size: int,
) -> float:
    """Mean Dice of the cases at ``positions`` on the training grid, in [0, 1].

    A case with nothing to find is worth 1 if nothing was marked and 0 otherwise: here a choice
    must be made for every case; the scores of the study leave such cases out and count them.
    """
    device = next(network.parameters()).device
    network.eval()
    total = torch.zeros((), dtype=torch.float64)
    for start in range(0, len(positions), batch_size):
        batch = plain_batch(pictures, masks, positions[start : start + batch_size])
        logits = network(normalise(batch.images.to(device)))
        predicted, reference = (logits > 0).cpu(), batch.targets > 0.5
        overlap = (predicted & reference).sum((1, 2, 3)).double()
        size = (predicted.sum((1, 2, 3)) + reference.sum((1, 2, 3))).double()
        total += torch.where(size > 0, 2 * overlap / size.clamp(min=1), 1.0).sum()
    network.train()
    return float(total / len(positions))
