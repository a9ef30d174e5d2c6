"""Raw heat maps of one kind in one array file: written a batch at a time, read by case."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy.lib.format import write_array_header_1_0

from twinseg.core.errors import StoreError
from twinseg.core.store import read_json, write_json

HeatMapStack = Float[np.ndarray, "case y x"]


def append_heat_maps(folder: Path, heat: HeatMapStack, case_ids: Sequence[str]) -> None:
    """Append ``heat`` to ``folder/values.npy``: float32 on the layer's grid, (case, y, x).

    Args:
        folder: Of one kind of map.
        heat: The next maps, in units of their score, not rescaled.
        case_ids: Of all maps that will be in the file, in their order.
    """
    folder.mkdir(exist_ok=True)
    # Plain writes, no memory map: on a full disk a map ends the process without a word.
    with (folder / "values.npy").open("ab") as file:
        if not file.tell():
            shape = (len(case_ids), *heat.shape[1:])
            described = {"descr": "<f4", "fortran_order": False, "shape": shape}
            write_array_header_1_0(file, described)
            write_json(folder / "cases.json", list(case_ids))
        file.write(heat.astype("<f4").tobytes())


def read_heat_maps(folder: Path, case_ids: Sequence[str]) -> HeatMapStack:
    """Read raw heat maps of ``case_ids`` from the folder of one kind of map.

    Raises:
        StoreError: If there is none of such a case.
    """
    places = {case_id: place for place, case_id in enumerate(read_json(folder / "cases.json"))}
    if missing := [case_id for case_id in case_ids if case_id not in places]:
        raise StoreError(f"{folder} holds no heat map of {', '.join(missing[:5])}")
    values = np.load(folder / "values.npy", mmap_mode="r", allow_pickle=False)
    return np.array(values[[places[case_id] for case_id in case_ids]])
