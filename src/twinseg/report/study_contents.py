"""What lies in a study folder, read once and handed to every part of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison import Comparison, from_table
from twinseg.core.arrays import Values
from twinseg.core.errors import StoreError
from twinseg.core.sealed import read_sealed
from twinseg.core.tables import read_table
from twinseg.prediction.predictions import Predictions
from twinseg.records.folders import TEST, StudyFolder
from twinseg.records.settings import StudySettings, read_settings
from twinseg.report.models import Model, rule_models, twin_models
from twinseg.training.run_files import read_history, read_run_facts

_TITLES = {
    "pairs": "Images with masks",
    "dicom": "DICOM series",
    "nifti": "Volumes",
    "slides": "Slides with annotations",
}
_CT_TITLES = {"pairs": "CT slices with masks", "dicom": "CT series"}
_PICTURED_RULES = ("union", "intersection", "chosen")


@dataclass(frozen=True)
class Run:
    """A finished run as its folder tells it."""

    model: Model
    manifest: dict[str, Any]
    history: pd.DataFrame  # one row per epoch

    @property
    def first_weights(self) -> dict[str, Any]:
        """Fingerprints of encoder and decoder before training, their source, what was missing."""
        first: dict[str, Any] = self.manifest["first_weights"]
        return first


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Settings, facts and tables of a finished study."""

    folder: Path
    settings: StudySettings
    dataset: dict[str, Any]  # dataset.json
    cases: pd.DataFrame  # one row per case, with its split
    scores: pd.DataFrame  # one row per model and test case
    comparisons: tuple[Comparison, ...]
    runs: tuple[Run, ...]  # the twins, in the order of `settings.init`
    rules: tuple[Model, ...]

    @property
    def files(self) -> StudyFolder:
        """Where everything of the study lies."""
        return StudyFolder(self.folder)

    def table(self, name: str) -> pd.DataFrame:
        """Read a table of the study, once however often it is asked for."""
        if name not in self._tables:
            self._tables[name] = read_table(self.files.table(name))
        return self._tables[name]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Read a table of the study row by row."""
        records = self.table(name).to_dict("records")
        return [{str(column): value for column, value in row.items()} for row in records]

    @property
    def title(self) -> str:
        """The dataset as a heading names it."""
        return title_of(self.dataset)

    @property
    def twins(self) -> tuple[Model, ...]:
        """The two trained models."""
        return tuple(run.model for run in self.runs)

    @property
    def models(self) -> tuple[Model, ...]:
        """The twins, then the rules."""
        return self.twins + self.rules

    @property
    def pictured(self) -> tuple[Model, ...]:
        """The twins and the rules that are shown first and case by case: there is room for few."""
        return self.twins + tuple(rule for rule in self.rules if rule.id in _PICTURED_RULES)

    @cached_property
    def test_cases(self) -> list[str]:
        """Ids of the test cases in the order of the scores."""
        return [str(case) for case in self._rows[self.twins[0].id].index]

    @cached_property
    def test_groups(self) -> np.ndarray:
        """Group of each test case, (case,)."""
        return self._rows[self.twins[0].id]["group"].to_numpy(dtype=object)

    def scores_of(self, metric: str, model: Model) -> Values:
        """Return one metric of one model, (case,), in the order of `test_cases`."""
        return self._rows[model.id][metric].to_numpy(dtype=float)

    def predictions_of(self, model: Model) -> Predictions:
        """Open the masks of a model or rule."""
        if model in self.twins:
            return Predictions(model.id, "run", self.files.home.masks(TEST, model.id))
        return Predictions(model.id, "rule", self.files.masks(TEST, model.id))

    def heat_maps_of(self, model: Model, name: str) -> Path:
        """Folder of one kind of heat map of a twin."""
        return self.files.home.maps(TEST, model.id) / name

    def overlays_of(self, model: Model, name: str) -> Path:
        """Folder of the pictures of that kind, on the scale that the twins have in common."""
        return self.files.maps(TEST, model.id) / name

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        """What was read so far."""
        return {}

    @cached_property
    def _rows(self) -> dict[str, pd.DataFrame]:
        """The scores of each model by its id, the cases in one order."""
        by_model = {
            str(model): rows.set_index("case") for model, rows in self.scores.groupby("model")
        }
        cases = by_model[self.twins[0].id].index
        return {model: rows.loc[cases] for model, rows in by_model.items()}


def title_of(dataset: Mapping[str, Any]) -> str:
    """Name a dataset by its folder, or where that is hidden by its kind."""
    name, facts = str(dataset["name"]), dataset.get("facts", {})
    # Volumes always name a window, in case they are of CT.
    titles = _TITLES | _CT_TITLES if facts.get("window_hu") else _TITLES
    return titles.get(name, name)


def read_contents(folder: Path) -> Contents:
    """Read a finished study.

    Raises:
        StoreError: If something is absent or damaged.
    """
    files = StudyFolder(folder)
    settings = read_settings(files.settings)
    run_ids = [run.id for run in settings.contrast.runs]
    twins = twin_models(run_ids, settings.point.init)
    scores = read_table(files.table("scores"))
    scored = [str(model) for model in scores["model"].unique()]
    if unscored := [name for name in run_ids if name not in scored]:
        raise StoreError(f"the scores of {folder} lack {', '.join(unscored)}; run the study again")
    return Contents(
        folder=folder,
        settings=settings,
        dataset=read_study_facts(folder),
        cases=read_table(files.table("cases")),
        scores=scores,
        comparisons=tuple(from_table(read_table(files.table("comparisons")))),
        runs=tuple(_read_run(files.run(twin.id).path, twin) for twin in twins),
        rules=rule_models([name for name in scored if name not in run_ids]),
    )


def read_study_facts(folder: Path) -> dict[str, Any]:
    """Read ``dataset.json`` of a study: what came in, what was left out.

    Raises:
        StoreError: If it is absent or damaged.
    """
    file = StudyFolder(folder).description
    return read_sealed(
        file,
        advice=f"delete {file} and give the same command again to make it anew",
    )


def _read_run(folder: Path, model: Model) -> Run:
    return Run(model, read_run_facts(folder), read_history(folder))
