"""A study at work as one value: where it lies, what was asked, and what its runs said so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.core.arrays import Indices
from twinseg.core.seeds import stream
from twinseg.core.tables import read_table
from twinseg.data.own_folder import FACTS
from twinseg.data.prepared import PreparedDataset, open_prepared
from twinseg.prediction.predict import FLIPS
from twinseg.prediction.predictions import Predictions
from twinseg.records.folders import StudyFolder
from twinseg.records.run_spec import Contrast, RunSpec
from twinseg.records.settings import Hardware, StudySettings
from twinseg.study.first_weights import Start
from twinseg.training.trained_model import TrainedModel, load_trained


@dataclass(frozen=True)
class TwinCases:
    """Test or validation cases, and what both twins say of them.

    Attributes:
        split: Name of the part, as in the column ``split``.
        positions: Of the cases in the dataset.
        case_ids: Ids of the cases in their order.
        groups: Group of each case.
        folder: Of everything that was predicted for them.
        maps: Folders of the heat maps of both twins.
        twins: Predictions of both.
        members: Of every rule: the twins, and their answers to flipped pictures if asked for.
    """

    split: str
    positions: Indices
    case_ids: list[str]
    groups: np.ndarray
    folder: Path
    maps: tuple[Path, ...]
    twins: tuple[Predictions, ...]
    members: tuple[Predictions, ...]

    def rule(self, name: str) -> Predictions:
        """Return the predictions of a rule for these cases."""
        return Predictions(name, "rule", self.folder / name)


@dataclass(frozen=True)
class OpenStudy:
    """A study at work; a job opens one from a few hundred bytes.

    Attributes:
        folder: Where it lies.
        settings: What was asked.
        dataset: Folder of the prepared dataset.
        hardware: What it is computed on.
        starts: What the runs that are still to be trained start from.
    """

    folder: StudyFolder
    settings: StudySettings
    dataset: Path
    hardware: Hardware = field(default_factory=Hardware)
    starts: Mapping[RunSpec, Start] = field(default_factory=dict)

    @cached_property
    def data(self) -> PreparedDataset:
        """The dataset, opened when it is first asked for."""
        return _opened(self.dataset, (self.dataset / FACTS).stat().st_mtime_ns)

    @cached_property
    def case_ids(self) -> frozenset[str]:
        """Ids of all cases."""
        return frozenset(case.id for case in self.data.dataset.cases)

    @cached_property
    def _splits(self) -> np.ndarray:
        """Name of the part of each case."""
        return read_table(self.folder.table("cases"))["split"].to_numpy()

    def positions(self, split: str) -> Indices:
        """Return the positions of the cases of ``train``, ``validation`` or ``test``, sorted."""
        return np.flatnonzero(self._splits == split)

    def table(self, name: str) -> pd.DataFrame:
        """Read a table of the study."""
        return read_table(self.folder.table(name))

    def random(self, *address: str) -> np.random.Generator:
        """Return the stream of random numbers at an address of the study's seed."""
        return stream(self.settings.point.seed, *address)

    def trained(self, run: RunSpec) -> TrainedModel:
        """Load the model of a run."""
        return load_trained(self.folder.run(run.id).path, device=self.hardware.device)

    @property
    def flips(self) -> tuple[str, ...]:
        """Names of the flips whose answers are members of the rules, if that was asked for."""
        return tuple(FLIPS) if self.settings.evaluation.flips else ()

    def flipped(self, run: RunSpec, split: str) -> dict[str, Path]:
        """Return the folder of the answers to each flip that was asked for, by its name."""
        return {flip: self.folder.home.masks(split, f"{run.id}-{flip}") for flip in self.flips}

    def predicted(self, run: RunSpec, split: str) -> Predictions:
        """Return what a run says of the cases of ``split``."""
        return Predictions(run.id, "run", self.folder.home.masks(split, run.id))

    def twin_cases(self, contrast: Contrast, split: str) -> TwinCases:
        """Return the cases of ``split`` with what both twins say of them."""
        positions = self.positions(split)
        cases = [self.data.dataset.cases[position] for position in positions]
        members: list[Predictions] = []
        for run in contrast.runs:
            members.append(self.predicted(run, split))
            members += [
                Predictions(folder.name, "run", folder)
                for folder in self.flipped(run, split).values()
            ]
        return TwinCases(
            split=split,
            positions=positions,
            case_ids=[case.id for case in cases],
            groups=np.array([case.group for case in cases]),
            folder=self.folder.masks(split, ""),
            maps=tuple(self.folder.home.maps(split, run.id) for run in contrast.runs),
            twins=tuple(self.predicted(run, split) for run in contrast.runs),
            members=tuple(members),
        )


@lru_cache(maxsize=2)
def _opened(dataset: Path, _changed_ns: int) -> PreparedDataset:
    """Open a dataset once for all jobs of a process, and again when it was written anew."""
    return open_prepared(dataset)
