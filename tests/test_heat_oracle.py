"""Against pytorch-grad-cam, after the stretching it does to every map; and where it is wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.heat_networks import noise
from twinseg.explanation import box, explain
from twinseg.explanation.eigen_methods import eigen_cam

rivals = pytest.importorskip("pytorch_grad_cam", reason="grad-cam is not installed")
ORACLES = {
    "grad_cam": "GradCAM",
    "grad_cam_plus_plus": "GradCAMPlusPlus",
    "hires_cam": "HiResCAM",
    "xgrad_cam": "XGradCAM",
    "layer_cam": "LayerCAM",
    "seg_eigen_cam": "SegEigenCAM",
    "score_cam": "ScoreCAM",
    "ablation_cam": "AblationCAM",
}
ROWS = box((0, 0), (5, 12))


def network() -> nn.Sequential:
    """Without in-place layers, which would spoil the oracle's record."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1)
        ).eval()


def stretched(heat: np.ndarray) -> np.ndarray:
    """Positive part, each map to [0, 1]."""
    heat = np.maximum(heat, 0)
    low, high = (edge(heat, axis=(1, 2), keepdims=True) for edge in (np.min, np.max))
    return (heat - low) / (high - low)


def of_rival(name: str, model: nn.Module, images: Tensor, score: Callable[[Tensor], Tensor]) -> Any:
    kind = getattr(rivals, name)
    with kind(model=model, target_layers=[model[1]]) as cam:
        return cam(input_tensor=images, targets=[score] * len(images))


@pytest.mark.parametrize("method", ORACLES)
def test_maps_agree_with_the_oracle(method: str) -> None:
    images = noise(2, 3, 12, 12)
    ours = explain(network(), images, layer="1", method=method, region=ROWS, score="sum").values
    theirs = of_rival(ORACLES[method], network(), images, lambda out: out[0, :5].sum())
    for mine, other in zip(stretched(ours), theirs, strict=True):
        assert np.corrcoef(mine.ravel(), other.ravel())[0, 1] >= 0.9999


def test_the_oracle_adds_a_constant_that_swallows_small_gradients() -> None:
    # Of a mean over many pixels the gradients are small: g^2 is far below the 1e-6 added to the
    # divisor, and alpha becomes 1e6 g^2 in place of nearly 1/2. Ours is eq. 19 as printed.
    images = noise(1, 3, 12, 12)
    model = network()
    activation = model[1](model[0](images)).detach().requires_grad_()
    score = 1e-3 * model[2](activation)[0, 0, :5].mean()
    (g,) = torch.autograd.grad(score, activation)
    g, a = g.double(), activation.detach().double()
    alpha = g**2 / (2 * g**2 + a.sum(dim=(2, 3), keepdim=True) * g**3)
    weights = torch.where(g == 0, 0, alpha * g.relu()).sum(dim=(2, 3), keepdim=True)
    published = stretched((weights * a).sum(dim=1).numpy())

    model[2].weight.data *= 1e-3
    ours = explain(model, images, layer="1", method="grad_cam_plus_plus", region=ROWS).values
    np.testing.assert_allclose(stretched(ours), published, atol=1e-4)
    theirs = of_rival("GradCAMPlusPlus", model, images, lambda out: out[0, :5].mean())
    assert abs(theirs - published).max() > 0.01


def test_eigen_cam_is_the_paper_s_where_the_oracle_centres() -> None:
    activation = network()[1](network()[0](noise(1, 3, 12, 12))).detach()
    matrix = activation[0].flatten(1).T.double().numpy()  # (place, feature)
    _, _, right = np.linalg.svd(matrix, full_matrices=False)
    published = abs(matrix @ right[0])  # all of one sign after a ReLU
    np.testing.assert_allclose(eigen_cam(activation).ravel(), published, rtol=1e-4)
    # The oracle subtracts the mean of each feature first, which the paper does not, and keeps the
    # sign that its solver happens to return.
    theirs = of_rival("EigenCAM", network(), noise(1, 3, 12, 12), lambda out: out.sum())
    mine = stretched(published.reshape(1, 12, 12))
    assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] < 0.99


def test_the_oracle_explains_another_layer_before_an_in_place_relu() -> None:
    def mixed(*, inplace: bool) -> nn.Sequential:
        model = network()
        return nn.Sequential(nn.Identity(), model[0], nn.ReLU(inplace=inplace), model[2])

    images = noise(1, 3, 12, 12)
    apart, inside = (
        explain(mixed(inplace=i), images, layer="1", method="hires_cam", region=ROWS).values
        for i in (False, True)
    )
    np.testing.assert_allclose(apart, inside, rtol=1e-5, atol=1e-8)
    # Where the ReLU is shut the gradient is 0, so what is spoiled shows in Grad-CAM.
    maps = [
        of_rival("GradCAM", mixed(inplace=i), images, lambda out: out[0, :5].mean())
        for i in (False, True)
    ]
    ours = [explain(mixed(inplace=i), images, layer="1", region=ROWS).values for i in (False, True)]
    np.testing.assert_allclose(ours[0], ours[1], rtol=1e-5, atol=1e-8)
    assert np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1] < 0.99


def test_monai_s_grad_cam_asks_for_the_sum_of_all_logits() -> None:
    # There is no region to name; before its ReLU and stretching it is ours of the whole image.
    monai = pytest.importorskip("monai.visualize", reason="monai is not installed")
    images = noise(2, 3, 12, 12)
    cam = monai.GradCAM(nn_module=network(), target_layers="1", postprocessing=lambda heat: heat)
    ours = explain(network(), images, layer="1", region=box((0, 0), (12, 12)), score="sum").values
    np.testing.assert_allclose(
        np.maximum(ours, 0), cam(x=images, class_idx=0)[:, 0].detach(), rtol=1e-4
    )


def test_monai_s_grad_cam_plus_plus_weighs_places_by_their_own_logits() -> None:
    # exp(score) is one number per image in eq. 19; of a segmentation it becomes exp(logit) of each
    # pixel, multiplied onto the gradient at that place. With a head that sees one pixel the
    # gradients are equal at all places, so nothing else differs.
    monai = pytest.importorskip("monai.visualize", reason="monai is not installed")
    images = noise(1, 3, 12, 12)
    model = nn.Sequential(network()[0], nn.ReLU(), nn.Conv2d(8, 1, 1))
    model[2].weight.data = torch.linspace(-20, 20, 8).view(1, 8, 1, 1)
    whole = {"region": box((0, 0), (12, 12)), "score": "sum"}
    ours = explain(model, images, layer="1", method="grad_cam_plus_plus", **whole).values[0]
    # Only now, as its hooks stay on the model.
    cam = monai.GradCAMpp(nn_module=model, target_layers="1", postprocessing=lambda heat: heat)
    theirs = cam(x=images, class_idx=0)[0, 0].detach().numpy()
    activation = model[:2](images)[0].detach()
    gradient = model[2].weight.detach()[0]
    alpha = gradient.relu() / (2 + gradient * activation.sum(dim=(1, 2), keepdim=True))
    places = activation[0].numel()
    np.testing.assert_allclose(ours, (places * alpha * activation).sum(dim=0), rtol=1e-4)
    by_logit = alpha * model(images)[0].exp().sum().detach()
    np.testing.assert_allclose(theirs, (by_logit * activation).sum(dim=0), rtol=1e-3)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99  # one place cannot tell
