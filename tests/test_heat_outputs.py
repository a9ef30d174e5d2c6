"""What a network returns is read as what it is: logits, probabilities, one of several, or asked."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.heat_networks import TinyUNet, noise
from twinseg.core.errors import ConfigError, DataError
from twinseg.explanation import METHODS, explain

IMAGES = noise(2, 3, 8, 8)
BOX = "box:0,0,4,8"
OF_LAYERS = [name for name in METHODS if name not in ("integrated_gradients", "occlusion")]


class Ending(nn.Module):
    """TinyUNet with something done to its answer."""

    def __init__(self, end: Callable[[Tensor], object], *, channels: int = 1) -> None:
        super().__init__()
        self.net, self.end = TinyUNet(channels=channels), end
        with torch.no_grad():  # logits on both sides of 0, about 1 wide
            answers = self.net(IMAGES)
            wide, middle = answers.std(dim=(0, 2, 3)), answers.mean(dim=(0, 2, 3))
            self.net.head.bias.sub_(middle).div_(wide)
            self.net.head.weight.div_(wide[:, None, None, None])

    def forward(self, images: Tensor) -> object:
        return self.end(self.net(images))


class Named(NamedTuple):
    masks: Tensor
    quality: Tensor


def maps(
    network: nn.Module, region: str = "target", method: str = "hires_cam", **more
) -> np.ndarray:
    layer = "decoder.0" if method in OF_LAYERS else "input"
    return explain(network, IMAGES, region=region, layer=layer, method=method, **more).values


def plain(region: str = "target", method: str = "hires_cam", **more) -> np.ndarray:
    return maps(Ending(lambda logits: logits, **more), region, method)


def test_the_plain_network_marks_some_and_not_all() -> None:
    share = float((Ending(lambda logits: logits)(IMAGES) > 0).float().mean())
    assert 0.05 < share < 0.95


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("region", ["target", "non-target"])
def test_a_sigmoid_at_the_end_changes_no_map(method: str, region: str) -> None:
    found = maps(Ending(torch.sigmoid), region, method)
    np.testing.assert_allclose(found, plain(region, method), rtol=1e-4, atol=1e-6)
    assert not np.isnan(plain(region, "hires_cam")).any()


@pytest.mark.parametrize(
    "end",
    [
        nn.Sigmoid(),
        nn.Sequential(nn.Identity(), nn.Sigmoid(), nn.Identity()),
        torch.special.expit,
        nn.functional.logsigmoid,
        lambda z: {"out": torch.sigmoid(z), "aux": z},
        lambda z: SimpleNamespace(loss=None, logits=torch.sigmoid(z)),
        lambda z: Named(torch.sigmoid(z), torch.zeros(2, 1)),
        lambda z: (torch.sigmoid(z), torch.zeros(2, 5)),
        lambda z: torch.sigmoid(z[:, 0]),
        lambda z: torch.cat([torch.zeros_like(z), z], dim=1).softmax(dim=1),
        lambda z: torch.cat([torch.zeros_like(z), z], dim=1).log_softmax(dim=-3),
        lambda z: torch.cat([torch.zeros_like(z), z], dim=1),
        lambda z: torch.cat([1 - z.sigmoid(), z.sigmoid()], dim=1),  # told by their sum
    ],
)
def test_an_answer_in_other_clothes_has_the_same_map(end: Callable) -> None:
    np.testing.assert_allclose(maps(Ending(end), BOX), plain(BOX), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "end",
    [
        lambda z: torch.sigmoid(z).clone().mul(1.0),
        lambda z: torch.sigmoid_(z * 1.0),
        lambda z: torch.cat([torch.sigmoid(z), torch.sigmoid(z)], dim=1)[:, 1:],
    ],
)
def test_values_in_0_and_1_of_unknown_making_are_asked_for(end: Callable) -> None:
    with pytest.raises(ConfigError, match=r"values from 0\.\d+ to 0\.\d+, .* say output='logit'"):
        maps(Ending(end), BOX)
    said = maps(Ending(end), BOX, output="probability")
    np.testing.assert_allclose(said, plain(BOX), rtol=1e-3, atol=1e-5)
    assert not np.allclose(maps(Ending(end), BOX, output="logit"), plain(BOX), atol=1e-3)


@pytest.mark.parametrize("end", [lambda z: torch.sigmoid(z) * 255, lambda z: torch.relu(z) * 9])
def test_values_that_are_never_below_0_are_asked_for_also_above_1(end: Callable) -> None:
    with pytest.raises(ConfigError, match=r"from \S+ to \S+, which may be logits or not; say out"):
        maps(Ending(end), BOX)
    assert maps(Ending(end), BOX, output="logit").shape[0] == len(IMAGES)


def test_small_logits_of_a_convolution_are_logits() -> None:
    network = TinyUNet()  # answers 0.48 to 0.51 here
    found = explain(network, IMAGES, layer="decoder.0", method="hires_cam").values
    said = explain(network, IMAGES, layer="decoder.0", method="hires_cam", output="logit").values
    np.testing.assert_array_equal(found, said)


def test_the_sum_of_two_heads_is_logits_like_each() -> None:
    class TwoHeads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.decoder = nn.Sequential(nn.Conv2d(3, 1, 1))
            self.other = nn.Conv2d(3, 1, 1)
            for head in (self.decoder[0], self.other):
                nn.init.constant_(head.weight, 0.0)
                nn.init.constant_(head.bias, 0.25)  # the answer is 0.5 everywhere

        def forward(self, images: Tensor) -> Tensor:
            return self.decoder(images) + self.other(images)

    assert explain(TwoHeads(), IMAGES, layer="decoder").values.shape == (2, 8, 8)


def test_a_saturated_sigmoid_keeps_its_evidence() -> None:
    # sigmoid(200 z) is 0 or 1 to the last bit; what went into it is not.
    found = maps(Ending(lambda z: torch.sigmoid(200 * z)), BOX)
    np.testing.assert_allclose(found, 200 * plain(BOX), rtol=1e-3, atol=1e-4)
    with pytest.raises(DataError, match=r"0 or 1 to the last bit, .* return what goes into"):
        maps(Ending(lambda z: torch.sigmoid(200 * z).clone()), BOX, output="probability")


def test_a_channel_of_several_sigmoids_is_its_own_logit() -> None:
    two = Ending(torch.sigmoid, channels=2)
    with pytest.raises(ConfigError, match="2 output channels; name the one of the foreground"):
        maps(two, BOX)
    only = Ending(lambda z: z[:, :1], channels=2)
    expected = maps(only, BOX, output="logit")
    np.testing.assert_allclose(maps(two, BOX, channel=0), expected, rtol=1e-4, atol=1e-6)


def test_of_three_by_softmax_the_log_odds_are_explained() -> None:
    logits, soft = Ending(lambda z: z, channels=3), Ending(nn.Softmax(dim=1), channels=3)
    lost = Ending(lambda z: z.softmax(dim=1) * 1.0, channels=3)  # told by its sum
    for network in (soft, lost):
        found = maps(network, BOX, channel=2)
        np.testing.assert_allclose(found, maps(logits, BOX, channel=2), rtol=1e-3, atol=1e-5)


def test_of_several_pictures_the_answer_is_asked_for() -> None:
    deep = Ending(lambda z: [z[:, :, ::2, ::2], z * -1, z])
    with pytest.raises(ConfigError, match=r"3 pictures: 0 \(2 x 1 x 4 x 4\).* such as output='2'"):
        maps(deep, BOX)
    for said in ("2", "-1", "-1:logit"):
        np.testing.assert_allclose(maps(deep, BOX, output=said), plain(BOX))
    inside = Ending(lambda z: {"heads": [z * -1, z], "features": z})
    np.testing.assert_allclose(maps(inside, BOX, output="heads.1"), plain(BOX))
    unlike = Ending(lambda z: {"coarse": -z, "fine": z})
    with pytest.raises(ConfigError, match=r"coarse .*, fine .* output='fine'"):
        maps(unlike, BOX)


@pytest.mark.parametrize(
    ("end", "more", "said"),
    [
        (torch.sigmoid, {"output": "logit"}, "output='logit' was said, but .* ends in a sigmoid"),
        (lambda z: z, {"output": "probability"}, "output='probability' was said, but values go"),
        (lambda z: z, {"output": "1:aux"}, "cannot read output '1:aux'"),
        (lambda z: [z, z], {"output": "5"}, "output '5' is not there; the network returned 0, 1"),
        (lambda z: {"a": z}, {"output": "b"}, "output 'b' is not there; the network returned a"),
        (lambda z: z[:, :, 0], {}, r"returned 2 x 1 x 8 for images of 2 x 3 x 8 x 8; expected"),
        (lambda z: z[None], {}, r"returned 1 x 2 x 1 x 8 x 8 for images of 2 x 3 x 8 x 8"),
        (lambda z: z[:1], {}, r"returned 1 x 1 x 8 x 8 for images of 2 x 3"),
        (lambda z: z * torch.nan, {}, "values that are no numbers"),
        (lambda z: (z > 0).float(), {}, "returned a mask, of which nothing can be explained"),
        (lambda z: z.movedim(1, -1)[..., 0] > 0, {}, "returned a mask, of which nothing can be"),
        (lambda z: "mask", {}, "the network returned str; expected a tensor"),
        (lambda z: z.mean(dim=(2, 3)), {}, "returned 2 x 1 for images"),
    ],
)
def test_answers_that_cannot_be_read(end: Callable, more: dict, said: str) -> None:
    with pytest.raises((ConfigError, DataError), match=said) as caught:
        maps(Ending(end), BOX, **more)
    assert "\n" not in str(caught.value)


def test_channels_last_in_the_answer_are_told_by_the_grid() -> None:
    images = noise(2, 3, 8, 6)
    turned = Ending(lambda z: torch.cat([z * 0, z], dim=1).movedim(1, -1))
    found, expected = (
        explain(network, images, layer="decoder.0", region="box:0,0,4,6", output="logit").values
        for network in (turned, Ending(lambda z: z))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_channels_last_behind_a_softmax_are_its_logits() -> None:
    images = noise(2, 3, 8, 6)
    turned = Ending(lambda z: torch.cat([z * 0, z], dim=1).movedim(1, -1).softmax(dim=-1))
    found, expected = (
        explain(network, images, layer="decoder.0", region="box:0,0,4,6").values
        for network in (turned, Ending(lambda z: z))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


class MeanColour(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 1, 1)
        self.layer.weight.data.fill_(1 / 3)
        self.layer.bias.data.zero_()

    def forward(self, images: Tensor) -> Tensor:
        return self.layer(images).clamp(-9, 9)


def test_the_first_batch_decides_for_all() -> None:
    # The second image alone is answered between 0 and 1: that makes no probability of it.
    dim, both = IMAGES[1:], torch.cat([4 * IMAGES[:1] - 2, IMAGES[1:]])
    with pytest.raises(ConfigError, match="may be logits or probabilities"):
        explain(MeanColour(), dim, layer="layer")
    one_by_one = explain(MeanColour(), both, layer="layer", region=BOX, images_at_once=1).values
    together = explain(MeanColour(), both, layer="layer", region=BOX).values
    np.testing.assert_allclose(one_by_one, together, rtol=1e-4, atol=1e-6)


def test_logits_on_a_coarser_grid_take_no_pixels_of_the_image() -> None:
    coarse = Ending(lambda z: z[:, :, ::2, ::2])
    for region in ("box:0,0,2,2", "point:1,1", "boundary:1"):
        with pytest.raises(DataError, match=r"answers on 4 x 4 px for images of 8 x 8 px"):
            maps(coarse, region, output="logit")
    assert maps(coarse, output="logit").shape == (2, 8, 8)


def test_a_network_of_torchscript_is_refused() -> None:
    with pytest.warns(FutureWarning, match="deprecated"):
        traced = torch.jit.trace(TinyUNet(), IMAGES)
    with pytest.raises(ConfigError, match="of TorchScript, which hides its layers; give the"):
        explain(traced, IMAGES)
