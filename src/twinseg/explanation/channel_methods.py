"""Methods without gradients: what happens to the score when a feature is shown or taken away.

Each returns, per question, one weight per image and feature; the map is ``sum_k w_k A_k``. All
questions of a batch share the passes: as many as features, hundreds per image, some at once.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from twinseg.explanation.foreground import Reading, answer_of
from twinseg.explanation.interpolation import to_grid
from twinseg.explanation.layers import FeatureMap
from twinseg.explanation.question import Asked
from twinseg.explanation.replay import from_place
from twinseg.explanation.shapes import Activation, FeatureWeights, Inputs, Plane

PASSES_AT_ONCE = 16


def score_cam(
    network: nn.Module,
    images: Inputs,
    place: FeatureMap,
    activation: Activation,
    asked: Sequence[Asked],
    *,
    reading: Reading,
) -> Sequence[FeatureWeights]:
    """Softmax over features of the score of the image seen through each feature.

    Wang et al. 2020 (Score-CAM, arXiv:1910.01279), algorithm 1: the activation, interpolated to the
    image and stretched to [0, 1], multiplies the image as the network sees it, so that hidden
    parts have the mean colour where images are normalised. A feature without contrast hides all.
    """
    scores = []
    with torch.no_grad():
        for number, image in enumerate(images):
            through = to_grid(activation[number], tuple(image.shape[1:]))
            lowest, highest = through.flatten(1).aminmax(dim=1, keepdim=True)
            flat = (through.flatten(1) - lowest) / (highest - lowest)
            seen_through = flat.nan_to_num(0.0, 0.0, 0.0).reshape(through.shape).to(image.dtype)
            logits = [
                answer_of(network, image * some[:, None], reading)
                for some in torch.split(seen_through, PASSES_AT_ONCE)
            ]
            scores.append(_scores(torch.cat(logits), asked, number))
    return list(torch.stack(scores, dim=1).softmax(dim=2))


def ablation_cam(
    network: nn.Module,
    images: Inputs,
    place: FeatureMap,
    activation: Activation,
    asked: Sequence[Asked],
    *,
    reading: Reading,
) -> Sequence[FeatureWeights]:
    """How far the score falls when a feature is set to 0.

    Desai & Ramaswamy 2020 (Ablation-CAM, WACV), eq. 3 without its division by the score: that is
    one number per image, so the picture is the same where it is positive, and where it is not
    the division would turn the map upside down.
    """
    drops = []
    for number in range(len(images)):
        with from_place(network, images[number : number + 1], place, reading) as (own, kept, again):
            logits = torch.cat([again(some) for some in _without_each(kept[0])])
            before = _scores(own, asked, number)
            drops.append(before - _scores(logits, asked, number))
    return list(torch.stack(drops, dim=1))


def _without_each(activation: Tensor) -> Iterator[Tensor]:
    """Yield copies of (feature, *place), each without one feature, some at once."""
    features = torch.arange(len(activation), device=activation.device)
    for some in torch.split(features, PASSES_AT_ONCE):
        copies = activation.repeat(len(some), *[1] * activation.ndim)
        copies[torch.arange(len(some), device=some.device), some] = 0
        yield copies


def _scores(logits: Plane, asked: Sequence[Asked], number: int) -> Tensor:
    """Score of each question on image ``number`` under several logits, (question, pass)."""
    weights = torch.stack([question.weights[number] for question in asked])
    # One question at a time, as all at once would need memory for each.
    return torch.stack([(one * logits.float()).flatten(1).sum(dim=1) for one in weights])
