"""What lies in a run folder beside the weights, read without the libraries that train."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twinseg.core.errors import StoreError
from twinseg.core.sealed import read_sealed, require_whole
from twinseg.core.settings import StudySettings


@dataclass(frozen=True)
class EpochRow:
    """One line of ``history.csv``."""

    epoch: int  # counted from 1
    train_loss: float  # mean over the steps
    validation_dice: float


_NOW_CALLED = {"best_epoch": "kept_epoch", "best_validation_dice": "kept_validation_dice"}


def run_id(settings: StudySettings, init: str) -> str:
    """Return the folder name of a run, such as ``imagenet-f100-s0``."""
    start = Path(init).stem if init.endswith(".safetensors") else init.replace(":", "")
    design = "" if settings.design == "random" else f"-{settings.design}"
    return f"{start}{design}-f{settings.fraction * 100:g}-s{settings.seed}"


def read_model_facts(folder: Path) -> dict[str, Any]:
    """Read ``model.json`` of a run folder: how to use the model.

    Raises:
        StoreError: If it is absent or damaged.
    """
    keys = ("run", "encoder", "init", "seed", "fraction", "size", "mean", "std", "data")
    return read_sealed(folder / "model.json", keys=keys, advice=how_to_mend(folder))


def read_run_facts(folder: Path) -> dict[str, Any]:
    """Read ``manifest.json`` of a run folder: how the model was made.

    Raises:
        StoreError: If it is absent or damaged.
    """
    keys = ("run", "init", "settings", "first_weights")
    facts = read_sealed(folder / "manifest.json", keys=keys, advice=how_to_mend(folder))
    return {_NOW_CALLED.get(name, name): value for name, value in facts.items()}


def read_history(folder: Path) -> pd.DataFrame:
    """Read ``history.csv`` of a run folder: one row per epoch, see `EpochRow`.

    Raises:
        StoreError: If it is absent or damaged.
    """
    file = folder / "history.csv"
    if known := read_run_facts(folder).get("sha256"):
        require_whole(file, known[file.name], advice=how_to_mend(folder))
    try:
        return pd.read_csv(file)[list(EpochRow.__dataclass_fields__)]
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(f"cannot read {file}; {how_to_mend(folder)}") from error


def require_whole_run(folder: Path) -> None:
    """Raise `StoreError` if a file of a run folder is absent or damaged."""
    read_model_facts(folder)
    read_history(folder)
    if known := read_run_facts(folder).get("sha256"):
        weights = folder / "model.safetensors"
        require_whole(weights, known[weights.name], advice=how_to_mend(folder))


def how_to_mend(folder: Path) -> str:
    """Return what a person may do about a damaged run folder."""
    return (
        f"copy it again whole, or delete the folder {folder} and give its `twinseg run` command "
        "again to train it anew"
    )
