"""Layers with channels last and layers of tokens give the maps of the same network in pictures."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.heat_networks import OF_LAYERS, noise
from twinseg.core.errors import ConfigError
from twinseg.explanation import explain
from twinseg.explanation.layout import layout_of


class Block(nn.Module):
    """One weight matrix over the channels, wherever they are."""

    def __init__(self, order: str, channels: int) -> None:
        super().__init__()
        self.order, self.weight = order, nn.Parameter(torch.empty(channels, channels))

    def forward(self, values: Tensor) -> Tensor:
        if self.order == "first":
            return torch.relu(torch.einsum("nchw,cd->ndhw", values, self.weight))
        if self.order == "mixed":  # nothing tells the axes but the shape
            return torch.relu(torch.einsum("nhwc,cd->nhwd", values, self.weight))
        return torch.relu(values @ self.weight)


class Orders(nn.Module):
    """The same network with its middle in pictures, channels last, or tokens with a class token."""

    def __init__(self, order: str, channels: int = 5, *, side: str = "before") -> None:
        super().__init__()
        self.order, self.side = order, side
        self.stem, self.head = nn.Conv2d(3, channels, 3, padding=1), nn.Conv2d(channels, 1, 1)
        self.body = Block(order, channels)
        generator = torch.Generator().manual_seed(3)
        for weight in self.parameters():
            weight.data = torch.randn(weight.shape, generator=generator)

    def forward(self, images: Tensor) -> Tensor:
        values = self.stem(images)
        image, channel, height, width = values.shape
        if self.order == "first":
            return self.head(self.body(values))
        if self.order in ("last", "mixed"):
            return self.head(self.body(values.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))
        more, side = int(self.order.removeprefix("tokens")), self.side
        tokens = values.flatten(2).transpose(1, 2)
        others = tokens.new_ones(image, more, channel)
        joined = [tokens, others] if side == "behind" else [others, tokens]
        if side == "padded":  # joined by nothing that could be noted
            tokens = self.body(nn.functional.pad(tokens, (0, 0, more, 0), value=1))
        else:
            tokens = self.body(torch.cat(joined, dim=1))
        places = tokens[:, : height * width] if side == "behind" else tokens[:, more:]
        places = places.transpose(1, 2)
        return self.head(places.reshape(image, channel, height, width))


@pytest.mark.parametrize(
    ("order", "space"),
    [("last", (8, 8)), ("mixed", (8, 11)), ("tokens0", (8, 11)), ("tokens1", (8, 8))],
)
@pytest.mark.parametrize("method", OF_LAYERS)
def test_all_orders_give_the_map_of_channels_first(
    order: str, method: str, space: tuple[int, int]
) -> None:
    images = noise(2, 3, *space)
    found, expected = (
        explain(Orders(o), images, region="box:0,0,4,8", layer="body", method=method)
        for o in (order, "first")
    )
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-3, atol=1e-5)
    assert found.on_images().shape == (2, *space)


@pytest.mark.parametrize("method", OF_LAYERS)
@pytest.mark.parametrize(("order", "space"), [("tokens1", (8, 11)), ("tokens5", (8, 8))])
def test_other_tokens_behind_those_of_the_grid(
    order: str, space: tuple[int, int], method: str
) -> None:
    images = noise(2, 3, *space)
    found, expected = (
        explain(network, images, region="box:0,0,4,8", layer="body", method=method)
        for network in (Orders(order, side="behind"), Orders("first"))
    )
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-3, atol=1e-5)


def test_the_side_of_other_tokens_is_asked_for_where_only_their_number_fits() -> None:
    images, asked = noise(1, 3, 8, 8), {"region": "box:0,0,4,8", "layer": "body"}
    network = Orders("tokens1", side="padded")
    expected = explain(Orders("first"), images, **asked).values
    with pytest.raises(ConfigError, match=r"tokens 1\+8x8 or tokens 8x8\+1; say which by reshape"):
        explain(network, images, **asked)
    found = explain(network, images, reshape="1+8x8", **asked).values
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)
    network.num_prefix_tokens = 1  # as timm's transformers say it
    found = explain(network, images, **asked).values
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


class Mixer(nn.Module):
    """MLP-Mixer: one linear layer over the places, one over the channels, as timm turns them."""

    def __init__(self, channels: int, *, by: str) -> None:
        super().__init__()
        self.by, self.stem = by, nn.Conv2d(3, channels, 1)
        self.tokens, self.channels = nn.Linear(36, 36), nn.Linear(channels, channels)
        self.head = nn.Conv2d(channels, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        values = self.stem(images)
        if self.by == "turned":
            values = self.channels(values.flatten(2).transpose(1, 2))
            values = self.tokens(values.transpose(1, 2))
        else:
            values = self.tokens(values.reshape(*values.shape[:2], -1))
        return self.head(values.reshape(len(images), -1, 6, 6))


@pytest.mark.parametrize("by", ["turned", "reshaped"])
@pytest.mark.parametrize("channels", [24, 36, 9])
def test_a_linear_layer_over_places_keeps_its_channels(channels: int, by: str) -> None:
    torch.manual_seed(0)
    network, images = Mixer(channels, by=by), noise(2, 3, 6, 6)
    asked = {"region": "box:0,0,4,5", "layer": "tokens", "method": "hires_cam"}
    kept: list[Tensor] = []
    with network.tokens.register_forward_hook(lambda _m, _i, out: kept.append(out)):
        score = network(images)[:, 0, :4, :5].mean(dim=(1, 2)).sum()
    (gradient,) = torch.autograd.grad(score, kept)
    expected = (gradient * kept[0]).sum(dim=1).reshape(2, 6, 6).detach()
    found = explain(network, images, **asked).values
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_as_many_channels_as_places_are_told_by_origin_or_asked_for() -> None:
    images, asked = noise(1, 3, 8, 8), {"region": "box:0,0,4,8", "layer": "body"}
    expected = explain(Orders("first", 8), images, reshape="first", **asked).values
    for order in ("last", "tokens0"):  # a product with a matrix has its channels last
        found = explain(Orders(order, 8), images, **asked).values
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)
    said = r"body hands on 1 x 8 x 8 x 8 for .* channels first or channels last; say which by resh"
    with pytest.raises(ConfigError, match=said):
        explain(Orders("mixed", 8), images, **asked)
    found = explain(Orders("mixed", 8), images, reshape="last", **asked).values
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_convolution_of_as_many_channels_as_places_is_not_asked_for() -> None:
    # 64 channels on 64 x 64 places, as in the decoder of our own networks at 256 px.
    network = nn.Sequential(
        nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8), nn.ReLU(True), nn.Conv2d(8, 1, 1)
    )
    for layer in ("0", "1", "2"):
        assert explain(network, noise(1, 3, 8, 8), layer=layer, region="point:1,1").values.any()


def values(*shape: int) -> Tensor:
    return torch.zeros(shape)


@pytest.mark.parametrize(
    ("shape", "space", "said", "grid", "channels"),
    [
        ((2, 7, 7, 768), (224, 224), None, (7, 7), 768),  # Swin
        ((2, 768, 7, 7), (224, 224), None, (7, 7), 768),
        ((2, 197, 768), (224, 224), "1+14x14", (14, 14), 768),  # ViT
        ((2, 201, 384), (224, 224), "14x14+5", (14, 14), 384),
        ((2, 96, 320), (128, 192), None, (8, 12), 320),
        ((2, 320, 96), (128, 192), "8x12", (8, 12), 320),  # tokens last
        ((2, 13, 19, 64), (101, 150), None, (13, 19), 64),  # rounded up
        ((2, 4, 8, 8, 6), (16, 32, 32), None, (4, 8, 8), 6),  # a volume
        ((2, 100, 64), (224, 224), "10x10", (10, 10), 64),
        ((2, 103, 64), (224, 224), "3+10x10", (10, 10), 64),
        ((2, 20, 30, 16), (224, 224), "last", (20, 30), 16),
    ],
)
def test_grids_counted_by_hand(
    shape: tuple, space: tuple, said: str | None, grid: tuple, channels: int
) -> None:
    layout = layout_of(values(*shape), space, "x", said)
    assert layout.grid == grid
    assert layout.picture(values(*shape)).shape == (2, channels, *grid)


@pytest.mark.parametrize(
    ("shape", "space", "said", "message"),
    [
        ((2, 16, 16, 16), (64, 64), None, "channels first or channels last; say which"),
        ((2, 64, 64), (64, 64), None, "tokens 8x8 or tokens 8x8 behind the channels; say which"),
        ((2, 197, 768), (224, 224), None, r"tokens 1\+14x14 or tokens 14x14\+1; say which"),
        ((2, 99, 71), (224, 224), None, "neither a picture nor tokens of one; say which"),
        ((2, 99, 64), (224, 224), None, "tokens 8x8 behind the channels; say which"),
        ((2, 99, 64), (224, 224), "14x14", "reshape 14x14 does not fit layer x, .* 2 x 99 x 64"),
        ((2, 99, 64), (224, 224), "last", "reshape last does not fit layer x"),
        ((2, 99, 64), (224, 224), "seven", "cannot read reshape 'seven'; write first, last"),
        ((8, 49, 96), (224, 224), "7x7", "8 values for 2 images"),
    ],
)
def test_what_cannot_be_told_is_asked_for(
    shape: tuple, space: tuple, said: str | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        layout_of(values(*shape), space, "x", said, images=2)
    assert "\n" not in str(caught.value)


def test_real_transformers_are_read_as_they_are_built() -> None:
    import timm

    torch.manual_seed(0)
    vit = timm.create_model("vit_tiny_patch16_224", depth=2, img_size=64, num_classes=0)

    class Segments(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vit, self.head = vit, nn.Conv2d(192, 1, 1)

        def forward(self, images: Tensor) -> Tensor:
            tokens = self.vit.forward_features(images)[:, 1:]
            coarse = self.head(tokens.transpose(1, 2).reshape(len(images), 192, 4, 4))
            return nn.functional.interpolate(coarse, scale_factor=16)

    network, images = Segments().eval(), noise(1, 3, 64, 64)
    found = explain(
        network, images, layer="vit.blocks.1", region="box:0,0,32,64", method="hires_cam"
    )
    assert found.values.shape == (1, 4, 4)
    # By hand: gradients of the score at the tokens of the last block.
    kept = []
    network.vit.blocks[1].register_forward_hook(lambda _m, _i, out: kept.append(out))
    score = network(images)[0, 0, :32].mean()
    (gradient,) = torch.autograd.grad(score, kept[0])
    expected = (gradient * kept[0]).sum(dim=2)[:, 1:].reshape(1, 4, 4)
    np.testing.assert_allclose(found.values, expected.detach(), rtol=1e-3, atol=1e-6)
