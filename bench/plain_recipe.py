"""The plain script of forty lines that every recipe must beat: what anyone would write first.

Soft Dice an image plus cross-entropy, AdamW 1e-3 with weight decay 1e-4, one cycle, flips only,
float32, the last weights. It knows nothing of ours but the network it is given.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional


def train_plainly(
    network: nn.Module,
    pictures: np.ndarray,
    masks: np.ndarray,
    *,
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
    epochs: int,
    batch_size: int,
    seed: int,
) -> None:
    """Train ``network`` on bytes (case, y, x, channel) and masks (case, y, x)."""
    rng = np.random.default_rng(seed)
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    images = (images - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)
    targets = torch.from_numpy(masks)[:, None].float()
    steps = -(-len(images) // batch_size)
    adam = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-4)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=1e-3, total_steps=epochs * steps)
    network.to(memory_format=torch.channels_last).train()
    for _ in range(epochs):
        for chosen in np.array_split(rng.permutation(len(images)), steps):
            x, y = images[chosen], targets[chosen]
            for axis in (2, 3):
                flipped = torch.from_numpy(rng.random(len(x)) < 0.5)
                x[flipped], y[flipped] = x[flipped].flip(axis), y[flipped].flip(axis)
            logits = network(x.contiguous(memory_format=torch.channels_last))
            p = logits.sigmoid()
            dice = (2 * (p * y).sum((1, 2, 3)) + 1) / (p.sum((1, 2, 3)) + y.sum((1, 2, 3)) + 1)
            loss = functional.binary_cross_entropy_with_logits(logits, y) + 1 - dice.mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            cycle.step()
