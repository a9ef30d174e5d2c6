"""Planes of many cases in one array file: written a batch at a time, read by case."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib.format import write_array_header_1_0

from twinseg.core.arrays import Planes
from twinseg.core.errors import StoreError
from twinseg.core.store import read_json, write_json


def append_planes(folder: Path, planes: Planes, case_ids: Sequence[str]) -> None:
    """Append ``planes`` to ``folder/values.npy``: float32, (case, y, x), to the bit.

    Args:
        folder: Of one kind of plane; made if need be.
        planes: The next ones, all on one grid.
        case_ids: Of all planes that will be in the file, in their order; ``cases.json``.
    """
    folder.mkdir(exist_ok=True)
    # Plain writes, no memory map: on a full disk a map ends the process without a word.
    with (folder / "values.npy").open("ab") as file:
        if not file.tell():
            shape = (len(case_ids), *planes.shape[1:])
            described = {"descr": "<f4", "fortran_order": False, "shape": shape}
            write_array_header_1_0(file, described)
            write_json(folder / "cases.json", list(case_ids))
        file.write(planes.astype("<f4").tobytes())


def read_planes(folder: Path, case_ids: Sequence[str]) -> Planes:
    """Read the planes of ``case_ids``, in that order.

    Raises:
        StoreError: If the files are absent or damaged, or hold nothing of a case.
    """
    places = {case_id: place for place, case_id in enumerate(read_json(folder / "cases.json"))}
    if missing := [case_id for case_id in case_ids if case_id not in places]:
        raise StoreError(f"{folder} holds nothing of case {', '.join(missing[:5])}")
    try:
        values = np.load(folder / "values.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {folder / 'values.npy'}: {error}") from error
    return np.array(values[[places[case_id] for case_id in case_ids]])
