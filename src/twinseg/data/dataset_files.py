"""The files of a prepared dataset, and how to tell that one was damaged since.

``dataset.json`` keeps length and SHA-256 of every other file, so that a dataset that was cut or
zeroed by a bad disk, a full one or a copy that broke off never gives pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from twinseg.core.errors import DataError, StoreError
from twinseg.core.store import FileFacts, facts_of, flush_to_disk, read_json, write_json
from twinseg.core.tables import write_table
from twinseg.data.case import Dataset
from twinseg.data.own_folder import FACTS, PIXELS, is_prepared
from twinseg.data.parts import StoredCase

FORMAT = 4
TABLES = ("cases.parquet", "cases.csv")
AGAIN = "give the command that prepared it again"


def require_prepared(folder: Path) -> None:
    """Raise DataError, with how to make one, if ``folder`` is no prepared dataset."""
    if not is_prepared(folder):
        inside = folder / "dataset"
        if is_prepared(inside):
            raise DataError(f"{folder} is no dataset but a study; its dataset is {inside}")
        raise DataError(f"{folder} is no dataset; make one by: twinseg prepare SOURCE {folder}")


def write_prepared(folder: Path, dataset: Dataset, stored: Sequence[StoredCase], size: int) -> None:
    """Write all files of a dataset, and wait until they are on the disk.

    Args:
        folder: An existing folder, not yet looked at by anyone.
        dataset: Its cases in the order of ``stored``.
        stored: Where the pixels of each case lie.
        size: Side of the training grid, in pixels.
    """
    count = len(stored)
    with (
        (folder / "pictures.npy").open("wb") as pictures,
        (folder / "masks.npy").open("wb") as masks,
        (folder / "references.bin").open("wb") as references,
    ):
        # Through plain writes: a full disk under a memory map would kill the process.
        for file, kind, shape in (
            (pictures, "|u1", (count, size, size, 3)),
            (masks, "|b1", (count, size, size)),
        ):
            header = {"descr": kind, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
        for case in stored:
            picture, mask, reference = case.pixels(size)
            pictures.write(picture)
            masks.write(mask)
            references.write(reference)
    for name in PIXELS:
        flush_to_disk(folder / name)
    write_facts(folder, dataset, size, {name: facts_of(folder / name) for name in PIXELS})


def write_facts(folder: Path, dataset: Dataset, size: int, pixels: Mapping[str, FileFacts]) -> None:
    """Write what is known of the cases beside their pixels; ``dataset.json`` comes last."""
    table = dataset.table()
    if not dataset.facts.get("paths_hidden"):
        table["file"] = [case.origin.file if case.origin else None for case in dataset.cases]
    write_table(folder / "cases.parquet", table)
    files = {**pixels, **{name: facts_of(folder / name) for name in TABLES}}
    kept = {name: asdict(facts) for name, facts in files.items()}
    write_json(folder / FACTS, describe(dataset) | {"format": FORMAT, "size": size, "files": kept})


def describe(dataset: Dataset) -> dict[str, Any]:
    """Everything about a dataset but its cases, for ``dataset.json``."""
    return {
        "name": dataset.name,
        "cases": len(dataset.cases),
        "groups": len(dataset.groups),
        "empty_masks": dataset.empty_masks,
        "fingerprint": dataset.fingerprint,
        "notes": list(dataset.notes),
        "left_out": [asdict(item) for item in dataset.left_out],
        "facts": dict(dataset.facts),
    }


def faults_of(folder: Path) -> dict[str, str]:
    """Compare every file of a dataset with its digest; "" for one that is as it was written.

    Raises:
        StoreError: If nobody can tell, because ``dataset.json`` cannot be read.
    """
    kept = files_of(read_facts(folder))
    return {name: fault_of(folder / name, kept[name], by_digest=True) for name in kept}


def read_described(folder: Path) -> dict[str, Any]:
    """Read ``dataset.json`` of any version.

    Raises:
        StoreError: If it is absent or damaged: then nobody can tell what the files beside it are.
    """
    try:
        described = read_json(folder / FACTS)
    except StoreError:
        described = None
    if not isinstance(described, dict) or not isinstance(described.get("facts"), dict):
        raise StoreError(f"{folder / FACTS} is damaged; delete {folder} and prepare it again")
    return described


def read_facts(folder: Path) -> dict[str, Any]:
    """Read ``dataset.json`` of this version.

    Raises:
        StoreError: If it is absent, damaged or of another version.
    """
    described = read_described(folder)
    if described.get("format") != FORMAT:
        raise StoreError(f"{folder} is of another version of twinseg; {AGAIN}")
    return described


def files_of(described: Mapping[str, Any]) -> dict[str, FileFacts]:
    """Return what ``dataset.json`` says of the other files.

    Raises:
        StoreError: If it does not.
    """
    try:
        files = {name: FileFacts(**facts) for name, facts in described["files"].items()}
        return {name: files[name] for name in (*PIXELS, *TABLES)}
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{FACTS} says nothing of the files beside it; {AGAIN}") from error


def fault_of(path: Path, written: FileFacts, *, by_digest: bool) -> str:
    """Say how a file differs from what was written; "" if it does not.

    Args:
        path: The file.
        written: What it must hold.
        by_digest: Read it whole; False: its length alone.
    """
    try:
        size = path.stat().st_size
        if size != written.bytes:
            return f"has {size:,} bytes, {written.bytes:,} were written"
        if by_digest and facts_of(path) != written:
            return "holds other bytes than were written (its SHA-256 differs)"
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return ""
