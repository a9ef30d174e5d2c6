"""From a trained model and its prepared cases to a likeness, in bounded memory."""

import numpy as np

from twinseg.core.arrays import Indices
from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress
from twinseg.data.prepared import PreparedDataset
from twinseg.prediction.likeness import Likeness, fit_likeness
from twinseg.prediction.looks import Looks, joined, look_at
from twinseg.prediction.predict import IMAGES_AT_ONCE
from twinseg.training.trained_model import TrainedModel

MOST_CASES = 2000  # of each part: more change no percentile that is used


def learn_likeness(
    trained: TrainedModel,
    data: PreparedDataset,
    training: Indices,
    validation: Indices,
    rng: np.random.Generator,
    progress: Progress,
) -> Likeness:
    """Measure training and validation cases, at most 2,000 of each, and learn from them.

    Args:
        trained: The model.
        data: Holds the pictures.
        training: Positions of the cases that it was trained on.
        validation: Of those that set the limit.
        rng: Draws cases where there are more.
        progress: Where to report.

    Raises:
        DataError: If there are too few, or the model gives no numbers.
    """
    drawn = [drawn_cases(positions, rng) for positions in (training, validation)]
    return fit_likeness(*(_looks(trained, data, part, progress) for part in drawn))


def drawn_cases(positions: Indices, rng: np.random.Generator, most: int = MOST_CASES) -> Indices:
    """Return at most ``most`` of ``positions``, sorted, so that files are read in their order."""
    if len(positions) <= most:
        return np.sort(positions)
    return np.sort(rng.choice(positions, most, replace=False))


def _looks(
    trained: TrainedModel, data: PreparedDataset, positions: Indices, progress: Progress
) -> Looks:
    parts = []
    title = f"measuring pictures for {trained.id}"
    with progress.task(title, len(positions), unit="cases") as task:
        for start in range(0, max(len(positions), 1), IMAGES_AT_ONCE):
            some = positions[start : start + IMAGES_AT_ONCE]
            cases = [data.dataset.cases[position] for position in some]
            parts.append(look_at(trained, read_some(data.pictures, some), cases))
            task.advance(len(some))
    return joined(parts)
