"""A trained model on cases: probabilities on the grid of the network, masks on the source grid."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from twinseg.core.arrays import Indices, Pictures, SquarePlane
from twinseg.core.mapped import read_some
from twinseg.core.planes import append_planes, finish_planes
from twinseg.core.progress import Progress
from twinseg.core.registry import choose
from twinseg.core.store import whole_folder
from twinseg.data.batches import to_images
from twinseg.data.prepared import PreparedDataset
from twinseg.prediction.predictions import PROBABILITIES, Predictions, write_mask
from twinseg.prediction.source_grid import to_source_grid
from twinseg.training.trained_model import TrainedModel

# Never fewer: libraries round otherwise for another number, and a mask must not depend on what
# else was shown to the network.
IMAGES_AT_ONCE = 8
FLIPS = {"left-right": (1,), "up-down": (0,), "turned": (0, 1)}  # axes of a plane, (y, x)


def predict_cases(
    trained: TrainedModel,
    data: PreparedDataset,
    positions: Indices,
    folder: Path,
    progress: Progress,
    *,
    flip: str = "",
) -> Predictions:
    """Write masks and probabilities of the cases at ``positions``, or find them there.

    ``folder/<case id>.png`` are the masks, ``folder/probabilities/`` holds what they follow from:
    float32 on the grid of the network, so that `to_source_grid` of a stored plane is the mask to
    the bit. Memory does not grow with the number of cases.

    Args:
        trained: The model.
        data: Holds the pictures.
        positions: Of the cases in the dataset.
        folder: Where to write.
        progress: Where to report.
        flip: Key of `FLIPS`: the picture is flipped for the model and its answer flipped back.
    """
    name = f"{trained.id}-{flip}" if flip else trained.id
    predictions = Predictions(name, "run", folder)
    if folder.exists():
        return predictions
    cases = [data.dataset.cases[position] for position in positions]
    title, axes = f"predicting {name}", choose(FLIPS, flip, "flip") if flip else ()
    with (
        whole_folder(folder) as scratch,
        progress.task(title, len(positions), unit="cases") as task,
    ):
        for start in range(0, len(positions), IMAGES_AT_ONCE):
            some = positions[start : start + IMAGES_AT_ONCE]
            turned = np.flip(read_some(data.pictures, some), tuple(1 + axis for axis in axes))
            planes = [
                np.flip(p, axes) for p in probabilities(trained, np.ascontiguousarray(turned))
            ]
            append_planes(scratch / PROBABILITIES, np.stack(planes))
            for case, plane in zip(cases[start : start + IMAGES_AT_ONCE], planes, strict=True):
                mask = to_source_grid(plane, case.height_px, case.width_px)
                write_mask(scratch / f"{case.id}.png", mask)
                task.advance()
        finish_planes(scratch / PROBABILITIES, [case.id for case in cases])
    return predictions


def probabilities(trained: TrainedModel, pictures: Pictures) -> Iterator[SquarePlane]:
    """Yield the probability of foreground per pixel, picture by picture, in [0, 1].

    The same picture gets the same bits, whatever pictures come with it and however many.
    """
    for start in range(0, len(pictures), IMAGES_AT_ONCE):
        yield from _probabilities_at_once(trained, pictures[start : start + IMAGES_AT_ONCE])


def filled_up(pictures: Pictures) -> UInt8[np.ndarray, "batch y x 3"]:
    """Return `IMAGES_AT_ONCE` pictures: those given, and again from the first where some lack."""
    return np.resize(pictures, (IMAGES_AT_ONCE, *pictures.shape[1:]))


@torch.no_grad()
def _probabilities_at_once(trained: TrainedModel, pictures: Pictures) -> np.ndarray:
    device = next(trained.network.parameters()).device
    logits = trained.network(trained.normalise(to_images(filled_up(pictures)).to(device)))
    planes: np.ndarray = logits.sigmoid().squeeze(1).cpu().numpy()[: len(pictures)]
    return planes
