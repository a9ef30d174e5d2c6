"""Stress: the twins and the rules on test cases that are shown worse than they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from twinseg.core.arrays import Mask, Pictures
from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress, Task
from twinseg.core.seeds import stream
from twinseg.core.tables import write_table
from twinseg.data.corruptions import Corruption, Seen, SlicesNear, about, fitting
from twinseg.data.prepared import PreparedDataset
from twinseg.ensemble.at_once import masks_of_rules
from twinseg.findings.stress import PerCase, rows_of_level, stress_table
from twinseg.metrics.counts import count
from twinseg.prediction.predict import FLIPS, IMAGES_AT_ONCE, probabilities
from twinseg.prediction.source_grid import to_source_grid
from twinseg.records.folders import TEST
from twinseg.records.run_spec import Contrast
from twinseg.records.settings import StudySettings
from twinseg.records.stress import CLEAN, STRENGTHS
from twinseg.study.open_study import OpenStudy
from twinseg.study.rule_stages import rules_of, weights_of
from twinseg.study.run_stages import TRAINING
from twinseg.study.stage import Over, Stage
from twinseg.training.trained_model import TrainedModel


@dataclass(frozen=True)
class Level:
    """One corruption at one strength; without one, pictures as they are."""

    corruption: Corruption | None = None
    strength: int = 0

    @property
    def name(self) -> str:
        """Of the corruption."""
        return self.corruption.name if self.corruption else CLEAN


@dataclass(frozen=True)
class Shown:
    """The drawn test cases, shown at any level."""

    data: PreparedDataset
    near: SlicesNear
    width_hu: float | None
    seed: int

    def at(self, level: Level, positions: Sequence[int]) -> Pictures:
        """Return the pictures at ``positions``; the same draw for a case at every strength."""
        return np.stack([self._one(level, position) for position in positions])

    def _one(self, level: Level, position: int) -> np.ndarray:
        picture = read_some(self.data.pictures, position)
        if level.corruption is None:
            return picture
        case = self.data.dataset.cases[position].id
        seen = Seen(picture, self.width_hu, lambda steps: self.near.around(position, steps))
        # Without the strength, so that a curve over it shows strength and not luck.
        rng = stream(self.seed, "stress", level.name, case)
        return level.corruption.change(seen, level.strength, rng)


@dataclass(frozen=True)
class Judged:
    """The twins and the rules of a contrast, asked together.

    Attributes:
        study: At work.
        twins: The trained models of both.
    """

    study: OpenStudy
    twins: tuple[TrainedModel, ...]

    @cached_property
    def rules(self) -> list[str]:
        """Names of the rules."""
        return rules_of(self.study)

    @cached_property
    def weights(self) -> list[float]:
        """Of the members of ``weighted``."""
        values: list[float] = weights_of(self.study)["values"]
        return values

    def masks(
        self, pictures: Pictures, grids: Sequence[tuple[int, int]]
    ) -> Iterator[dict[str, Mask]]:
        """Yield for each picture the mask of every model on its source grid."""
        members: list[list[np.ndarray]] = []
        for twin in self.twins:
            members.append(list(probabilities(twin, pictures)))
            for flip in self.study.flips:
                axes = FLIPS[flip]
                turned = np.flip(pictures, tuple(1 + axis for axis in axes))
                answers = probabilities(twin, np.ascontiguousarray(turned))
                members.append([np.ascontiguousarray(np.flip(one, axes)) for one in answers])
        step = 1 + len(self.study.flips)
        for planes, grid in zip(zip(*members, strict=True), grids, strict=True):
            own = zip(self.twins, planes[::step], strict=True)
            runs = {twin.id: to_source_grid(plane, *grid) for twin, plane in own}
            yield runs | masks_of_rules(self.rules, planes, self.weights, *grid)


def require_possible(settings: StudySettings, data: PreparedDataset) -> None:
    """Refuse, before any training, corruptions that are impossible for such pictures.

    Raises:
        ConfigError: If so; says which fit.
    """
    if settings.evaluation.stress_cases:
        fitting(settings.evaluation.stress, about(data))


def drawn_cases(study: OpenStudy) -> list[int]:
    """Draw the test cases that are shown, in their order."""
    tested, wanted = study.positions(TEST), study.settings.evaluation.stress_cases
    rng = study.random("stress", "cases")
    return sorted(rng.permutation(tested)[:wanted].tolist())


def stress(study: OpenStudy, contrast: Contrast, progress: Progress) -> None:
    """Write ``stress``, if any test cases are to be shown worse than they are."""
    asked, data = study.settings.evaluation, study.data
    positions = drawn_cases(study)
    if not positions:
        return
    known = about(data)
    levels = [Level(), *(Level(one, s) for one in fitting(asked.stress, known) for s in STRENGTHS)]
    shown = Shown(data, SlicesNear(data), known.width_hu, study.settings.point.seed)
    judged = Judged(study, tuple(study.trained(run) for run in contrast.runs))
    rows: list[dict[str, Any]] = []
    with progress.task("stress", len(levels) * len(positions), unit="pictures") as task:
        for level in levels:
            counted = _counted(judged, shown, level, positions, task)
            rows += rows_of_level(counted, seed=study.settings.point.seed)
    table = stress_table(rows)
    write_table(study.folder.table("stress"), table, sealed=True)


def _counted(
    judged: Judged, shown: Shown, level: Level, positions: Sequence[int], task: Task
) -> Iterator[PerCase]:
    """Yield the pixels counted of every model and case at one level."""
    data = shown.data
    for start in range(0, len(positions), IMAGES_AT_ONCE):
        some = positions[start : start + IMAGES_AT_ONCE]
        cases = [data.dataset.cases[position] for position in some]
        grids = [(case.height_px, case.width_px) for case in cases]
        answers = judged.masks(shown.at(level, some), grids)
        for position, case, masks in zip(some, cases, answers, strict=True):
            reference = data.reference(position)
            for model, mask in masks.items():
                counts = count(mask, reference)
                kind = "rule" if model in judged.rules else "run"
                yield PerCase(model, kind, level.name, level.strength, case.group, counts)
            task.advance()


STRESS_STAGES = (
    Stage(
        "stress",
        Over.CONTRAST,
        needs=(TRAINING, "weights of rules"),
        makes=lambda study, _: (
            [study.folder.table("stress")] * bool(study.settings.evaluation.stress_cases)
        ),
        work=stress,
        settings=("stress_cases", "stress", "seed"),
        # Of another number of cases, which may now be none.
        leaves=lambda study, _: [study.folder.table("stress")],
    ),
)
