"""A trained model: its network, and how it must be shown a picture."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from twinseg.core.errors import StoreError
from twinseg.records.input_spec import InputSpec, input_spec_from
from twinseg.training.folding import folded
from twinseg.training.network import build_network
from twinseg.training.normalisation import Normalisation
from twinseg.training.run_files import how_to_mend, read_model_facts, require_whole_weights


@dataclass(frozen=True)
class TrainedModel:
    """A model as it lies in a run folder."""

    id: str
    init: str
    seed: int
    fraction: float
    input: InputSpec  # how it must be shown a picture
    network: nn.Module = field(repr=False)  # in evaluation mode, float32

    @property
    def size(self) -> int:
        """Side of the square it sees, in pixels."""
        return self.input.size_px

    @cached_property
    def normalise(self) -> Normalisation:
        """What is done to a picture in [0, 1] before it is shown."""
        return Normalisation(self.input.mean, self.input.std)

    @cached_property
    def folded(self) -> nn.Module:
        """The network for answers alone, and faster; followed once, however often it is asked."""
        return folded(self.network)


def load_trained(folder: str | Path, *, device: str = "cpu") -> TrainedModel:
    """Load the model of a run folder.

    Raises:
        StoreError: If the folder is not a whole run folder, a file of it is damaged, or it is of
            another version.
    """
    folder = Path(folder)
    described = read_model_facts(folder)
    weights = require_whole_weights(folder)
    try:
        encoder, spec = described["encoder"], input_spec_from(described["input"])
        facts = {name: described[name] for name in ("init", "seed", "fraction")}
    except (KeyError, TypeError) as error:
        raise StoreError(
            f"{folder / 'model.json'} is of another version of twinseg ({error}); use the version "
            "that its manifest.json names, or train it anew"
        ) from error
    network = build_network(encoder, seed=0)
    try:
        network.load_state_dict(load_file(weights))
    except Exception as error:  # whatever the libraries make of a damaged file
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(f"cannot load {weights}: {line}; {how_to_mend(folder)}") from error
    network.eval()
    return TrainedModel(
        id=described["run"],
        input=spec,
        network=network.to(device).to(memory_format=torch.channels_last),
        **facts,
    )
