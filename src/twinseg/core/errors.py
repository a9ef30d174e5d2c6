"""Everything this package raises on purpose.

TwinsegError                what the user can mend: one line, exit status 2
├── ConfigError             a setting is unknown, missing or out of range
├── DataError               files or arrays do not fit together
├── WeightsError            first weights are absent, incomplete or of another network
├── TrainingError           a run cannot go on (the loss is not a number)
└── StoreError              a folder is absent, half-written, full or made with other settings
"""


class TwinsegError(Exception):
    """Root of all errors raised on purpose; its text is one line for the user."""


class ConfigError(TwinsegError):
    """A setting is unknown, missing or out of range."""


class DataError(TwinsegError):
    """Files or arrays do not fit together."""


class WeightsError(TwinsegError):
    """First weights are absent, incomplete or of another network."""


class TrainingError(TwinsegError):
    """A run cannot go on."""


class StoreError(TwinsegError):
    """A folder is absent, half-written, full or made with other settings."""
