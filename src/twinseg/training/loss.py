"""What training minimises."""

from torch import Tensor
from torch.nn import functional

from twinseg.core.tensors import Logits, Targets


def dice_and_cross_entropy(logits: Logits, targets: Targets) -> Tensor:
    """Half binary cross-entropy, half soft Dice loss over the whole batch; a scalar >= 0.

    Dice is taken over the batch as one image, so that images without foreground have a gradient
    too and none of them is worth a division by zero (Milletari et al. 2016, smoothed by 1 pixel).
    """
    logits = logits.float()  # sums over a batch overflow the precision of bfloat16
    probabilities = logits.sigmoid()
    overlap = 2 * (probabilities * targets).sum() + 1
    dice = overlap / (probabilities.sum() + targets.sum() + 1)
    return (functional.binary_cross_entropy_with_logits(logits, targets) + 1 - dice) / 2
