"""What a network's own encoder makes of pictures: mean and spread of its channels."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from twinseg.core.arrays import Pictures
from twinseg.data.batches import to_images
from twinseg.prediction.predict import IMAGES_AT_ONCE, filled_up
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
    with features_noted(trained) as noted:
        for start in range(0, len(pictures), IMAGES_AT_ONCE):
            some = pictures[start : start + IMAGES_AT_ONCE]
            encoder(trained.normalise(to_images(filled_up(some)).to(device)))
    return np.concatenate(noted)[: len(pictures)]


@contextmanager
def features_noted(trained: TrainedModel) -> Iterator[list[Features]]:
    """Yield a list to which each batch adds its features as it goes through the network.

    So they cost next to nothing where the network answers anyway.
    """
    noted: list[Features] = []

    def note(_encoder: nn.Module, _given: object, stages: Sequence[torch.Tensor]) -> None:
        full = (stage for stage in stages[:-1] if stage.shape[1])  # transformers have an empty one
        parts = [part for stage in full for part in _mean_and_spread(stage)]
        noted.append(torch.cat(parts, dim=1).float().cpu().numpy())

    hook = trained.network.get_submodule("encoder").register_forward_hook(note)
    try:
        yield noted
    finally:
        hook.remove()


def _mean_and_spread(stage: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each channel over the plane, (case, channel); `std` warns of planes of one pixel."""
    mean = stage.mean((2, 3), keepdim=True)
    return mean.flatten(1), (stage - mean).square().mean((2, 3)).sqrt()
