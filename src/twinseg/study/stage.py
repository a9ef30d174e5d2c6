"""A stage of a study as a value: what it needs, what it makes, and the work between."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

from twinseg.core.progress import Progress
from twinseg.core.registry import choose
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.records.run_spec import Contrast, RunSpec
from twinseg.records.settings import StudySettings
from twinseg.study.all_tables import all_tables
from twinseg.study.open_study import OpenStudy

Target = RunSpec | Contrast | None  # None: the study as a whole


class Over(Enum):
    """What a stage is done once for."""

    DATASET = "dataset"
    RUN = "run"
    CONTRAST = "contrast"
    STUDY = "study"


_SHARED = (Over.DATASET, Over.RUN)  # done once for all contrasts of a grid


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: As people read it.
        over: What it is done once for.
        needs: Names of the stages that come before it.
        makes: Files and folders it leaves, each whole or absent.
        work: Makes all of them; none is there when it is called.
        settings: Names of the settings that change what it makes.
        is_set_aside: Whether what it made before is kept elsewhere when it makes way.
        leaves: What a start that was killed has left of it, to go on from.
        is_repeated: Whether it is done at every start.
    """

    name: str
    over: Over
    needs: tuple[str, ...]
    makes: Callable[[OpenStudy, Any], Sequence[Path]]
    work: Callable[[OpenStudy, Any, Progress], None]
    settings: tuple[str, ...] = ()
    is_set_aside: bool = False
    leaves: Callable[[OpenStudy, Any], Sequence[Path]] = lambda _study, _target: ()
    is_repeated: bool = False


def table_stage(
    name: str,
    over: Over,
    tables: tuple[str, ...],
    work: Callable[[OpenStudy, Any, Progress], None],
    *,
    needs: tuple[str, ...],
    settings: tuple[str, ...] = (),
) -> Stage:
    """Return a stage that makes nothing but tables of the study, by their names."""
    return Stage(
        name,
        over,
        needs=needs,
        makes=lambda study, _: [study.folder.table(table) for table in tables],
        work=work,
        settings=settings,
    )


def targets_of(over: Over, settings: StudySettings) -> tuple[Target, ...]:
    """Return what a stage is done for, one by one."""
    contrast = settings.contrast
    targets: dict[Over, tuple[Target, ...]] = {
        Over.DATASET: (None,),
        Over.RUN: contrast.runs,
        Over.CONTRAST: (contrast,),
        Over.STUDY: (None,),
    }
    return targets[over]


@dataclass(frozen=True)
class Step:
    """A stage for one target of one study, and how far it is.

    Attributes:
        stage: What is to be done.
        target: For what.
        study: In which study.
        before: Keys of the steps that it stands on.
    """

    stage: Stage
    target: Target
    study: OpenStudy
    before: tuple[str, ...]

    @property
    def name(self) -> str:
        """The stage, and what it is done for."""
        return f"{self.stage.name} of {self.target.id}" if self.target else self.stage.name

    @cached_property
    def key(self) -> str:
        """Digest of everything that what it makes depends on."""
        made = [self.study.folder.name_of(path) for path in self.made]
        tables = all_tables()
        columns = {p.stem: tables[p.stem].names for p in self.made if p.stem in tables}
        facts = {"step": self.name, "settings": self.settings, "made": made, "columns": columns}
        facts |= {"before": self.before}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that it depends on, by name."""
        flat = self.study.settings.flat()
        return {name: flat[name] for name in self.stage.settings}

    @property
    def made(self) -> tuple[Path, ...]:
        """Files and folders that it leaves."""
        return tuple(self.stage.makes(self.study, self.target))

    @property
    def record(self) -> Path:
        """File that says with which settings it was begun."""
        what = f"{self.stage.name} {self.target.id if self.target else ''}".strip()
        folder = self.study.folder.home if self.stage.over in _SHARED else self.study.folder
        return folder.steps / f"{what.replace(' ', '-')}.json"

    @property
    def begun(self) -> dict[str, Any]:
        """What is known of the last time it was begun; {} if it never was."""
        if not self.record.exists():
            return {}
        return read_sealed(self.record, advice=f"delete {self.record}; its step is done again")

    @property
    def is_current(self) -> bool:
        """Whether what lies there, if anything, is of these settings and these data."""
        return bool(self.begun.get("key", self.key) == self.key)

    @property
    def is_done(self) -> bool:
        """Whether everything it makes is there and current."""
        if self.stage.is_repeated or not self.is_current:
            return False
        return all(path.exists() for path in self.made)

    def begin(self) -> None:
        """Note what it is begun with: what lies there from now on is of that."""
        write_sealed(self.record, {"key": self.key, "settings": self.settings})


def steps_of(stages: Sequence[Stage], study: OpenStudy, fingerprint: str) -> tuple[Step, ...]:
    """Return every step of a study in an order in which it can be done.

    Args:
        stages: In such an order.
        study: At work.
        fingerprint: Of the dataset, on which all stands.
    """
    found: dict[str, list[Step]] = {}
    for stage in stages:
        found[stage.name] = []
        for target in targets_of(stage.over, study.settings):
            before = [
                step.key
                for need in stage.needs
                for step in choose(found, need, "stage")
                if _concerns(step.target, target)
            ]
            found[stage.name].append(Step(stage, target, study, (fingerprint, *before)))
    return tuple(step for steps in found.values() for step in steps)


def _concerns(needed: Target, target: Target) -> bool:
    """Tell whether what was done for ``needed`` is of concern to ``target``."""
    if isinstance(target, RunSpec) and isinstance(needed, RunSpec):
        return needed == target
    if isinstance(target, Contrast) and isinstance(needed, RunSpec):
        return needed in target.runs
    return True
