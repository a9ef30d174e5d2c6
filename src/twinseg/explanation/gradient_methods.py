"""Methods from one forward and one backward pass: small functions of activation and gradient.

All are signed and in units of the score: an activation times a change of the score per activation.
No ReLU at the end, as the papers have it: the positive part is taken where a picture is drawn.
``A`` is the activation, ``g`` the gradient of the score, ``k`` a feature, sums run over places.
"""

import torch

from twinseg.explanation.shapes import Activation, FeatureWeights, Heat, spread


def grad_cam(activation: Activation, gradient: Activation) -> Heat:
    """``sum_k mean(g_k) A_k``: one weight per feature.

    Selvaraju et al. 2017 (arXiv:1610.02391), eq. 1 and 2; for segmentation Vinogradova et al.
    2020 (Seg-Grad-CAM, arXiv:2002.11434), eq. 1 and 2.
    """
    return weighted(gradient.flatten(2).mean(dim=2), activation)


def hires_cam(activation: Activation, gradient: Activation) -> Heat:
    """``sum_k g_k A_k``: one weight per feature and place; summed, the first-order share of all.

    Draelos & Carin 2020 (arXiv:2011.08891), eq. 5; for segmentation Rheude et al. 2024
    (Seg-HiRes-Grad-CAM, arXiv:2402.01287).
    """
    return (gradient * activation).sum(dim=1)


def grad_cam_plus_plus(activation: Activation, gradient: Activation) -> Heat:
    """``sum_k (sum alpha_k relu(g_k)) A_k`` with ``alpha = 1 / (2 + g sum A)`` where ``g != 0``.

    Chattopadhay et al. 2018 (arXiv:1710.11063), eq. 19 divided above and below by ``g^2``, which
    needs no small constant; the common factor ``exp(score)`` is left out, as everyone does.
    The derivation holds for activations after a ReLU. Elsewhere the divisor may reach 0: an image
    in which a divisor of a positive ``g`` is not above 0 gets a map of NaN.
    """
    divisor = 2 + gradient * spread(activation.flatten(2).sum(dim=2), activation)
    rising = gradient > 0
    weights = torch.where(rising, gradient / divisor, 0).flatten(2).sum(dim=2)
    sound = ((divisor > 0) | ~rising).flatten(1).all(dim=1)
    heat = weighted(weights, activation)
    return torch.where(spread(sound, heat), heat, torch.nan)


def xgrad_cam(activation: Activation, gradient: Activation) -> Heat:
    """``sum_k (sum g_k A_k / sum A_k) A_k``: gradients averaged by activation.

    Fu et al. 2020 (arXiv:2008.02312), eq. 9. A feature whose activations sum to 0 has no such
    average and counts 0; after a ReLU it is 0 everywhere anyway.
    """
    total = activation.flatten(2).sum(dim=2)
    share = (gradient * activation).flatten(2).sum(dim=2)
    return weighted(torch.where(total != 0, share / total, 0), activation)


def layer_cam(activation: Activation, gradient: Activation) -> Heat:
    """``sum_k relu(g_k) A_k``: places whose activation raises the score.

    Jiang et al. 2021 (LayerCAM, IEEE TIP 30:5875), eq. 4 and 5.
    """
    return (gradient.relu() * activation).sum(dim=1)


def weighted(weights: FeatureWeights, activation: Activation) -> Heat:
    """Sum of the features by their weights, in full precision also where autocast is on."""
    with torch.autocast(activation.device.type, enabled=False):
        return torch.einsum("nk,nk...->n...", weights, activation)
