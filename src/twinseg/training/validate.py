"""Dice on validation cases after an epoch: shown, and what ``keep = best`` goes by."""

import torch
from torch import nn

from twinseg.core.arrays import Indices, MaskStack, Pictures
from twinseg.data.batches import plain_batch
from twinseg.training.normalisation import Normalisation


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

    A case with nothing to find is worth 0 if anything was marked, and is left out otherwise, as in
    the scores: a network that marks nothing must not look good. Without any case left it is 1.
    """
    device = next(network.parameters()).device
    network.eval()
    total, cases = torch.zeros((), dtype=torch.float64), 0
    for start in range(0, len(positions), batch_size):
        batch = plain_batch(pictures, masks, positions[start : start + batch_size])
        logits = network(normalise(batch.images.to(device)))
        predicted, reference = (logits > 0).cpu(), batch.targets > 0.5
        overlap = (predicted & reference).sum((1, 2, 3)).double()
        size = (predicted.sum((1, 2, 3)) + reference.sum((1, 2, 3))).double()
        total += (2 * overlap / size.clamp(min=1)).sum()
        cases += int((size > 0).sum())
    network.train()
    return float(total / cases) if cases else 1.0
