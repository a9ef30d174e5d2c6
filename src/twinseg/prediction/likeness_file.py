"""A likeness as a file: arrays as safetensors, the rest as JSON in its header, all sealed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from twinseg.core.errors import StoreError
from twinseg.core.store import write_bytes
from twinseg.prediction.grid_ranges import GridRanges
from twinseg.prediction.likeness import Likeness
from twinseg.prediction.nearness import Cloud, Neighbours, Ruler

FORMAT = 1
_FACTS = ("training_cases", "validation_cases", "grey_share", "limit")
_HEADER = "likeness"  # one entry alone: the order of several is left to chance


def write_likeness(path: Path, likeness: Likeness) -> None:
    """Write a likeness; the file is whole or absent, and the same to the bit for the same value."""
    arrays = _arrays_of(likeness)
    facts = {name: getattr(likeness, name) for name in _FACTS} | {"format": FORMAT}
    header = json.dumps({"facts": facts, "sha256": _digest(arrays, facts)}, sort_keys=True)
    write_bytes(path, save(arrays, metadata={_HEADER: header}))


def read_likeness(path: Path) -> Likeness:
    """Read what `write_likeness` wrote.

    Raises:
        StoreError: If it is absent, damaged or of another version; says what to do.
    """
    advice = f"delete {path} and give the same `twinseg run` command again to make it anew"
    if not path.is_file():
        raise StoreError(f"there is no {path}; give the `twinseg run` command again to make it")
    try:
        with safe_open(path, framework="np") as opened:
            header = json.loads((opened.metadata() or {})[_HEADER])
            arrays = {name: opened.get_tensor(name) for name in sorted(opened.keys())}
        facts = header["facts"]
        is_whole, is_ours = header["sha256"] == _digest(arrays, facts), facts["format"] == FORMAT
    except Exception as error:  # whatever the library makes of a damaged file
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(f"cannot read {path}: {line}; {advice}") from error
    if not is_whole:
        raise StoreError(f"{path} is not as twinseg wrote it: it is damaged or changed; {advice}")
    if not is_ours:
        raise StoreError(f"{path} is of another version of twinseg; {advice}")
    return _from(arrays, facts)


def _arrays_of(likeness: Likeness) -> dict[str, np.ndarray]:
    """All arrays of a likeness by name, sorted."""
    balance, cloud = likeness.balance, likeness.cloud
    found = {
        "grids.low": likeness.grids.low,
        "grids.high": likeness.grids.high,
        "quantiles": likeness.quantiles,
        "rarity": likeness.rarity,
        "middle": likeness.middle,
        "reach": likeness.reach,
        "balance.rows": balance.rows,
        "balance.ruler.middle": balance.ruler.middle,
        "balance.ruler.spread": balance.ruler.spread,
        "cloud.mean": cloud.mean,
        "cloud.directions": cloud.directions,
        "cloud.variances": cloud.variances,
        "cloud.rest": np.array(cloud.rest),
        "cloud.ruler.middle": cloud.ruler.middle,
        "cloud.ruler.spread": cloud.ruler.spread,
    }
    return {name: np.ascontiguousarray(array) for name, array in sorted(found.items())}


def _from(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Likeness:
    def ruler(of: str) -> Ruler:
        return Ruler(arrays[f"{of}.ruler.middle"], arrays[f"{of}.ruler.spread"])

    cloud = Cloud(
        ruler=ruler("cloud"),
        mean=arrays["cloud.mean"],
        directions=arrays["cloud.directions"],
        variances=arrays["cloud.variances"],
        rest=arrays["cloud.rest"].item(),
    )
    return Likeness(
        grids=GridRanges(arrays["grids.low"], arrays["grids.high"]),
        quantiles=arrays["quantiles"],
        rarity=arrays["rarity"],
        balance=Neighbours(ruler("balance"), arrays["balance.rows"]),
        cloud=cloud,
        middle=arrays["middle"],
        reach=arrays["reach"],
        **{name: facts[name] for name in _FACTS},
    )


def _digest(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
