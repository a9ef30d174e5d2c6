"""A folded network answers as the one it is of, but for rounding, and leaves that one alone."""

import copy

import pytest
import torch
from torch import nn

from twinseg.training.folding import folded
from twinseg.training.network import build_network


def norms(network: nn.Module) -> int:
    return sum(isinstance(part, nn.BatchNorm2d) for part in network.modules())


def seasoned(network: nn.Module) -> nn.Module:
    """Give batch norms something to fold: all but 0 and 1."""
    generator = torch.Generator().manual_seed(0)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            for numbers in (part.running_mean, part.bias.data):
                numbers.normal_(0, 0.1, generator=generator)
            for numbers in (part.running_var, part.weight.data):
                numbers.uniform_(0.5, 1.5, generator=generator)
    return network.eval()


@pytest.mark.parametrize("encoder", ["mobilenet_v2", "resnet18", "tu-tf_efficientnet_lite0"])
@torch.no_grad()
def test_answers_are_the_same_and_the_network_stays(encoder: str) -> None:
    network = seasoned(build_network(encoder, seed=0))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    pictures = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    faster = folded(network)
    exact = copy.deepcopy(network).double()(pictures.double())
    rounding = (network(pictures) - exact).abs().max()
    assert (faster(pictures) - exact).abs().max() <= 4 * rounding
    # Padding that depends on the size of what is shown cannot be followed.
    assert (norms(faster) < norms(network)) == (encoder != "tu-tf_efficientnet_lite0")
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


class Wayward(nn.Module):
    """A network whose path depends on what it is shown."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return -pictures if pictures.mean() > 0 else pictures


def test_a_graph_that_cannot_be_followed_stays_as_it_is() -> None:
    faster = folded(Wayward().eval())
    assert torch.equal(faster(torch.ones(1, 3, 8, 8)), -torch.ones(1, 3, 8, 8))


def test_the_numbers_are_those_on_paper() -> None:
    norm = nn.BatchNorm2d(1, eps=0.0)
    network = nn.Sequential(nn.Conv2d(1, 1, 1), norm).eval()
    network[0].weight.data.fill_(3)
    network[0].bias.data.fill_(1)
    norm.running_mean.fill_(4)
    norm.running_var.fill_(4)
    norm.weight.data.fill_(2)
    norm.bias.data.fill_(5)
    only = next(part for part in folded(network).modules() if isinstance(part, nn.Conv2d))
    assert only.weight.item() == pytest.approx(3 * 2 / 2)  # times weight, by the deviation
    assert only.bias.item() == pytest.approx((1 - 4) * 2 / 2 + 5)
