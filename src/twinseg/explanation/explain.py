"""Heat maps of many cases into one array file per layer and region."""

from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy.lib.format import open_memmap

from twinseg.core.arrays import Indices
from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress
from twinseg.core.store import read_json, whole_folder, write_json
from twinseg.data.batches import to_images
from twinseg.data.read import LoadedDataset
from twinseg.explanation.grad_cam import METHOD, heat_maps
from twinseg.explanation.question import LAYERS, REGIONS
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.training.run import TrainedModel

HeatMapStack = Float[np.ndarray, "case y x"]


def map_name(layer: str, region: str) -> str:
    """Folder name of a kind of map, ``<method>-<region>``; the method includes its layer."""
    return f"{METHOD}-{layer}-{region}"


def explain_cases(
    trained: TrainedModel,
    data: LoadedDataset,
    positions: Indices,
    folder: Path,
    progress: Progress,
) -> None:
    """Write ``<map name>/values.npy`` into ``folder``, or find it there.

    Raw float32 values on the layer's grid, (case, y, x), in the order of ``cases.json`` beside it.
    Memory does not grow with the number of cases.
    """
    if folder.exists():
        return
    case_ids = [data.dataset.cases[position].id for position in positions]
    files: dict[str, np.memmap] = {}
    device = next(trained.network.parameters()).device
    title = f"explaining {trained.id}"
    with (
        whole_folder(folder) as scratch,
        progress.task(title, len(positions), unit="cases") as task,
    ):
        for start in range(0, len(positions), IMAGES_AT_ONCE):
            pictures = data.pictures[positions[start : start + IMAGES_AT_ONCE]]
            images = trained.normalise(to_images(pictures).to(device))
            maps = heat_maps(trained.network, images, layers=tuple(LAYERS), regions=tuple(REGIONS))
            for question, stack in maps.items():
                name, values = map_name(*question), stack.float().cpu().numpy()
                if name not in files:
                    (scratch / name).mkdir()
                    write_json(scratch / name / "cases.json", case_ids)
                    shape = (len(positions), *values.shape[1:])
                    files[name] = open_memmap(
                        scratch / name / "values.npy", "w+", np.float32, shape
                    )
                files[name][start : start + len(values)] = values
            task.advance(len(pictures))
        for file in files.values():
            file.flush()


def read_heat_maps(folder: Path, case_ids: list[str]) -> HeatMapStack:
    """Read raw heat maps of ``case_ids`` from the folder of one kind of map.

    Raises:
        StoreError: If there is none of such a case.
    """
    places = {case_id: place for place, case_id in enumerate(read_json(folder / "cases.json"))}
    if missing := [case_id for case_id in case_ids if case_id not in places]:
        raise StoreError(f"{folder} holds no heat map of {', '.join(missing[:5])}")
    values = np.load(folder / "values.npy", mmap_mode="r", allow_pickle=False)
    return np.array(values[[places[case_id] for case_id in case_ids]])
