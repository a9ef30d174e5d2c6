"""Our own JSON, sealed: what was cut, zeroed or changed by hand is told before it is used."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twinseg.core.errors import StoreError
from twinseg.core.store import facts_of, write_json

SEAL = "sha256_of_the_rest"
CHECKSUMS = "checksums.json"  # of the files beside it


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` as JSON with a digest of itself; the file is whole or absent."""
    write_json(path, {**content, SEAL: _digest(content)})


def read_sealed(path: Path, *, advice: str) -> dict[str, Any]:
    """Read what `write_sealed` wrote, without the digest.

    Args:
        path: File to read.
        advice: How to go on if it is damaged; ends the line of the error.

    Raises:
        StoreError: If it is absent, damaged or changed by hand.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StoreError(f"there is no {path}; {advice}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, advice) from error
    if not isinstance(content, dict):
        raise _damaged(path, advice)
    if content.pop(SEAL, None) != _digest(content):
        raise _damaged(path, advice)
    return content


def require_whole(path: Path, sha256: str | None, *, advice: str) -> None:
    """Raise `StoreError` if ``path`` is absent or its bytes are not those of the digest."""
    if not path.is_file():
        raise StoreError(f"there is no {path}; {advice}")
    try:
        is_whole = facts_of(path).sha256 == sha256
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}; {advice}") from error
    if not is_whole:
        raise _damaged(path, advice)


def _digest(content: Mapping[str, Any]) -> str:
    # As it will be read again: tuples are lists by then, and keys are text.
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _damaged(path: Path, advice: str) -> StoreError:
    return StoreError(
        f"{path} is not as twinseg wrote it: it is damaged or was changed by hand; {advice}"
    )
