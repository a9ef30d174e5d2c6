"""Whole maps on paper; the network is given back as it was; maps lie on disk as they are."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.heat_networks import Paper, row
from twinseg.core.errors import ConfigError, StoreError
from twinseg.explanation import MapKind, Plan, Question, heat_maps, read_heat_maps
from twinseg.explanation.regions import NAMED, NON_TARGET, TARGET
from twinseg.explanation.stored import append_heat_maps, finish_heat_maps
from twinseg.training.network import build_network

BOTH = Plan(layers=("bottleneck", "decoder"), questions=(Question(TARGET), Question(NON_TARGET)))


THREE_PIXELS = row((2, 0, 0), (1, 3, 0), (1, 4, 0))
ON_TARGET = torch.tensor([[4 / 3, 2 / 3, 2 / 3]])
ON_NON_TARGET = torch.tensor([[-4 / 3, 1 / 3, 2 / 3]])


def test_target_and_non_target_on_paper() -> None:
    # Pixels (red, green) (2, 0), (1, 3), (1, 4): logits 4, -1, -2; the first is target.
    # target, logit of the first: gradient of red (2, 0, 0); of green 0, as the ReLU is shut there.
    #   Means 2/3 and 0: map 2/3 * red.
    # non-target, mean of minus the others' logits: red (0, -1, -1), green (0, 1/2, 1/2).
    #   Means -2/3 and 1/3: map (-4/3, -2/3 + 3/3, -2/3 + 4/3): signed.
    maps = heat_maps(Paper(), THREE_PIXELS, BOTH)
    for layer in BOTH.layers:
        torch.testing.assert_close(maps[MapKind("grad_cam", layer, "target")][0], ON_TARGET)
        torch.testing.assert_close(maps[MapKind("grad_cam", layer, "non-target")][0], ON_NON_TARGET)


def test_an_image_without_target_gives_nan_and_does_not_disturb_others() -> None:
    empty = row((0, 1, 0), (0, 2, 0), (0, 1, 0))
    maps = heat_maps(Paper(), torch.cat([THREE_PIXELS, empty]), BOTH)
    for layer in BOTH.layers:
        of_target = maps[MapKind("grad_cam", layer, "target")]
        assert of_target[1].isnan().all()
        torch.testing.assert_close(of_target[0], ON_TARGET)
        assert maps[MapKind("grad_cam", layer, "non-target")].isfinite().all()


@pytest.fixture
def network() -> nn.Module:
    return build_network("mobilenet_v2", seed=0)


def some_images(count: int, width_px: int = 64) -> torch.Tensor:
    return torch.rand(count, 3, 64, width_px, generator=torch.Generator().manual_seed(0))


def test_the_network_is_given_back_as_it_was(
    network: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.train()
    network.encoder.features[0].eval()
    network.encoder.features[1].requires_grad_(False)
    modes = [module.training for module in network.modules()]
    flags = [weight.requires_grad for weight in network.parameters()]
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.get_rng_state()
    images = some_images(2)
    kept = images.clone()
    with torch.no_grad():  # gradients are switched on inside
        heat_maps(network, images, BOTH)
    with pytest.raises(ConfigError, match="this region needs reference masks"):
        heat_maps(network, images, Plan(questions=(Question(NAMED["reference"]),)))
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(network.segmentation_head, "forward", lambda _: 1 / 0)
        heat_maps(network, images, BOTH)
    assert [module.training for module in network.modules()] == modes
    assert [weight.requires_grad for weight in network.parameters()] == flags
    assert all(weight.grad is None for weight in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(images, kept)
    assert not images.requires_grad


def test_methods_of_many_passes_leave_nothing_behind() -> None:
    lent = Paper().train()
    for method in ("score_cam", "ablation_cam"):
        heat_maps(lent, THREE_PIXELS, Plan(methods=(method,), questions=BOTH.questions))
    assert all(module.training for module in lent.modules())
    assert not any(module._forward_hooks for module in lent.modules())
    assert not any("forward" in vars(module) for module in lent.modules())


def test_maps_lie_on_the_grid_of_their_layer_and_do_not_depend_on_the_batch(
    network: nn.Module,
) -> None:
    images = some_images(3, 96)
    together = heat_maps(network, images, BOTH)
    assert together[MapKind("grad_cam", "bottleneck", "target")].shape == (3, 2, 3)
    assert together[MapKind("grad_cam", "decoder", "target")].shape == (3, 64, 96)
    for number in range(3):
        alone = heat_maps(network, images[number : number + 1], BOTH)
        for kind, heat in together.items():
            torch.testing.assert_close(
                alone[kind][0], heat[number], equal_nan=True, rtol=1e-3, atol=1e-5
            )


def test_maps_written_in_parts_are_read_by_case_in_the_asked_order(tmp_path: Path) -> None:
    heat = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    append_heat_maps(tmp_path / "kind", heat[:2])
    append_heat_maps(tmp_path / "kind", heat[2:])
    finish_heat_maps(tmp_path / "kind", ["a", "b", "c"])
    assert (np.load(tmp_path / "kind" / "values.npy") == heat).all()
    assert read_heat_maps(tmp_path / "kind", ["c", "a"])[:, 0, 0].tolist() == [8.0, 0.0]
    with pytest.raises(StoreError, match="holds nothing of case z"):
        read_heat_maps(tmp_path / "kind", ["a", "z"])
