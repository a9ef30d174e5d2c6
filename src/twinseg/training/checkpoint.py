"""Everything a killed run needs to go on as if nothing had happened, in one file."""

import hashlib
import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from twinseg.core.errors import StoreError
from twinseg.core.store import write_bytes
from twinseg.training.run_files import EpochRow

_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass
class TrainingPlace:
    """Where a run is: it changes at every step, and only in the loop."""

    epoch: int = 0
    step: int = 0  # next one in the epoch
    loss_sum: float = 0.0  # of the epoch so far
    kept_dice: float = -1.0  # of validation
    kept_epoch: int = 0
    kept_sha256: str = ""  # of the file of the weights to keep
    history: list[EpochRow] = field(default_factory=list)


def save_checkpoint(path: Path, place: TrainingPlace, **parts: Any) -> None:
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
    body = buffer.getvalue()
    _write(path, body + hashlib.sha256(body).digest())  # torch does not notice a flipped bit


def load_checkpoint(path: Path, **parts: Any) -> TrainingPlace:
    """Put ``parts`` and the random states back as they were; a fresh place if there is no file.

    Raises:
        StoreError: If the file is damaged or of another run.
    """
    if not path.exists():
        return TrainingPlace()
    try:
        content = _read(path)
        for name, part in parts.items():
            part.load_state_dict(content[name])
        rows = [EpochRow(**row) for row in content["place"]["history"]]
        place = TrainingPlace(**content["place"] | {"history": rows})
        torch.set_rng_state(content["random"])
        if content["random_cuda"]:
            torch.cuda.set_rng_state_all(content["random_cuda"])
    except Exception as error:  # whatever torch makes of a damaged file
        raise StoreError(
            f"cannot go on from {path}: it is damaged or of another run; delete it and give the "
            "same command again to train this run from its start"
        ) from error
    return place


def checkpoint_weights(path: Path) -> dict[str, Tensor]:
    """Return the network's weights of a checkpoint."""
    weights: dict[str, Tensor] = _read(path)["network"]
    return weights


def _read(path: Path) -> dict[str, Any]:
    """Read what `save_checkpoint` wrote; ValueError if a bit of it was changed."""
    whole = path.read_bytes()
    body, digest = whole[:-_DIGEST_BYTES], whole[-_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("changed since it was written")
    content: dict[str, Any] = torch.load(io.BytesIO(body), weights_only=True, map_location="cpu")
    return content


def save_weights(path: Path, weights: dict[str, Tensor]) -> str:
    """Write weights as safetensors and return the SHA-256; the file is whole or absent."""
    content = save({name: value.cpu().contiguous() for name, value in weights.items()})
    _write(path, content)
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():  # not to be made again: what lay in it is gone
        raise StoreError(f"{path.parent} was removed while twinseg was at work in it")
    write_bytes(path, content)
