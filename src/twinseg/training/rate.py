"""The highest learning rate of a training, by its length where nobody asks for one."""

from math import log

import numpy as np

from twinseg.records.settings import TrainingSettings

SHORT_EPOCHS, LONG_EPOCHS = 8, 24
SHORT_RATE, LONG_RATE = 2e-3, 1e-3


def highest_rate(asked: TrainingSettings) -> float:
    """Return the highest rate of the one-cycle schedule, > 0.

    Short trainings learn more at the higher one; long ones keep less of small objects and of other
    laboratories at it (docs/training.md). Between them it falls evenly in the logarithm of the
    epochs.
    """
    if asked.learning_rate != "auto":
        return asked.learning_rate
    epochs = [log(SHORT_EPOCHS), log(LONG_EPOCHS)]
    return float(np.interp(log(asked.epochs), epochs, [SHORT_RATE, LONG_RATE]))
