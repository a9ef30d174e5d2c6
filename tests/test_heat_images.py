"""Images and models that `explain` cannot take are refused in plain words, in one line."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.heat_networks import TinyUNet, noise
from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation import explain

pytestmark = pytest.mark.usefixtures("as_users_run_it")


def say(images: Tensor | np.ndarray, network: object | None = None, **more) -> str:
    with pytest.raises((ConfigError, DataError)) as caught:
        explain(network or TinyUNet(), images, layer="decoder.0", **more)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("output", [None, "logit"])
@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((3, 8, 8), r"a single image needs an axis in front: image[None]"),
        ((2, 8, 8, 3), "bring the channels to the second axis: images.movedim(-1, 1)"),
        ((2, 1, 8, 8), "its first convolution takes 3 channels, not 1"),
        ((2, 3, 4, 8, 8), "it takes 4 axes"),
        ((2, 3, 7, 7), "it says: "),  # whatever torch makes of sizes that do not fit
    ],
)
def test_images_of_another_shape(shape: tuple[int, ...], said: str, output: str | None) -> None:
    line = say(noise(*shape), output=output)
    assert line.startswith(f"the network fails on images of {' x '.join(map(str, shape))}, read as")
    assert said in line


def test_a_path_is_no_network() -> None:
    assert say(noise(1, 3, 8, 8), "runs/a").endswith(
        "got str; load a run folder by twinseg.load_trained(folder)"
    )


def test_a_network_that_runs_without_gradients_is_told_from_an_unused_layer() -> None:
    class Frozen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.decoder = nn.Sequential(nn.Conv2d(3, 1, 1))

        @torch.no_grad()
        def forward(self, images: Tensor) -> Tensor:
            return self.decoder(images)

    line = say(noise(1, 3, 8, 8), Frozen(), output="logit")
    assert line.endswith("name another, or let it run without torch.no_grad inside")
