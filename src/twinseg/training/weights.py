"""First weights of the encoder: from a folder, a file, the hub, or random. Never guessed."""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from twinseg.core.errors import NoWeightsError, WeightsError
from twinseg.core.progress import Progress
from twinseg.training.hub import fetch
from twinseg.training.network import IMAGENET, Normalisation, build_network

_HEADS = ("classifier.", "fc.", "head.", "last_linear.")  # of the classification net; unused here


@dataclass(frozen=True)
class FirstWeights:
    """Where an encoder starts; small enough to hand to another process."""

    init: str  # imagenet, random, random:2, or a file
    file: Path | None = None
    from_hub: bool = False
    draw: int = 0  # which random encoder, for what no file gives
    missing: tuple[str, ...] = ()  # tensors left random, by --partial-weights only
    normalise: Normalisation = IMAGENET  # what these weights expect

    @property
    def source(self) -> str:
        """Where the weights come from, in plain words and without a path."""
        if self.file is not None:
            partly = (
                f", {len(self.missing)} tensors missing and left random" if self.missing else ""
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
) -> FirstWeights:
    """Find and check the encoder's first weights, before any work is done.

    Raises:
        NoWeightsError: If neither the folder nor the hub has them.
        WeightsError: If they are incomplete (unless ``partial``) or of another network.
    """
    if init.startswith("random"):
        _, _, draw = init.partition(":")
        return FirstWeights(init, draw=int(draw or 0))
    file = _file_of(init, encoder, weights_dir)
    if file is not None:
        missing = _check(file, encoder, partial)
        if missing:
            progress.say(f"{file.name}: {len(missing)} tensors missing, left random as asked")
        return FirstWeights(init, file=file, missing=missing)
    progress.say(f"asking the model hub for ImageNet weights of {encoder} ...")
    try:
        fetched = fetch(encoder)
    except NoWeightsError as error:
        looked = f"{weights_dir} has none" if weights_dir else "no folder of weights was named"
        raise NoWeightsError(
            f"no ImageNet weights of {encoder}: {looked} and {error}; put "
            f"{encoder}.imagenet.safetensors (torchvision or timm keys) into a folder and name it "
            "with --weights-dir or TWINSEG_WEIGHTS"
        ) from error
    return FirstWeights(init, from_hub=True, normalise=fetched.normalise)


def start_network(encoder: str, first: FirstWeights, *, seed: int) -> nn.Module:
    """Build the network and load its encoder's first weights."""
    network = build_network(encoder, seed=seed, encoder_draw=first.draw)
    encoder_part = network.get_submodule("encoder")
    state: dict[str, Tensor] = encoder_part.state_dict()
    if first.file is not None:
        given = _read(first.file)
        state |= {
            name: given[_in_file(name, given)].float() for name in state if _in_file(name, given)
        }
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
    file = weights_dir / f"{encoder}.imagenet.safetensors"
    return file if file.is_file() else None


def _check(file: Path, encoder: str, partial: bool) -> tuple[str, ...]:
    """Return the names that ``file`` lacks; refuse it where that is not allowed."""
    given = _read(file)
    state = build_network(encoder, seed=0).get_submodule("encoder").state_dict()
    missing = tuple(name for name in state if not _in_file(name, given) and _matters(name))
    for name in set(state) - set(missing):
        key = _in_file(name, given)
        if key and given[key].shape != state[name].shape:
            raise WeightsError(
                f"{file}: {name} has shape {tuple(given[key].shape)}, {encoder} expects "
                f"{tuple(state[name].shape)}; these are weights of another network"
            )
    unknown = [n for n in given if n not in state and f"model.{n}" not in state and not _is_head(n)]
    if unknown:
        raise WeightsError(
            f"{file} holds {len(unknown)} tensors that {encoder} has no place for, such as "
            f"{', '.join(unknown[:3])}; these are weights of another network"
        )
    if missing and not partial:
        raise WeightsError(
            f"{file} lacks {len(missing)} of {len(state)} tensors of {encoder}: "
            f"{', '.join(missing)}; get a complete file or leave them random by --partial-weights"
        )
    return missing


def _read(file: Path) -> dict[str, Tensor]:
    try:
        return load_file(file)
    except (OSError, SafetensorError, ValueError) as error:
        raise WeightsError(f"{file} is not a readable safetensors file: {error}") from error


def _in_file(name: str, given: dict[str, Tensor]) -> str:
    """Key of the encoder's tensor ``name`` in the file; "" if absent. timm's have no ``model.``."""
    bare = name.removeprefix("model.")
    return name if name in given else bare if bare in given else ""


def _matters(name: str) -> bool:
    return not name.endswith("num_batches_tracked")  # a counter, no weight


def _is_head(name: str) -> bool:
    return name.removeprefix("model.").startswith(_HEADS)
