"""How far a study is, stage by stage: read from the same list that is worked off."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import StudySettings, read_settings
from twinseg.report.study_contents import read_study_facts
from twinseg.study.folder import require_same_runs
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import Step, steps_of
from twinseg.study.stages import STAGES


class State(Enum):
    """How far a step is."""

    DONE = "done"
    UNDER_WAY = "under way"
    ANEW = "to be done anew"  # what lies there is of other settings
    WAITING = "to do"


@dataclass(frozen=True)
class Standing:
    """A step and how far it is."""

    step: Step
    state: State


def standings(out: Path, settings: StudySettings | None = None) -> list[Standing]:
    """Say of every step of a study how far it is; nothing is changed.

    Args:
        out: The study; it may be not begun, if there are ``settings``.
        settings: What is asked; None for what was.

    Raises:
        StoreError: If ``out`` is no study and nothing was asked, or a study of other runs.
    """
    folder = StudyFolder(out)
    if settings is None:
        if not folder.settings.exists():
            raise StoreError(f"{out} is no study: there is no {folder.settings.name} in it")
        settings = read_settings(folder.settings)
    elif folder.settings.exists():
        require_same_runs(folder, settings)
    known = read_study_facts(out)["fingerprint"] if folder.description.exists() else ""
    study = OpenStudy(folder, settings, folder.dataset)
    steps = steps_of(STAGES, study, known)
    return [Standing(step, _state(step)) for step in steps if step.made or step.stage.is_repeated]


def _state(step: Step) -> State:
    if step.stage.is_repeated:
        return State.DONE if step.study.folder.manifest.exists() else State.WAITING
    if step.is_done:
        return State.DONE
    there = any(path.exists() for path in step.made)
    if not step.is_current and there:
        return State.ANEW
    left = step.stage.leaves(step.study, step.target)
    is_begun = step.is_current and any(path.exists() for path in left)
    return State.UNDER_WAY if is_begun or there else State.WAITING


def say_status(found: Sequence[Standing], progress: Progress) -> None:
    """Say a line for each step, and how many are left."""
    width = max(len(one.step.name) for one in found)
    for one in found:
        progress.say(f"{one.step.name:<{width}}  {one.state.value}")
    left = sum(one.state is not State.DONE for one in found)
    progress.say(f"{amount(left, 'step')} of {len(found)} left" if left else "all steps are done")
