"""A finished study or grid as a value for people: what was found, read from its files."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from twinseg.comparison import Comparison, from_table
from twinseg.core.errors import ConfigError
from twinseg.core.tables import read_table
from twinseg.prediction.predictions import Predictions
from twinseg.records.folders import SPLITS, StudyFolder
from twinseg.records.grid import Grid, is_grid_file, read_grid
from twinseg.records.settings import StudySettings, read_settings
from twinseg.report.index_page import INDEX
from twinseg.training.trained_model import TrainedModel, load_trained


@dataclass(frozen=True)
class _InFolder:
    """What lies in a folder of its own, with a page."""

    folder: Path

    @property
    def files(self) -> StudyFolder:
        """Where everything of it lies."""
        return StudyFolder(self.folder)

    @property
    def report(self) -> Path:
        """The page to open first."""
        return self.files.report


@dataclass(frozen=True)
class Study(_InFolder):
    """A finished study."""

    @cached_property
    def settings(self) -> StudySettings:
        """Settings as resolved."""
        return read_settings(self.files.settings)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per model or rule and test case."""
        return read_table(self.files.table("scores"))

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """One per compared pair and metric; second minus first."""
        return from_table(read_table(self.files.table("comparisons")))

    def model(self, init: str) -> TrainedModel:
        """Load the twin that started from ``init``.

        Raises:
            ConfigError: If there is none.
        """
        for run in self.settings.contrast.runs:
            if run.init == init:
                return load_trained(self.files.run(run.id).path)
        inits = ", ".join(self.settings.point.init)
        raise ConfigError(f"no twin started from {init!r}; choose one of: {inits}")

    def predictions(self, model: str, split: str = "test") -> Predictions:
        """Masks of a run or a rule by its name in `scores`, of the test or validation cases."""
        if split not in SPLITS:
            raise ConfigError(f"unknown part {split!r}; choose one of: {', '.join(SPLITS)}")
        if self.files.run(model).path.exists():
            return Predictions(model, "run", self.files.home.masks(split, model))
        return Predictions(model, "rule", self.files.masks(split, model))


@dataclass(frozen=True)
class GridStudy(_InFolder):
    """A grid of runs."""

    @cached_property
    def grid(self) -> Grid:
        """What was asked, as resolved."""
        return read_grid(self.files.settings)

    @property
    def contrasts(self) -> dict[str, Study]:
        """The study of each pair of inits at each point of the grid, by its name."""
        ids = [settings.contrast.id for settings in self.grid.contrasts]
        return {name: Study(self.files.contrast(name).path) for name in ids}

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per run or rule and test case, of all contrasts."""
        return self.table("scores")

    def table(self, name: str) -> pd.DataFrame:
        """Read a table of the grid."""
        return read_table(self.files.table(name))


@dataclass(frozen=True)
class Studies:
    """A study of each of several datasets."""

    folder: Path
    names: tuple[str, ...]

    @property
    def report(self) -> Path:
        """The page that leads to all of them."""
        return self.folder / INDEX

    @property
    def studies(self) -> dict[str, Study | GridStudy]:
        """Each by the name of its dataset."""
        return {name: study_at(self.folder / name) for name in self.names}


def study_at(folder: Path) -> Study | GridStudy:
    """Return what lies in a folder."""
    is_grid = is_grid_file(StudyFolder(folder).settings)
    return GridStudy(folder) if is_grid else Study(folder)
