"""Planes of many cases in one array file: written a batch at a time, read by case."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_magic, write_array_header_1_0

from twinseg.core.arrays import Planes
from twinseg.core.errors import StoreError
from twinseg.core.store import read_json, write_json


def append_planes(folder: Path, planes: Planes) -> None:
    """Append ``planes`` to ``folder/values.npy``: float32, (case, y, x), to the bit.

    Args:
        folder: Of one kind of plane; made if need be. `finish_planes` makes it readable.
        planes: The next ones, all on one grid.
    """
    folder.mkdir(parents=True, exist_ok=True)
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
    """Write ``folder/cases.json``: whose planes were appended, in their order."""
    write_json(folder / "cases.json", list(case_ids))


def open_planes(folder: Path) -> Planes:
    """Open all planes without reading them, in the order of ``cases.json``.

    Raises:
        StoreError: If the file is absent or damaged.
    """
    path = folder / "values.npy"
    try:
        values: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}; make it anew") from error
    return values


def read_planes(folder: Path, case_ids: Sequence[str]) -> Planes:
    """Read the planes of ``case_ids``, in that order.

    Raises:
        StoreError: If the files are absent or damaged, or hold nothing of a case.
    """
    places = {case_id: place for place, case_id in enumerate(read_json(folder / "cases.json"))}
    if missing := [case_id for case_id in case_ids if case_id not in places]:
        raise StoreError(f"{folder} holds nothing of case {', '.join(missing[:5])}")
    return np.array(open_planes(folder)[[places[case_id] for case_id in case_ids]])


def _count(path: Path) -> int:
    with path.open("rb") as file:
        read_magic(file)
        shape, _, _ = read_array_header_1_0(file)
    return int(shape[0])
