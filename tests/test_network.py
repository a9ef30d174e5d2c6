"""Twins share their decoder and differ in their encoder; sizes and names are checked."""

import pytest
import torch

from twinseg.core.errors import ConfigError
from twinseg.training.network import build_network, fingerprint, require_size
from twinseg.training.normalisation import Normalisation

ENCODER = "mobilenet_v2"


def prints(**options: int) -> tuple[str, str]:
    network = build_network(ENCODER, **options)
    return fingerprint(network.encoder), fingerprint(network.decoder)


def test_another_draw_changes_the_encoder_and_nothing_else() -> None:
    encoder, decoder = prints(seed=0)
    other_encoder, other_decoder = prints(seed=0, encoder_draw=1)
    assert other_encoder != encoder
    assert other_decoder == decoder
    assert prints(seed=0) == (encoder, decoder)
    assert prints(seed=1)[1] != decoder


def test_building_leaves_the_random_state_alone() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    build_network(ENCODER, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_fingerprint_sees_one_bit() -> None:
    layer = torch.nn.Linear(2, 2)
    before = fingerprint(layer)
    assert fingerprint(layer) == before
    layer.weight.data[0, 0] += 1e-7 + layer.weight.data[0, 0].abs() * 1e-6
    assert fingerprint(layer) != before


def test_timm_encoders_start_random_too() -> None:
    one = build_network("tu-resnet10t", seed=0)
    other = build_network("tu-resnet10t", seed=0, encoder_draw=1)
    assert fingerprint(one.encoder) != fingerprint(other.encoder)
    assert fingerprint(one.decoder) == fingerprint(other.decoder)


@pytest.mark.parametrize(
    ("size", "said"), [(100, "take 96 or 128"), (20, "take 32"), (255, "take 224 or 256")]
)
def test_a_size_the_network_cannot_halve_is_answered_with_those_to_take(
    size: int, said: str
) -> None:
    with pytest.raises(ConfigError, match=f"size {size} does not fit .* a multiple of 32; {said}"):
        require_size(ENCODER, size)
    require_size(ENCODER, 96)


@pytest.mark.parametrize("name", ["vgg61", "tu-nonsense"])
def test_an_unknown_encoder_is_answered_with_names(name: str) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        build_network(name, seed=0)
    assert "\n" not in str(caught.value)


def test_a_slip_in_the_name_is_answered_with_the_near_ones() -> None:
    with pytest.raises(ConfigError, match=r"did you mean mobilenet_v2.*\?"):
        build_network("MobilNet_v2", seed=0)


def test_normalising_worked_out_on_paper() -> None:
    images = torch.tensor([0.5, 0.5, 1.0]).view(1, 3, 1, 1)
    normalise = Normalisation((0.5, 0.0, 0.5), (1.0, 0.25, 0.5))
    assert normalise(images).flatten().tolist() == [0.0, 2.0, 1.0]
    assert images.flatten().tolist() == [0.5, 0.5, 1.0]
