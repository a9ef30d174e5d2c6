"""Attributions to the pixels of the input, through captum: the only place that knows it."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from twinseg.core.errors import ConfigError
from twinseg.explanation.foreground import Reading, answer_of
from twinseg.explanation.question import Asked
from twinseg.explanation.shapes import Heat, Inputs, PerImage, Plane

STEPS = 32  # points between the baseline and the image
EVALUATIONS_AT_ONCE = 16
PATCHES_PER_SIDE = 16  # a hidden patch is a sixteenth of the shorter side


def integrated_gradients(
    network: nn.Module, images: Inputs, asked: Sequence[Asked], *, reading: Reading
) -> list[Heat]:
    """Path integral of the gradient from 0, that is, the mean colour where images are normalised.

    Sundararajan et al. 2017 (arXiv:1703.01365), eq. 1, by Gauss-Legendre with `STEPS` points,
    summed over colours: all pixels together give score(image) - score(baseline).
    """
    method = _captum().IntegratedGradients(_scorer(network, reading))
    return [
        method.attribute(
            images,
            additional_forward_args=(question.weights,),
            n_steps=STEPS,
            internal_batch_size=EVALUATIONS_AT_ONCE,
        )
        .sum(dim=1)
        .float()
        for question in asked
    ]


def occlusion(
    network: nn.Module, images: Inputs, asked: Sequence[Asked], *, reading: Reading
) -> list[Heat]:
    """How far the score falls when a patch is hidden by 0, averaged over the patches on a pixel.

    Zeiler & Fergus 2014 (arXiv:1311.2901), section 4.2; half a patch from one to the next.
    """
    side = max(2, min(images.shape[2:]) // PATCHES_PER_SIDE)
    window = (images.shape[1], *[side] * (images.ndim - 2))
    strides = (images.shape[1], *[max(1, side // 2)] * (images.ndim - 2))
    method = _captum().Occlusion(_scorer(network, reading))
    at_once = max(1, EVALUATIONS_AT_ONCE // len(images))
    with torch.no_grad():
        return [
            method.attribute(
                images,
                sliding_window_shapes=window,
                strides=strides,
                additional_forward_args=(question.weights,),
                perturbations_per_eval=at_once,
            )[:, 0].float()
            for question in asked
        ]


def _scorer(network: nn.Module, reading: Reading) -> Callable[[Tensor, Plane], PerImage]:
    def score(images: Tensor, weights: Plane) -> PerImage:
        logits = answer_of(network, images, reading).float()
        return (weights * logits).flatten(1).sum(dim=1)

    return score


def _captum() -> Any:
    try:
        import captum.attr
    except ImportError as error:
        raise ConfigError(
            "integrated_gradients and occlusion need captum; pip install 'twinseg[captum]'"
        ) from error
    return captum.attr
