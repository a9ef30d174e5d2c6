"""Everything a killed run needs to go on as if nothing had happened, in one file."""

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from twinseg.core.errors import StoreError
from twinseg.core.store import write_bytes


@dataclass(frozen=True)
class EpochRow:
    """One line of ``history.csv``."""

    epoch: int  # counted from 1
    train_loss: float  # mean over the steps
    validation_dice: float


@dataclass
class Place:
    """Where a run is: it changes at every step, and only in the loop."""

    epoch: int = 0
    step: int = 0  # next one in the epoch
    loss_sum: float = 0.0  # of the epoch so far
    best_dice: float = -1.0
    best_epoch: int = 0
    history: list[EpochRow] = field(default_factory=list)


def save_checkpoint(path: Path, place: Place, **parts: Any) -> None:
    """Write ``place``, the random states and the state of each of ``parts``."""
    content = {
        "place": asdict(place),
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        **{name: part.state_dict() for name, part in parts.items()},
    }
    # Through memory: torch and safetensors do not report a full disk as an OSError.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_bytes(path, buffer.getvalue())


def load_checkpoint(path: Path, **parts: Any) -> Place:
    """Put ``parts`` and the random states back as they were; a fresh `Place` if there is no file.

    Raises:
        StoreError: If the file is damaged or of another run.
    """
    if not path.exists():
        return Place()
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
        for name, part in parts.items():
            part.load_state_dict(content[name])
        place = dict(content["place"])
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise StoreError(f"cannot go on from {path}: {error}; delete it to start over") from error
    torch.set_rng_state(content["random"])
    if content["random_cuda"]:
        torch.cuda.set_rng_state_all(content["random_cuda"])
    return Place(**place | {"history": [EpochRow(**row) for row in place["history"]]})


def checkpoint_weights(path: Path) -> dict[str, Tensor]:
    """Return the network's weights of a checkpoint."""
    weights: dict[str, Tensor] = torch.load(path, weights_only=True, map_location="cpu")["network"]
    return weights


def save_weights(path: Path, weights: dict[str, Tensor]) -> None:
    """Write weights as safetensors; the file is whole or absent."""
    write_bytes(path, save({name: value.cpu().contiguous() for name, value in weights.items()}))
