"""What a network's own encoder makes of pictures: mean and spread of its channels."""

import numpy as np
import torch
from jaxtyping import Float

from twinseg.core.arrays import Pictures
from twinseg.data.batches import to_images
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.training.trained_model import TrainedModel

Features = Float[np.ndarray, "case feature"]


@torch.no_grad()
def network_features(trained: TrainedModel, pictures: Pictures) -> Features:
    """Return mean and standard deviation over the plane of each channel of the encoder's stages.

    The picture itself, normalised, is the first stage; the deepest stage is left out: with more
    channels than training cases it tells these from any others, and hardly a blurred or
    discoloured picture from its original (measured in ``docs/likeness.md``).

    Args:
        trained: The model.
        pictures: At its size.

    Returns:
        float32, (case, feature): the means of a stage, its standard deviations, the next stage.
    """
    encoder = trained.network.get_submodule("encoder")
    device = next(trained.network.parameters()).device
    rows = []
    for start in range(0, len(pictures), IMAGES_AT_ONCE):
        some = pictures[start : start + IMAGES_AT_ONCE]
        filled = np.resize(some, (IMAGES_AT_ONCE, *some.shape[1:]))  # as `probabilities` does
        stages = encoder(trained.normalise(to_images(filled).to(device)))[:-1]
        parts = [part for stage in stages for part in _mean_and_spread(stage)]
        rows.append(torch.cat(parts, dim=1).float().cpu().numpy()[: len(some)])
    return np.concatenate(rows)


def _mean_and_spread(stage: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each channel over the plane, (case, channel); `std` warns of planes of one pixel."""
    mean = stage.mean((2, 3), keepdim=True)
    return mean.flatten(1), (stage - mean).square().mean((2, 3)).sqrt()
