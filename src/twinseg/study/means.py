"""How a study is computed: none of it changes what comes out, but for rounding."""

from dataclasses import dataclass, field
from pathlib import Path

from twinseg.core.executor import Executor
from twinseg.core.progress import Progress, Silent
from twinseg.records.settings import Hardware


@dataclass(frozen=True)
class Means:
    """What a study is computed with.

    Attributes:
        hardware: Device and precision.
        weights_dir: Folder of first weights, asked before any hub.
        progress: Where to report.
        executor: Where runs are worked off; None chooses.
    """

    hardware: Hardware
    weights_dir: Path | None = None
    progress: Progress = field(default_factory=Silent)
    executor: Executor | None = None
