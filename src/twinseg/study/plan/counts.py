"""How many cases a run is trained, validated and tested on, told before any run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from twinseg.data.own_folder import is_prepared
from twinseg.data.prepared import PreparedDataset, open_prepared
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import Grid
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import StudySettings
from twinseg.study.open_study import OpenStudy
from twinseg.study.stages import drawn_cases


@dataclass(frozen=True)
class Counts:
    """Cases of a run.

    Attributes:
        train: To train on.
        whole: To train on at a fraction of 1.
        validation: To validate on.
        test: To test on.
    """

    train: int
    whole: int
    validation: int
    test: int


def data_of(source: Path, folder: StudyFolder) -> PreparedDataset | None:
    """Open the dataset of a study, if it is prepared already."""
    for place in (source, folder.dataset):
        if is_prepared(place):
            return open_prepared(place)
    return None


def counts_of(
    folder: StudyFolder, grid: Grid, data: PreparedDataset | None, *, cases: int
) -> dict[RunSpec, Counts]:
    """Count the cases of every run.

    Args:
        folder: Of the study.
        grid: What is asked.
        data: Its dataset; where there is none, the shares that are asked for are taken.
        cases: So many cases there are, if there is no dataset.

    Raises:
        ConfigError: If there are too few for what is asked.
    """
    found: dict[RunSpec, Counts] = {}
    for settings, runs in _points(grid):
        counts = _by_share(settings, cases) if data is None else _drawn(folder, settings, data)
        found |= dict.fromkeys(runs, counts)
    return found


def _points(grid: Grid) -> Iterator[tuple[StudySettings, list[RunSpec]]]:
    """Yield each point of a grid once, with its runs."""
    runs: dict[str, list[RunSpec]] = {}
    for run in grid.runs:
        runs.setdefault(run.point, []).append(run)
    for settings in grid.contrasts:
        if of_point := runs.pop(settings.contrast.first.point, []):
            yield settings, of_point


def _by_share(settings: StudySettings, cases: int) -> Counts:
    split, point = settings.split, settings.point
    test = cases * (1 / split.folds if split.folds else split.test_fraction)
    validation = cases * split.validation_fraction
    whole = cases - test - validation
    return Counts(*(max(1, round(n)) for n in (whole * point.fraction, whole, validation, test)))


def _drawn(folder: StudyFolder, settings: StudySettings, data: PreparedDataset) -> Counts:
    study = OpenStudy(folder, settings, data.folder)
    has_labels = folder.table("labels").exists()
    if settings.point.design == "no-rare" and not has_labels:
        # Which cases are rare is measured by the run; so many of all are left out for it.
        point = settings.point.model_copy(update={"design": "random"})
        study = OpenStudy(folder, settings.model_copy(update={"point": point}), data.folder)
    ids = pd.DataFrame({"case": [case.id for case in data.dataset.cases]})
    whole, subset = drawn_cases(study, study.table("labels") if has_labels else ids)
    train = len(subset.positions)
    return Counts(train, len(whole.train), len(whole.validation), len(whole.test))
