"""Everything this package raises on purpose.

TwinsegError                what the user can mend: one line, exit status 2
├── ConfigError             a setting is unknown, missing or out of range
├── DataError               files or arrays do not fit together
│   └── MaskValuesError     labels hold several classes: nobody may guess which is the target
├── WeightsError            first weights are incomplete or of another network
│   └── NoWeightsError      neither a folder, nor a package, nor the hub has them
├── TrainingError           a run cannot go on (the loss is not a number)
└── StoreError              a folder is absent, half-written or made with other settings
    └── CannotWriteError    the disk is full or may not be written: the work goes on when it can

NotTheSameError             a run trained again is another model; status 1
RunsFailedError             some runs of a grid came to nothing, the others are there; status 1
"""


class TwinsegError(Exception):
    """Root of all errors raised on purpose; its text is one line for the user."""


class ConfigError(TwinsegError):
    """A setting is unknown, missing or out of range."""


class DataError(TwinsegError):
    """Files or arrays do not fit together."""


class MaskValuesError(DataError):
    """Labels hold several classes: nobody may guess which is the target."""


class WeightsError(TwinsegError):
    """First weights are incomplete or of another network."""


class NoWeightsError(WeightsError):
    """Neither a folder, nor a package, nor the hub has the first weights asked for."""


class TrainingError(TwinsegError):
    """A run cannot go on."""


class StoreError(TwinsegError):
    """A folder is absent, half-written or made with other settings."""


class CannotWriteError(StoreError):
    """The disk is full or may not be written: what is there goes on when it can."""


class NotTheSameError(TwinsegError):
    """A run that was trained again is another model; in what, was said."""


class RunsFailedError(TwinsegError):
    """Some runs of a grid came to nothing; which, and why, was said of each."""
