"""How far a study is, stage by stage: read from the same list that is worked off."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import Grid, is_grid_file, read_grid
from twinseg.records.settings import read_settings
from twinseg.report.study_contents import read_study_facts
from twinseg.study.folder import require_same_runs
from twinseg.study.open_study import OpenStudy
from twinseg.study.refused_at_once import require_study
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


def standings(out: Path, asked: Grid | None = None) -> list[Standing]:
    """Say of every step of a study, or a grid of runs, how far it is; nothing is changed.

    Args:
        out: The study; it may be not begun, if something is ``asked``.
        asked: None for what was.

    Raises:
        StoreError: If ``out`` is no study and nothing was asked, or a study of other runs.
    """
    folder = StudyFolder(out)
    if asked is None:
        require_study(out)
    if asked.is_grid if asked else is_grid_file(folder.settings):
        grid = asked or read_grid(folder.settings)
        places = [(folder.contrast(one.contrast.id), one) for one in grid.contrasts]
    else:
        settings = asked.contrasts[0] if asked else read_settings(folder.settings)
        places = [(folder, settings)]
    found: dict[Path, Standing] = {}
    for place, settings in places:
        if place.settings.exists():
            require_same_runs(place, settings)
        known = read_study_facts(place.path)["fingerprint"] if place.description.exists() else ""
        for step in steps_of(STAGES, OpenStudy(place, settings, folder.dataset), known):
            if step.made or step.stage.is_repeated:
                found.setdefault(step.record, Standing(step, _state(step)))
    return [*found.values()]


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
