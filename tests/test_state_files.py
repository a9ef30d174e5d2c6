"""Files of weights as people have them: prefixes, heads, damage, and what input they expect."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.commands import twinseg_here as command
from twinseg.core.errors import ConfigError, WeightsError
from twinseg.core.progress import Silent
from twinseg.records.settings import make_settings
from twinseg.training import network
from twinseg.training.encoders import find_encoders, like, usual_normalisation
from twinseg.training.network import build_network, require_fit
from twinseg.training.normalisation import IMAGENET, Normalisation, stated_in
from twinseg.training.state_files import read_state
from twinseg.training.train import require_batches, require_same_grey
from twinseg.training.weights import FirstWeights, find_first_weights, said_normalisation

HALF = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
STATED = {"mean": "0.5,0.5,0.5", "std": "0.5,0.5,0.5"}


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    encoder = build_network("resnet18", seed=0).get_submodule("encoder")
    return {name: value.contiguous() for name, value in encoder.state_dict().items()}


def found(file: Path, *, said: Normalisation | None = None) -> FirstWeights:
    return find_first_weights(
        str(file), "resnet18", weights_dir=None, partial=False, progress=Silent(), said=said
    )


@pytest.mark.parametrize(
    "prefix",
    ["", "module.", "backbone.", "encoder.", "module.encoder_q.", "student.backbone.", "a.b.c."],
)
def test_a_common_prefix_is_taken_off_and_said(
    prefix: str, state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    tensors = {prefix + name: value for name, value in state.items()}
    tensors |= {prefix + "fc.weight": torch.zeros(3), "projector.0.bias": torch.zeros(2)}
    save_file(tensors, tmp_path / "w.safetensors")
    read = read_state(tmp_path / "w.safetensors", "resnet18", state)
    assert read.missing == ()
    assert all(torch.equal(read.tensors[name], value) for name, value in state.items())
    assert (
        read.notes[0] == f"names begin with {prefix}" if prefix else "left aside" in read.notes[0]
    )


def test_a_counter_of_another_shape_is_no_other_network(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    counter = "bn1.num_batches_tracked"
    save_file(state | {counter: torch.ones(1, dtype=torch.int64)}, tmp_path / "w.safetensors")
    read = read_state(tmp_path / "w.safetensors", "resnet18", state)
    assert (read.missing, read.notes) == ((), ())
    assert read.tensors.keys() == state.keys() - {counter}
    first = found(tmp_path / "w.safetensors", said=HALF)
    assert first is not None


def test_an_encoder_without_prefix_has_a_name_beside_another(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    save_file(state | {f"ema.{n}": t.clone() for n, t in state.items()}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"2 encoders of resnet18, under bare names and ema\.;"):
        read_state(tmp_path / "w.safetensors", "resnet18", state)


def test_two_prefixes_are_another_network(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    tensors = {f"{'ab'[at % 2]}.{name}": value for at, (name, value) in enumerate(state.items())}
    save_file(tensors, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="has no place for"):
        read_state(tmp_path / "w.safetensors", "resnet18", state)


def test_two_whole_encoders_are_asked_for(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    tensors = {f"{who}.{name}": value.clone() for who in "qk" for name, value in state.items()}
    save_file(tensors, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"holds 2 encoders of resnet18, under k\. and q\."):
        read_state(tmp_path / "w.safetensors", "resnet18", state)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused_by_the_name_of_its_tensor(
    bad: float, state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    broken = state | {"conv1.weight": state["conv1.weight"].clone()}
    broken["conv1.weight"][0, 0, 0, 0] = bad
    save_file(broken, tmp_path / "w.safetensors", STATED)
    with pytest.raises(WeightsError, match=r"conv1\.weight holds values that are no numbers"):
        found(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("tensor", "change", "words"),
    [
        ("layer1.0.bn1.running_var", lambda values: -values, "holds variances below zero"),
        ("layer1.0.conv1.weight", torch.zeros_like, "holds nothing but zeros"),
    ],
)
def test_what_no_training_leaves_behind_is_refused(
    tensor: str,
    change: Callable[[torch.Tensor], torch.Tensor],
    words: str,
    state: dict[str, torch.Tensor],
    tmp_path: Path,
) -> None:
    save_file(state | {tensor: change(state[tensor])}, tmp_path / "w.safetensors", STATED)
    with pytest.raises(WeightsError, match=f"{tensor} {words}; the file is damaged"):
        found(tmp_path / "w.safetensors")
    zeros = {"bn1.weight": torch.zeros(64), "layer1.0.bn1.running_var": torch.zeros(64)}
    save_file(state | zeros, tmp_path / "dead.safetensors", STATED)  # a channel may be switched off
    assert found(tmp_path / "dead.safetensors").missing == ()


def test_a_pickle_is_never_opened_and_its_conversion_is_named(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    torch.save(state, tmp_path / "w.safetensors")  # whatever it is called
    with pytest.raises(WeightsError, match=r"is a pickle.*convert it: python -c"):
        found(tmp_path / "w.safetensors")
    with pytest.raises(ConfigError, match=r"w\.pth is a pickle.*s\.save_file"):
        make_settings(init=("w.pth", "random"))


def test_a_pointer_of_git_lfs_is_told(tmp_path: Path) -> None:
    pointer = tmp_path / "resnet18.safetensors"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(WeightsError, match="is a pointer of git-lfs, .* by: git lfs pull"):
        read_state(pointer, "resnet18", {})


def test_what_nothing_states_is_asked_for_and_never_guessed(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="does not state how images must be normalised"):
        found(tmp_path / "w.safetensors")
    assert found(tmp_path / "w.safetensors", said=IMAGENET).normalise == IMAGENET
    save_file(state, tmp_path / "stated.safetensors", STATED)
    assert found(tmp_path / "stated.safetensors").normalise == HALF


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (STATED, HALF),
        ({"image_mean": "[0.5, 0.5, 0.5]", "image_std": "[0.5, 0.5, 0.5]"}, HALF),
        ({"mean": "0.5", "std": "0.5"}, HALF),
        ({}, None),
    ],
)
def test_metadata_state_it(metadata: dict[str, str], expected: Normalisation | None) -> None:
    assert stated_in(metadata, "w") == expected


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"mean": "0.5"}, "only one of mean and std"),
        ({"mean": "123.7,116.3,103.5", "std": "58,57,57"}, "divide mean and std by 255"),
        ({"mean": "red", "std": "0.5"}, "three numbers"),
        ({"mean": "0.5", "std": "0"}, "std 0: images are divided by it; give numbers above 0"),
    ],
)
def test_metadata_that_cannot_be_meant(metadata: dict[str, str], said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        stated_in(metadata, "w")


def test_the_user_says_it_once() -> None:
    assert said_normalisation("0.5", "0.5", "") == HALF
    assert said_normalisation("", "", "") is None
    with pytest.raises(ConfigError, match="go together"):
        said_normalisation("0.5", "", "")
    with pytest.raises(ConfigError, match="not both"):
        said_normalisation("0.5", "0.5", "resnet18.a1_in1k")
    with pytest.raises(ConfigError, match="did you mean"):
        like("resnet81.a1_in1k")


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [
        ("resnet18", IMAGENET),
        ("mobilenet_v2", IMAGENET),
        ("inceptionv4", HALF),
        ("tu-tf_efficientnet_lite0", HALF),
        ("tu-resnet18", IMAGENET),
    ],
)
def test_file_and_hub_expect_the_same(encoder: str, expected: Normalisation) -> None:
    usual = usual_normalisation(encoder)
    assert usual is not None
    assert usual.is_near(expected)


def test_what_cannot_be_trained_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match=r"cannot take images of 64 px; it takes 224"):
        require_fit("tu-swin_tiny_patch4_window7_224", 64, cases=8)
    with pytest.raises(ConfigError, match=r"batch of one case of 32 px.*--batch-size 2"):
        require_fit("resnet18", 32, cases=1)
    require_fit("resnet18", 64, cases=1)
    with pytest.raises(ConfigError, match=r"unknown encoder 'resnet81'; did you mean"):
        require_fit("resnet81", 64, cases=2)


def test_a_last_batch_of_one_is_refused_before_any_training() -> None:
    settings = make_settings(init=("random", "random:1"), encoder="resnet18", size=32, batch_size=2)
    require_batches(settings, 4)
    with pytest.raises(ConfigError, match=r"\(of 3 training cases, 2 at once\).*another --batch-"):
        require_batches(settings, 3)
    require_batches(
        settings.model_copy(update={"model": settings.model.model_copy(update={"size": 64})}), 3
    )


def test_the_brightness_of_hounsfield_units_is_not_changed() -> None:
    settings = make_settings(init=("random", "random:1"), colour=0.5)
    require_same_grey(settings, {"kind": "pairs"})
    require_same_grey(make_settings(), {"kind": "dicom", "window_hu": [-160.0, 240.0]})
    with pytest.raises(ConfigError, match=r"--colour 0\.5 .* -160 to 240 HU.*leave --colour out"):
        require_same_grey(settings, {"kind": "dicom", "window_hu": [-160.0, 240.0]})


def test_a_network_that_runs_only_with_values_is_tried_with_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = network.build_empty("resnet18")
    whole.register_forward_pre_hook(lambda _m, images: images[0].sum().item())
    monkeypatch.setattr(network, "build_empty", lambda _encoder: whole)
    network.require_fit("resnet18", 64, cases=1)
    with pytest.raises(ConfigError, match="a batch of one case of 32 px"):
        network.require_fit("resnet18", 32, cases=1)


def test_encoders_are_listed_and_close_names_are_found() -> None:
    names = [encoder.name for encoder in find_encoders()]
    assert {"resnet18", "mobilenet_v2", "vgg16"} <= set(names)
    (lite,) = find_encoders("tu-tf_efficientnet_lite0")
    assert (lite.licence, lite.input_px) == ("apache-2.0", 224)
    assert find_encoders("no such") == ()
    listed = command("encoders", "vgg11*").stdout.splitlines()
    own, timms = ["vgg11", "vgg11_bn"], ["tu-vgg11", "tu-vgg11_bn"]
    assert [line.split()[0] for line in listed] == ["encoder", *own, *timms]
    # Eight convolutions by hand: 9,220,480 weights.
    assert listed[1].split()[1:4] == ["9.2", "M", "32"]
    done = command("encoders", "mobilnet_v2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean mobilenet_v2" in done.stderr
