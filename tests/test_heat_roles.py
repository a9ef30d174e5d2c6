"""Which module plays which role: through wrappers, beside other networks, without channels."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.heat_networks import OF_LAYERS, TinyUNet, noise
from twinseg.core.errors import ConfigError
from twinseg.explanation import explain


class Beside(nn.Module):
    """A network with its loss, as training libraries keep them."""

    def __init__(self, network: nn.Module, **more: nn.Module) -> None:
        super().__init__()
        self.net, self.loss = network, nn.BCEWithLogitsLoss()
        for name, module in more.items():
            self.add_module(name, module)

    def forward(self, images: Tensor) -> Tensor:
        return self.net(images)


@pytest.mark.parametrize(
    "wrap",
    [
        nn.DataParallel,
        Beside,
        lambda net: nn.Sequential(net, nn.Sigmoid()),
        lambda net: Beside(nn.DataParallel(torch.compile(net, backend="eager"))),
        lambda net: torch.compile(Beside(net), backend="eager"),
    ],
)
def test_roles_are_found_through_wrappers(wrap: Callable[[nn.Module], nn.Module]) -> None:
    images, asked = noise(1, 3, 8, 8), {"region": "box:0,0,4,8", "method": "hires_cam"}
    network = wrap(TinyUNet())
    for layer in ("bottleneck", "decoder", "decoder.0", "skip.1", "encoder.fine"):
        expected = explain(TinyUNet(), images, layer=layer, **asked).values
        found = explain(network, images, layer=layer, **asked).values
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_of_two_u_nets_the_name_says_which() -> None:
    images, two = noise(1, 3, 8, 8), Beside(TinyUNet(), teacher=TinyUNet(seed=1))
    with pytest.raises(ConfigError, match="holds 2 U-Nets: net, teacher; .* net.bottleneck"):
        explain(two, images)
    expected = explain(TinyUNet(), images).values
    np.testing.assert_allclose(explain(two, images, layer="net.bottleneck").values, expected)


def test_a_step_without_channels_is_refused_with_those_there_are() -> None:
    class Hollow(TinyUNet):
        def forward(self, images: Tensor) -> Tensor:
            return self.head(self.decoder(self.encoder(images)))

    network = Hollow()
    whole = network.encoder.forward
    network.encoder.forward = lambda x: [*whole(x)[:2], x[:, :0], whole(x)[2]]
    said = r"skip.2 hands on no channel .*; there are bottleneck, decoder, skip.1$"
    for method in OF_LAYERS:
        with pytest.raises(ConfigError, match=said):
            explain(network, noise(1, 3, 8, 8), layer="skip.2", method=method)


def test_a_module_that_returns_attention_beside_its_values_is_asked_about() -> None:
    class Attends(nn.Module):
        def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
            return values, values.new_zeros(len(values), 2, 16, 16)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.attends = nn.Conv2d(3, 1, 1), Attends()

        def forward(self, images: Tensor) -> Tensor:
            return self.attends(self.stem(images))[0]

    with pytest.raises(ConfigError, match="attends returns 2 values .* name a module inside of it"):
        explain(Network(), noise(1, 3, 16, 16), layer="attends", output="logit")
