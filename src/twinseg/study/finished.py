"""A study folder as a value: what was found, read from the files that hold it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from twinseg.comparison import Comparison, from_table
from twinseg.core.registry import choose
from twinseg.core.settings import StudySettings, read_settings
from twinseg.core.tables import read_table
from twinseg.prediction.predictions import Predictions
from twinseg.training.run import TrainedModel, load_trained
from twinseg.training.run_files import run_id

PARTS = {"test": "predictions", "validation": "validation"}  # the folder of each


@dataclass(frozen=True)
class Study:
    """A finished study."""

    folder: Path

    @property
    def report(self) -> Path:
        """The page to open first."""
        return self.folder / "report" / "index.html"

    @cached_property
    def settings(self) -> StudySettings:
        """Settings as resolved."""
        return read_settings(self.folder / "study.toml")

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per model or rule and test case."""
        return read_table(self.folder / "tables" / "scores.parquet")

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """One per compared pair and metric; second minus first."""
        return from_table(read_table(self.folder / "tables" / "comparisons.parquet"))

    def model(self, init: str) -> TrainedModel:
        """Load the twin that started from ``init``."""
        return load_trained(self.folder / "runs" / run_id(self.settings, init))

    def predictions(self, model: str, part: str = "test") -> Predictions:
        """Masks of a run or a rule by its name in `scores`, of the test or validation cases."""
        kind = "run" if (self.folder / "runs" / model).exists() else "rule"
        return Predictions(model, kind, self.folder / choose(PARTS, part, "part") / model)
