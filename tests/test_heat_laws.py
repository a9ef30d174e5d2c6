"""Laws that hold for every network and image, on random ones."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.heat_networks import TinyUNet, noise
from twinseg.explanation import METHODS, Region, box, explain
from twinseg.explanation.methods import OfInput

seeds = st.integers(0, 2**31)
few = settings(max_examples=8, deadline=None)
LINEAR = ("grad_cam", "hires_cam", "xgrad_cam", "ablation_cam", "integrated_gradients")
ALL = box((0, 0), (8, 8))


def maps(
    network: TinyUNet, images: Tensor, method: str, region: str | Region, **more: str
) -> Tensor:
    layer = "input" if isinstance(METHODS[method], OfInput) else "decoder.0"
    found = explain(network, images, method=method, region=region, **{"layer": layer} | more)
    return torch.from_numpy(found.values)


@pytest.mark.parametrize("method", LINEAR)
@given(seed=seeds, cut=st.integers(1, 7))
@few
def test_sums_over_disjoint_regions_add_up(method: str, seed: int, cut: int) -> None:
    network, images = TinyUNet(seed=seed), noise(2, 3, 8, 8, seed=seed)
    above, below, whole = (
        maps(network, images, method, region, score="sum")
        for region in (box((0, 0), (cut, 8)), box((cut, 0), (8, 8)), ALL)
    )
    torch.testing.assert_close(above + below, whole, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", LINEAR)
@given(seed=seeds)
@few
def test_target_less_non_target_is_the_whole_image(method: str, seed: int) -> None:
    # Non-target asks for the evidence against: its map is minus that of the other pixels.
    network, images = TinyUNet(seed=seed), noise(2, 3, 8, 8, seed=seed)
    with torch.no_grad():
        network.head.bias -= network(images).mean()  # so that both have pixels
    target, other, whole = (
        maps(network, images, method, region, score="sum")
        for region in ("target", "non-target", ALL)
    )
    torch.testing.assert_close(target - other, whole, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_map_does_not_depend_on_the_others_in_the_batch(method: str) -> None:
    network, images = TinyUNet(), noise(3, 3, 8, 8)
    together = maps(network, images, method, "lesion:1")
    for number in range(3):
        alone = maps(network, images[number : number + 1], method, "lesion:1")
        torch.testing.assert_close(alone[0], together[number], equal_nan=True)


@pytest.mark.parametrize("method", METHODS)
def test_maps_turn_with_the_image_in_a_network_that_does(method: str) -> None:
    network, images = TinyUNet(), noise(2, 3, 8, 8)
    for weight in network.parameters():
        if weight.ndim == 4:
            weight.data = (weight + weight.flip(3)).detach() / 2
    plain = maps(network, images, method, "target")
    turned = maps(network, images.flip(3), method, "target")
    # Where patches leave off at the border is not symmetric for an even number of pixels.
    torch.testing.assert_close(turned.flip(2), plain, rtol=1e-4, atol=1e-5, equal_nan=True)


@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("eigen_cam", "score_cam")])
def test_a_constant_network_has_maps_of_zero(method: str) -> None:
    network = TinyUNet()
    network.head.weight.data.zero_()
    network.head.bias.data.fill_(1.0)
    assert (maps(network, noise(2, 3, 8, 8), method, "target") == 0).all()
    assert maps(network, noise(2, 3, 8, 8), method, "non-target").isnan().all()
    assert (maps(network, noise(2, 3, 8, 8), method, "non-target", score="sum") == 0).all()


@pytest.mark.parametrize("method", ["grad_cam", "hires_cam", "layer_cam", "seg_eigen_cam"])
def test_twice_the_evidence_is_twice_the_value(method: str) -> None:
    # What stretching each map to [0, 1] destroys.
    network, images = TinyUNet(), noise(2, 3, 8, 8)
    plain = maps(network, images, method, ALL)
    network.head.weight.data *= 2
    torch.testing.assert_close(maps(network, images, method, ALL), 2 * plain)


@given(seed=seeds)
@few
def test_all_places_together_give_the_score(seed: int) -> None:
    # HiResCAM where what follows is linear without bias; integrated gradients from score to score.
    network, images = TinyUNet(seed=seed), noise(2, 3, 8, 8, seed=seed)
    network.head.bias.data.zero_()
    with torch.no_grad():
        score, nothing = (network(x).mean(dim=(1, 2, 3)) for x in (images, 0 * images))
    hires = maps(network, images, "hires_cam", ALL, layer="decoder")
    torch.testing.assert_close(hires.sum(dim=(1, 2)), score, rtol=1e-4, atol=1e-5)
    integrated = maps(network, images, "integrated_gradients", ALL)
    torch.testing.assert_close(integrated.sum(dim=(1, 2)), score - nothing, rtol=0.02, atol=1e-3)
