"""The highest learning rate of a training, by its length where nobody asks for one."""

from math import cbrt

from twinseg.records.settings import TrainingSettings

SHORT_EPOCHS, LONG_EPOCHS, SHORT_RATE = 8, 24, 2e-3


def highest_rate(asked: TrainingSettings) -> float:
    """Return the highest rate of the one-cycle schedule, > 0.

    Short trainings learn more at a higher one; long ones keep less of small objects and of other
    laboratories at it, and a start from random weights is held back by a low one
    (docs/training.md). So it falls with the cube root of the length, but not beyond `LONG_EPOCHS`.
    """
    if asked.learning_rate != "auto":
        return asked.learning_rate
    return SHORT_RATE * min(1.0, cbrt(SHORT_EPOCHS / min(asked.epochs, LONG_EPOCHS)))
