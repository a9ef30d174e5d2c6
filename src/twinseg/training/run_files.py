"""What lies in a run folder beside the weights, read without the libraries that train."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twinseg.core.errors import StoreError
from twinseg.core.sealed import read_sealed, require_whole
from twinseg.records.folders import RunFolder


@dataclass(frozen=True)
class EpochRow:
    """One line of ``history.csv``."""

    epoch: int  # counted from 1
    train_loss: float  # mean over the steps
    validation_dice: float


def read_model_facts(folder: Path) -> dict[str, Any]:
    """Read ``model.json`` of a run folder: how to use the model.

    Raises:
        StoreError: If it is absent or damaged.
    """
    return read_sealed(RunFolder(folder).model, advice=how_to_mend(folder))


def read_run_facts(folder: Path) -> dict[str, Any]:
    """Read ``manifest.json`` of a run folder: how the model was made.

    Raises:
        StoreError: If it is absent or damaged.
    """
    return read_sealed(RunFolder(folder).manifest, advice=how_to_mend(folder))


def read_history(folder: Path) -> pd.DataFrame:
    """Read ``history.csv`` of a run folder: one row per epoch, see `EpochRow`.

    Raises:
        StoreError: If it is absent or damaged.
    """
    file = RunFolder(folder).history
    require_whole(file, _digests(folder)[file.name], advice=how_to_mend(folder))
    try:
        return pd.read_csv(file)[list(EpochRow.__dataclass_fields__)]
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(f"cannot read {file}; {how_to_mend(folder)}") from error


def require_whole_run(folder: Path) -> None:
    """Raise `StoreError` if a file of a run folder is absent or damaged."""
    read_model_facts(folder)
    read_history(folder)
    require_whole_weights(folder)


def require_whole_weights(folder: Path) -> Path:
    """Return the file of the weights of a run folder.

    Raises:
        StoreError: If it is absent or damaged.
    """
    weights = RunFolder(folder).weights
    require_whole(weights, _digests(folder)[weights.name], advice=how_to_mend(folder))
    return weights


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of the weights and the history by file name."""
    known: dict[str, str] = read_run_facts(folder)["sha256"]
    return known


def how_to_mend(folder: Path) -> str:
    """Return what a person may do about a damaged run folder."""
    return (
        f"copy it again whole, or delete the folder {folder} and give its `twinseg run` command "
        "again to train it anew"
    )
