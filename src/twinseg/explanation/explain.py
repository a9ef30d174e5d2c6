"""Heat maps of many cases, kind by kind, into a folder."""

from pathlib import Path

from twinseg.core.arrays import Indices
from twinseg.core.progress import Progress
from twinseg.core.store import whole_folder
from twinseg.data.batches import to_images
from twinseg.data.prepared import PreparedDataset
from twinseg.explanation.grad_cam import METHOD, heat_maps
from twinseg.explanation.question import LAYERS, REGIONS
from twinseg.explanation.stored import append_heat_maps
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.training.run import TrainedModel


def map_name(layer: str, region: str) -> str:
    """Folder name of a kind of map, ``<method>-<region>``; the method includes its layer."""
    return f"{METHOD}-{layer}-{region}"


def explain_cases(
    trained: TrainedModel,
    data: PreparedDataset,
    positions: Indices,
    folder: Path,
    progress: Progress,
) -> None:
    """Write raw heat maps into ``folder``, ``<map name>/values.npy`` each, or find them there.

    Memory does not grow with the number of cases.
    """
    if folder.exists():
        return
    case_ids = [data.dataset.cases[position].id for position in positions]
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
                append_heat_maps(scratch / map_name(*question), stack.cpu().numpy(), case_ids)
            task.advance(len(pictures))
