"""What training minimises."""

from torch import Tensor
from torch.nn import functional

from twinseg.core.tensors import Logits, Targets

_AXES_OF_A_CASE = (1, 2, 3)
_ALL_AXES = (0, 1, 2, 3)


def dice_and_cross_entropy(logits: Logits, targets: Targets, *, dice: str = "case") -> Tensor:
    """Half binary cross-entropy, half soft Dice loss; a scalar >= 0.

    Dice is smoothed by one pixel (Milletari et al. 2016), so that a case without an object has a
    value too: 0 where nothing is marked, and near 1 wherever much is.

    Args:
        logits: Of the foreground.
        targets: 0 or 1, of the same shape.
        dice: ``case``: the mean over cases, of which each counts alike however large its object;
            ``batch``: all cases as one image, in which large objects outweigh small ones.
    """
    logits = logits.float()  # sums over a batch overflow the precision of bfloat16
    probabilities = logits.sigmoid()
    axes = _AXES_OF_A_CASE if dice == "case" else _ALL_AXES
    overlap = 2 * (probabilities * targets).sum(axes) + 1
    both = probabilities.sum(axes) + targets.sum(axes) + 1
    entropy = functional.binary_cross_entropy_with_logits(logits, targets)
    return (entropy + (1 - overlap / both).mean()) / 2
