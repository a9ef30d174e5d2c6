"""First weights: complete or refused, never random in place of what was asked."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.toy_study import Heard
from twinseg.core.errors import WeightsError
from twinseg.core.progress import Silent
from twinseg.training.network import build_network, fingerprint
from twinseg.training.weights import FirstWeights, find_first_weights, start_network

ENCODER = "mobilenet_v2"


def find(
    init: str = "imagenet",
    encoder: str = ENCODER,
    folder: Path | None = None,
    partial: bool = False,
) -> FirstWeights:
    return find_first_weights(init, encoder, weights_dir=folder, partial=partial, progress=Silent())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a whole file: an encoder of another draw, and the head nobody needs."""
    state = dict(build_network(ENCODER, seed=0, encoder_draw=9).encoder.state_dict())
    save_file(state | {"classifier.1.weight": torch.zeros(2, 2)}, weights_file(tmp_path))
    return tmp_path


def weights_file(folder: Path, encoder: str = ENCODER) -> Path:
    return folder / f"{encoder}.imagenet.safetensors"


def change(folder: Path, **tensors: torch.Tensor | None) -> None:
    """Replace tensors, or drop those given as None."""
    state = load_file(weights_file(folder))
    for name, tensor in tensors.items():
        state.pop(name, None)
        if tensor is not None:
            state[name] = tensor
    save_file(state, weights_file(folder))


def test_a_whole_file_is_loaded_and_the_decoder_is_the_twins(folder: Path) -> None:
    given = start_network(ENCODER, find(folder=folder), seed=0)
    drawn = start_network(ENCODER, find("random"), seed=0)
    assert fingerprint(given.encoder) == fingerprint(
        build_network(ENCODER, seed=0, encoder_draw=9).encoder
    )
    assert fingerprint(given.encoder) != fingerprint(drawn.encoder)
    assert fingerprint(given.decoder) == fingerprint(drawn.decoder)
    assert fingerprint(given.segmentation_head) == fingerprint(drawn.segmentation_head)


def test_an_incomplete_file_is_refused_with_the_names(folder: Path) -> None:
    change(folder, **{"features.0.0.weight": None, "features.18.1.bias": None})
    with pytest.raises(WeightsError) as caught:
        find(folder=folder)
    assert "lacks 2 of" in str(caught.value)
    assert "features.0.0.weight, features.18.1.bias" in str(caught.value)
    assert "--partial-weights" in str(caught.value)


def test_an_incomplete_file_is_taken_only_when_asked(folder: Path) -> None:
    change(folder, **{"features.0.0.weight": None})
    first = find(folder=folder, partial=True)
    assert first.missing == ("features.0.0.weight",)
    assert "1 tensor missing and left random" in first.source
    given = start_network(ENCODER, first, seed=0).encoder.state_dict()
    drawn = build_network(ENCODER, seed=0).encoder.state_dict()
    assert torch.equal(given["features.0.0.weight"], drawn["features.0.0.weight"])
    assert not torch.equal(given["features.18.0.weight"], drawn["features.18.0.weight"])


def test_the_counters_of_batch_normalisation_are_no_weights(folder: Path) -> None:
    change(folder, **{"features.0.1.num_batches_tracked": None})
    assert find(folder=folder).missing == ()


def test_a_wrong_shape_is_refused_also_in_part(folder: Path) -> None:
    change(folder, **{"features.0.0.weight": torch.zeros(3, 3)})
    with pytest.raises(WeightsError, match=r"features\.0\.0\.weight has shape \(3, 3\)"):
        find(folder=folder, partial=True)


def test_tensors_without_a_place_are_refused(folder: Path) -> None:
    change(folder, **{"layer1.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match=r"1 tensor that mobilenet_v2 has no place for"):
        find(folder=folder)


def test_a_broken_file_and_a_missing_folder_say_so(folder: Path) -> None:
    weights_file(folder).write_bytes(b"not safe")
    with pytest.raises(WeightsError, match="is not a readable safetensors file"):
        find(folder=folder)
    with pytest.raises(WeightsError, match="does not exist; see --weights-dir"):
        find(folder=folder / "nowhere")
    with pytest.raises(WeightsError, match="no file"):
        find(init=str(folder / "none.safetensors"))


def test_a_file_may_be_named_as_init(folder: Path) -> None:
    file = str(weights_file(folder))
    by_name, by_folder = (
        start_network(ENCODER, first, seed=0) for first in (find(init=file), find(folder=folder))
    )
    assert fingerprint(by_name) == fingerprint(by_folder)


def test_timm_keys_without_prefix_are_understood(tmp_path: Path) -> None:
    encoder = "tu-resnet10t"
    state = build_network(encoder, seed=0, encoder_draw=5).encoder.state_dict()
    bare = {name.removeprefix("model."): value for name, value in state.items()}
    save_file(bare, tmp_path / f"{encoder}.imagenet.safetensors")
    network = start_network(encoder, find(encoder=encoder, folder=tmp_path), seed=0)
    assert fingerprint(network.encoder) == fingerprint(
        build_network(encoder, seed=0, encoder_draw=5).encoder
    )


def test_the_last_layers_of_a_whole_network_of_timms_are_left_aside(tmp_path: Path) -> None:
    encoder, said = "tu-test_efficientnet", Heard()
    state = dict(build_network(encoder, seed=0, encoder_draw=5).encoder.state_dict())
    tail = {"model.conv_head.weight": torch.ones(8, 4, 1, 1), "model.bn2.bias": torch.ones(8)}
    save_file(state | tail, weights_file(tmp_path, encoder))
    first = find_first_weights(
        "imagenet", encoder, weights_dir=tmp_path, partial=False, progress=said
    )
    assert first.missing == ()
    assert any("left aside, no part of an encoder: bn2, conv_head" in line for line in said.lines)
    save_file(state | {"model.blocks.bn2.bias": torch.ones(8)}, weights_file(tmp_path, encoder))
    with pytest.raises(WeightsError, match=r"1 tensor that tu-test_efficientnet has no place for"):
        find(encoder=encoder, folder=tmp_path)


def test_the_real_incomplete_file_is_refused_with_its_missing_names(
    shared: Path, tmp_path: Path
) -> None:
    file = shared / "weights" / "resnet18-to-layer3.imagenet.safetensors"
    with pytest.raises(WeightsError) as caught:
        find(init=str(file), encoder="resnet18")
    for name in ("layer4.0.conv1.weight", "layer4.1.conv2.weight", "layer4.1.bn2.running_var"):
        assert name in str(caught.value)
    (tmp_path / "resnet18.imagenet.safetensors").symlink_to(file.resolve())
    with pytest.raises(WeightsError, match=r"layer4\.0\.conv1\.weight"):
        find(encoder="resnet18", folder=tmp_path)


def test_the_real_whole_file_is_taken(shared: Path) -> None:
    first = find(folder=shared / "weights")
    network = start_network(ENCODER, first, seed=0)
    weight = network.encoder.state_dict()["features.0.0.weight"]
    stored = load_file(shared / "weights" / f"{ENCODER}.imagenet.safetensors")
    assert weight.dtype == torch.float32
    assert torch.equal(weight, stored["features.0.0.weight"].float())
