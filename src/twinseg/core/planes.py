"""Planes of many cases in one array file: written a batch at a time, read by case."""

import json
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_magic, write_array_header_1_0

from twinseg.core.arrays import Planes
from twinseg.core.errors import StoreError
from twinseg.core.sealed import CHECKSUMS, read_sealed, write_sealed
from twinseg.core.store import write_json


def append_planes(folder: Path, planes: Planes) -> None:
    """Append ``planes`` to ``folder/values.npy``: float32, (case, y, x), to the bit.

    Args:
        folder: Of one kind of plane; made if need be. `finish_planes` makes it readable.
        planes: The next ones, all on one grid.
    """
    folder.mkdir(exist_ok=True)  # not those above: if they were removed, this has to fail
    path = folder / "values.npy"
    # Plain writes, no memory map: on a full disk a map ends the process without a word.
    with path.open("r+b" if path.exists() else "w+b") as file:
        before = _count(path) if path.stat().st_size else 0
        shape = (before + len(planes), *planes.shape[1:])
        # NumPy leaves room in the header, so that it can tell of more planes without growing.
        write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        file.seek(0, 2)
        file.write(planes.astype("<f4").tobytes())


def finish_planes(folder: Path, case_ids: Sequence[str]) -> None:
    """Write ``folder/cases.json``: whose planes were appended, in their order.

    ``checksums.json`` beside it keeps the CRC-32 of each plane, which `read_planes` checks.
    """
    write_json(folder / "cases.json", list(case_ids))
    sums = (
        [_checksum(plane) for plane in open_planes(folder)]
        if (folder / "values.npy").exists()
        else []
    )
    write_sealed(folder / CHECKSUMS, {"cases": [*case_ids], "crc32": sums})


def open_planes(folder: Path, *, advice: str | None = None) -> Planes:
    """Open all planes without reading them, in the order of ``cases.json``.

    Args:
        folder: Of one kind of plane.
        advice: How to go on if they are damaged; ends the line of the error.

    Raises:
        StoreError: If the file is absent or damaged.
    """
    path = folder / "values.npy"
    try:
        values: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # whatever NumPy makes of a damaged header
        raise _damaged(path, folder, advice) from error
    if values.ndim != 3 or values.dtype != np.float32:
        raise _damaged(path, folder, advice)
    return values


def read_planes(folder: Path, case_ids: Sequence[str], *, advice: str | None = None) -> Planes:
    """Read the planes of ``case_ids``, in that order.

    Args:
        folder: Of one kind of plane.
        case_ids: Of the cases.
        advice: How to go on if they are damaged; ends the line of the error.

    Raises:
        StoreError: If the files are absent or damaged, or hold nothing of a case.
    """
    ids, sums = _contents(folder, advice)
    values = open_planes(folder, advice=advice)
    if len(values) != len(ids):
        raise _damaged(folder / "values.npy", folder, advice)
    places = {case_id: place for place, case_id in enumerate(ids)}
    if missing := [case_id for case_id in case_ids if case_id not in places]:
        raise StoreError(f"{folder} holds nothing of case {', '.join(missing[:5])}")
    wanted = [places[case_id] for case_id in case_ids]
    planes = np.array(values[wanted])
    for place, plane in zip(wanted, planes, strict=True):
        if sums and _checksum(plane) != sums[place]:
            raise _damaged(folder / "values.npy", folder, advice)
    return planes


def cases_of_planes(folder: Path, *, advice: str | None = None) -> list[str]:
    """Return the ids of the cases in the order of their planes.

    Raises:
        StoreError: If their file is absent or damaged.
    """
    ids, _ = _contents(folder, advice)
    return [*ids]


def _contents(folder: Path, advice: str | None) -> tuple[list[str], list[int]]:
    """Return the case and the CRC-32 of each plane; none of the latter of an earlier version."""
    sealed = folder / CHECKSUMS
    if sealed.exists():
        facts = sealed.stat()
        return _sealed(sealed, advice or _anew(folder), facts.st_size, facts.st_mtime_ns)
    path = folder / "cases.json"
    try:
        ids = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, folder, advice) from error
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
        raise _damaged(path, folder, advice)
    return ids, []


@lru_cache(maxsize=16)
def _sealed(path: Path, advice: str, _size: int, _time_ns: int) -> tuple[list[str], list[int]]:
    """Read the checksums; remembered while the file is the same, as planes are read one by one."""
    known = read_sealed(path, advice=advice)
    return known["cases"], known["crc32"]


def _checksum(plane: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(plane).data)


def _damaged(path: Path, folder: Path, advice: str | None) -> StoreError:
    return StoreError(f"cannot read {path}: it is absent or damaged; {advice or _anew(folder)}")


def _anew(folder: Path) -> str:
    return f"delete the folder {folder} and give the same command again to make it anew"


def _count(path: Path) -> int:
    with path.open("rb") as file:
        read_magic(file)
        shape, _, _ = read_array_header_1_0(file)
    return int(shape[0])
