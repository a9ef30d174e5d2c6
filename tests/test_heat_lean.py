"""The lean backward pass has the gradients of the usual one."""

import pytest
import torch
from torch import Tensor

from tests.heat_networks import noise
from twinseg.explanation.lean_backward import lean_backward


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"padding": 1},
        {"stride": 2, "padding": 1},  # of 8 places the last is not at the end of a step
        {"stride": 3, "padding": 2},
        {"dilation": 2, "padding": 2},
        {"padding": "same"},
        {"groups": 2},
    ],
)
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("joined", [True, False])
def test_convolutions(options: dict, axes: int, *, joined: bool) -> None:
    # Fails if places that a stride does not reach are padded with 0, or if the wrong channels of
    # the weight are taken.
    convolve = torch.conv2d if axes == 2 else torch.conv3d
    part, skip = noise(2, 4, *[8] * axes), noise(2, 2, *[8] * axes, seed=1)
    channels = (6 if joined else 4) // options.get("groups", 1)
    weight = noise(4, channels, *[3] * axes, seed=2) - 0.5

    def gradient() -> Tensor:
        asked = part.clone().requires_grad_()
        whole = torch.cat([skip, asked], dim=1) if joined else asked
        out = convolve(whole, weight, torch.ones(4), **options)
        (found,) = torch.autograd.grad((out * noise(*out.shape, seed=3)).sum(), asked)
        return found

    usual = gradient()
    with lean_backward():
        lean = gradient()
    torch.testing.assert_close(lean, usual)


def test_a_joined_map_that_was_written_into_keeps_the_usual_gradient() -> None:
    part = (noise(1, 2, 4, 4) - 0.5).requires_grad_()
    weight = noise(1, 3, 3, 3, seed=1)

    def gradient() -> Tensor:
        whole = torch.relu_(torch.cat([part, noise(1, 1, 4, 4)], dim=1))
        (found,) = torch.autograd.grad(torch.conv2d(whole, weight).sum(), part)
        return found

    usual = gradient()
    with lean_backward():
        torch.testing.assert_close(gradient(), usual)
