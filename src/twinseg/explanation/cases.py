"""Heat maps of many cases of a study, kind by kind, into a folder."""

from pathlib import Path

from twinseg.core.arrays import Indices
from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress
from twinseg.core.store import whole_folder
from twinseg.data.batches import to_images
from twinseg.data.prepared import PreparedDataset
from twinseg.explanation.foreground import OURS
from twinseg.explanation.heat import Plan, heat_maps
from twinseg.explanation.map_names import LAYERS, METHOD
from twinseg.explanation.question import Question
from twinseg.explanation.regions import NON_TARGET, TARGET
from twinseg.explanation.stored import append_heat_maps, finish_heat_maps
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.training.trained_model import TrainedModel

_PLAN = Plan(
    methods=(METHOD,),
    layers=LAYERS,
    questions=(Question(TARGET), Question(NON_TARGET)),
    reading=OURS,
)


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
    title = f"explaining {trained.id}"
    with (
        whole_folder(folder) as scratch,
        progress.task(title, len(positions), unit="cases") as task,
    ):
        for start in range(0, len(positions), IMAGES_AT_ONCE):
            pictures = read_some(data.pictures, positions[start : start + IMAGES_AT_ONCE])
            images = trained.normalise(to_images(pictures))
            for kind, heat in heat_maps(trained.network, images, _PLAN).items():
                append_heat_maps(scratch / kind.name, heat.cpu().numpy())
            task.advance(len(pictures))
        for folder in scratch.iterdir():
            finish_heat_maps(folder, case_ids)
