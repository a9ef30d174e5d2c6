"""Layers by role and name, and networks that are not ours: compiled, bf16, softmax, dicts, 3-D."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.heat_networks import TinyUNet, TwoFeatures, noise
from twinseg.core.errors import ConfigError
from twinseg.explanation import explain
from twinseg.training.network import build_network


def test_roles_of_our_networks_are_the_feature_maps_they_say() -> None:
    network = build_network("mobilenet_v2", seed=0).eval()
    images = noise(1, 3, 64, 64)
    features = network.encoder(images)
    for layer, grid in {
        "bottleneck": 2,
        **{f"skip.{k}": features[k].shape[-1] for k in range(1, 5)},
        "decoder": 64,
        "decoder.-1": 64,
        "decoder.0": 4,
        "encoder.features.-1": 2,
        "decoder.blocks.1.conv2": 8,
    }.items():
        maps = explain(network, images, layer=layer, region="box:0,0,64,64")
        assert maps.values.shape == (1, grid, grid), layer
        assert maps.values.any(), layer


def test_a_skip_is_explained_as_it_enters_the_decoder() -> None:
    # Its gradient by hand: the decoder alone, with all feature maps but the skip held fixed.
    network, images = TinyUNet(), noise(2, 3, 8, 8)
    features = [feature.detach() for feature in network.encoder(images)]
    features[1].requires_grad_()
    score = network.head(network.decoder(features)).sum()
    (gradient,) = torch.autograd.grad(score, features[1])
    expected = (gradient * features[1].detach()).sum(dim=1)
    maps = explain(
        network, images, layer="skip.1", region="box:0,0,8,8", score="sum", method="hires_cam"
    )
    torch.testing.assert_close(torch.from_numpy(maps.values), expected)


def test_fused_layers_are_the_mean_on_the_finest_grid() -> None:
    network, images = TinyUNet(), noise(2, 3, 8, 8)
    coarse, fine = (explain(network, images, layer=name) for name in ("bottleneck", "decoder.0"))
    fused = explain(network, images, layer="bottleneck+decoder.0")
    stretched = torch.nn.functional.interpolate(
        torch.from_numpy(coarse.values)[:, None], size=(8, 8), mode="bilinear"
    )[:, 0]
    expected = (stretched + torch.from_numpy(fine.values)) / 2
    torch.testing.assert_close(torch.from_numpy(fused.values), expected)
    assert fused.layer == "bottleneck+decoder.0"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("bottelneck", "unknown layer 'bottelneck'; close ones: bottleneck"),
        ("decoder.7", "unknown layer 'decoder.7'"),
        ("decoder.-3", "unknown layer 'decoder.-3'"),
        ("skip.9", "layer skip.9 is not there: the encoder returns 3"),
        ("skip.0", "the logits do not depend on layer skip.0; name another"),
        ("input", "grad_cam needs a layer of the network, not 'input'"),
    ],
)
def test_layers_that_are_not_there(layer: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        explain(TinyUNet(), noise(1, 3, 8, 8), layer=layer)


def test_methods_that_do_not_fit_the_layer() -> None:
    with pytest.raises(ConfigError, match="occlusion explains the pixels of the input; give layer"):
        explain(TinyUNet(), noise(1, 3, 8, 8), method="occlusion")
    with pytest.raises(ConfigError, match="layers cannot be fused"):
        explain(TinyUNet(), noise(1, 3, 8, 8), method="eigen_cam", layer="bottleneck+decoder")


class Odd(nn.Module):
    """Runs one module twice and another never; hands on a vector, too."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.never = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)
        self.vector = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, images: Tensor) -> Tensor:
        found = self.twice(self.twice(images))
        return found.sum(dim=1, keepdim=True) + self.vector(found).sum()


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("twice", "layer twice runs more than once"),
        ("never", "layer never does not run"),
        ("vector", r"layer vector returns no feature map .* but \(1, 3\)"),
    ],
)
def test_modules_that_cannot_be_explained(layer: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        explain(Odd(), noise(1, 3, 4, 4), layer=layer, output="logit")


def in_a_dict(network: nn.Module) -> nn.Module:
    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder, self.head = network.children()

        def forward(self, images: Tensor) -> dict[str, Tensor]:
            out = self.head(self.decoder(self.encoder(images)))
            return {"out": torch.cat([torch.zeros_like(out), out], dim=1), "aux": out.mean()}

    return Wrapped()


def compiled_inside(network: nn.Module) -> nn.Module:
    network.decoder = torch.compile(network.decoder, backend="eager")
    return network


def compiled_in_place(network: nn.Module) -> nn.Module:
    network.compile(backend="eager")
    return network


@pytest.mark.parametrize(
    "changed",
    [
        in_a_dict,
        lambda network: torch.compile(network, backend="eager"),
        compiled_inside,
        compiled_in_place,
    ],
)
@pytest.mark.parametrize("method", ["grad_cam", "ablation_cam"])
def test_the_same_network_in_other_clothes_has_the_same_maps(
    changed: Callable[[nn.Module], nn.Module], method: str
) -> None:
    images = noise(2, 3, 8, 8)
    other = changed(TinyUNet())
    with torch.no_grad():
        other(images)  # compiles, so that hooks come too late
    for layer in ("bottleneck", "decoder.0"):
        expected = explain(TinyUNet(), images, layer=layer, method=method).values
        found = explain(other, images, layer=layer, method=method).values
        torch.testing.assert_close(torch.from_numpy(found), torch.from_numpy(expected))


def test_bf16_agrees_with_float32_and_hands_back_float32() -> None:
    images = noise(2, 3, 8, 8)
    plain = explain(TinyUNet(), images, layer="decoder.0").values
    half = explain(TinyUNet().bfloat16(), images, layer="decoder.0").values
    assert half.dtype == plain.dtype == "float32"
    assert abs(half - plain).max() < 0.03 * abs(plain).max()
    with torch.autocast("cpu", torch.bfloat16):
        mixed = explain(TinyUNet(), images, layer="decoder.0").values
    assert abs(mixed - plain).max() < 0.03 * abs(plain).max()


def test_volumes_are_explained_like_pictures() -> None:
    maps = explain(TinyUNet(axes=3), noise(2, 3, 4, 8, 6), layer="bottleneck", method="layer_cam")
    assert maps.values.shape == (2, 2, 4, 3)
    assert maps.on_images().shape == (2, 4, 8, 6)


def test_inside_inference_mode_maps_are_made_all_the_same() -> None:
    network = TinyUNet()
    expected = explain(network, noise(1, 3, 8, 8)).values
    with torch.inference_mode():
        found = explain(network, noise(1, 3, 8, 8)).values
    assert (found == expected).all()


def test_networks_of_monai_and_torchvision() -> None:
    from monai.networks.nets import UNet
    from torchvision.models.segmentation import lraspp_mobilenet_v3_large

    monai = UNet(spatial_dims=2, in_channels=3, out_channels=2, channels=(4, 8, 8), strides=(2, 2))
    maps = explain(monai, noise(1, 3, 16, 16), layer="model.0", region="point:5,5")
    assert maps.values.shape == (1, 8, 8)
    assert maps.values.any()
    vision = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=3)
    maps = explain(vision, noise(1, 3, 64, 64), layer="backbone", region="point:9,9", channel=2)
    assert maps.values.any()


def test_a_network_whose_logits_have_no_gradient_is_refused() -> None:
    class Cut(TwoFeatures):
        def forward(self, images: Tensor) -> Tensor:
            return self.head(self.features(images).detach())

    with pytest.raises(ConfigError, match="the logits do not depend on layer features"):
        explain(Cut(1.0, 0.0), noise(1, 1, 4, 4), layer="features")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("method", ["grad_cam", "eigen_cam", "ablation_cam", "occlusion"])
def test_maps_of_a_network_on_cuda_are_those_on_the_processor(method: str) -> None:
    # Fails if images, masks or weights are left on the other device.
    layer = "input" if method == "occlusion" else "decoder.0"
    images, masks = noise(2, 3, 8, 8), noise(2, 8, 8) > 0.5
    plain, there = (
        explain(model, images, region="reference", reference=masks, layer=layer, method=method)
        for model in (TinyUNet(), TinyUNet().cuda())
    )
    np.testing.assert_allclose(there.values, plain.values, rtol=1e-2, atol=1e-3)


def test_the_bottleneck_of_a_monai_u_net_by_name_and_of_an_smp_one_by_role() -> None:
    # Two other families, asked what both have: the coarsest feature map.
    from monai.networks.nets import BasicUNet
    from segmentation_models_pytorch import FPN

    basic = BasicUNet(spatial_dims=2, in_channels=3, out_channels=2, features=(4, 4, 8, 8, 8, 4))
    maps = explain(basic, noise(1, 3, 32, 32), layer="down_4", region="point:9,9")
    assert maps.values.shape == (1, 2, 2)
    assert maps.values.any()
    pyramid = FPN("mobilenet_v2", encoder_weights=None, decoder_dropout=0.0)
    maps = explain(pyramid, noise(1, 3, 64, 64), layer="bottleneck", region="box:0,0,64,64")
    assert maps.values.shape == (1, 2, 2)
    assert maps.values.any()
