"""What the rules of a study have learnt on validation cases, as a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twinseg.core.sealed import read_sealed, write_sealed


def write_learnt(file: Path, learnt: Mapping[str, Any]) -> None:
    """Write ``tables/rules.json`` of a study."""
    write_sealed(file, learnt)


def read_learnt(file: Path) -> dict[str, Any]:
    """Read what `write_learnt` wrote.

    Returns:
        ``weights`` of the weighted mean, ``chosen`` and its candidates, name of ``better_twin``.

    Raises:
        StoreError: If it is absent or damaged.
    """
    return read_sealed(
        file,
        advice=f"delete {file} and give the same command again to make it anew",
    )
