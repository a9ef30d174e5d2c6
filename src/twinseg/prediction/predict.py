"""A trained model on cases: probabilities on the grid of the network, masks on the source grid."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from twinseg.core.arrays import Indices, Mask, Pictures, SquarePlane
from twinseg.core.progress import Progress
from twinseg.core.store import whole_folder
from twinseg.data.batches import to_images
from twinseg.data.prepared import PreparedDataset
from twinseg.prediction.predictions import Predictions, write_mask
from twinseg.training.run import TrainedModel

THRESHOLD = 0.5
IMAGES_AT_ONCE = 16


def predict_cases(
    trained: TrainedModel,
    data: PreparedDataset,
    positions: Indices,
    folder: Path,
    progress: Progress,
) -> Predictions:
    """Write the masks of the cases at ``positions`` into ``folder``, or find them there."""
    predictions = Predictions(trained.id, "run", folder)
    if folder.exists():
        return predictions
    title = f"predicting {trained.id}"
    with (
        whole_folder(folder) as scratch,
        progress.task(title, len(positions), unit="cases") as task,
    ):
        chosen = data.pictures[positions]
        for position, plane in zip(positions, probabilities(trained, chosen), strict=True):
            case = data.dataset.cases[position]
            mask = to_source_grid(plane, case.height_px, case.width_px)
            write_mask(scratch / f"{case.id}.png", mask)
            task.advance()
    return predictions


def probabilities(trained: TrainedModel, pictures: Pictures) -> Iterator[SquarePlane]:
    """Yield the probability of foreground per pixel, picture by picture, in [0, 1]."""
    for start in range(0, len(pictures), IMAGES_AT_ONCE):
        yield from _probabilities_at_once(trained, pictures[start : start + IMAGES_AT_ONCE])


@torch.no_grad()
def _probabilities_at_once(trained: TrainedModel, pictures: Pictures) -> np.ndarray:
    device = next(trained.network.parameters()).device
    logits = trained.network(trained.normalise(to_images(pictures).to(device)))
    planes: np.ndarray = logits.sigmoid().squeeze(1).cpu().numpy()
    return planes


def to_source_grid(probability: SquarePlane, height_px: int, width_px: int) -> Mask:
    """Interpolate linearly to the source grid and mark what is above one half."""
    plane = torch.from_numpy(np.ascontiguousarray(probability))[None, None]
    size = (height_px, width_px)
    stretched = functional.interpolate(plane, size, mode="bilinear", align_corners=False)
    return (stretched[0, 0] > THRESHOLD).numpy()
