"""All methods by name. A new one is a function and a line here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twinseg.explanation.channel_methods import ablation_cam, score_cam
from twinseg.explanation.eigen_methods import eigen_cam, seg_eigen_cam
from twinseg.explanation.gradient_methods import (
    grad_cam,
    grad_cam_plus_plus,
    hires_cam,
    layer_cam,
    xgrad_cam,
)
from twinseg.explanation.input_methods import integrated_gradients, occlusion
from twinseg.explanation.shapes import Activation, FeatureWeights, Heat


@dataclass(frozen=True, kw_only=True)
class Method:
    """How a map is made, what its values are, and whether tiles of one picture share a scale."""

    unit: str = "logit"
    one_scale_over_tiles: bool = True


@dataclass(frozen=True)
class OfGradient(Method):
    """From activation and gradient of a layer."""

    heat: Callable[[Activation, Activation], Heat]


@dataclass(frozen=True)
class OfActivation(Method):
    """From the activation of a layer alone: it answers no question."""

    heat: Callable[[Activation], Heat]


@dataclass(frozen=True)
class OfFeatures(Method):
    """From one weight per feature, found by further forward passes."""

    weights: Callable[..., Sequence[FeatureWeights]]


@dataclass(frozen=True)
class OfInput(Method):
    """For the pixels of the input; the layer is always ``input``."""

    heat: Callable[..., list[Heat]]


INPUT = "input"
METHODS: dict[str, Method] = {
    "grad_cam": OfGradient(grad_cam),
    "grad_cam_plus_plus": OfGradient(grad_cam_plus_plus),
    "hires_cam": OfGradient(hires_cam),
    "xgrad_cam": OfGradient(xgrad_cam),
    "layer_cam": OfGradient(layer_cam),
    "seg_eigen_cam": OfGradient(seg_eigen_cam, one_scale_over_tiles=False),
    "eigen_cam": OfActivation(eigen_cam, unit="activation", one_scale_over_tiles=False),
    "score_cam": OfFeatures(score_cam, unit="activation", one_scale_over_tiles=False),
    "ablation_cam": OfFeatures(ablation_cam, unit="logit x activation"),
    "integrated_gradients": OfInput(integrated_gradients),
    "occlusion": OfInput(occlusion),
}
