"""The batches of an epoch: order and augmentation depend on seed, epoch and case alone.

Any batch can therefore be made again without the ones before it: that is what exact resume
stands on, and why twins see the same pictures.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from twinseg.core.arrays import Indices, MaskStack, Pictures
from twinseg.core.mapped import read_some
from twinseg.core.seeds import stream
from twinseg.core.tensors import Images, Targets
from twinseg.data.augmentation import Strength, apply_jitter, draw_jitter


@dataclass(frozen=True)
class Batch:
    """Images in [0, 1] and targets 0 or 1, on the CPU."""

    images: Images
    targets: Targets


@dataclass(frozen=True)
class TrainingBatches:
    """Shuffled, augmented batches of the training cases."""

    pictures: Pictures
    masks: MaskStack
    positions: Indices  # of the training cases in the arrays above
    batch_size: int
    seed: int
    strength: Strength

    @property
    def steps_per_epoch(self) -> int:
        """Batches an epoch; their sizes differ by one at most, so that no case is dropped."""
        return math.ceil(len(self.positions) / self.batch_size)

    def batch(self, epoch: int, step: int) -> Batch:
        """Make batch number ``step`` of ``epoch``, both counted from 0."""
        order = stream(self.seed, "order", epoch).permutation(len(self.positions))
        chosen = self.positions[np.array_split(order, self.steps_per_epoch)[step]]
        jitters = [
            draw_jitter(stream(self.seed, "jitter", epoch, int(case)), self.strength)
            for case in chosen
        ]
        plain = plain_batch(self.pictures, self.masks, chosen)
        images, targets = apply_jitter(plain.images, plain.targets, jitters)
        return Batch(images.contiguous(memory_format=torch.channels_last), targets)


def plain_batch(pictures: Pictures, masks: MaskStack, positions: Indices) -> Batch:
    """Return the cases at ``positions`` as they are."""
    return Batch(
        to_images(read_some(pictures, positions)),
        torch.from_numpy(read_some(masks, positions)).unsqueeze(1).float(),
    )


def to_images(pictures: Pictures) -> Images:
    """Bytes 0..255 with channels last to floats in [0, 1] with channels first."""
    # Channels stay last in memory: the layout in which convolutions are fastest.
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div_(255)
