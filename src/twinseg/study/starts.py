"""When first weights are looked for: only where a run is trained, and then before any work."""

from collections.abc import Sequence
from dataclasses import replace

from twinseg.records.folders import StudyFolder
from twinseg.records.run_spec import RunSpec
from twinseg.study.first_weights import Search, Start
from twinseg.study.open_study import OpenStudy
from twinseg.study.run_stages import TRAINING
from twinseg.study.step_engine import all_steps


def starts_of_new_runs(search: Search, home: StudyFolder) -> dict[RunSpec, Start]:
    """Find them before data are read, if a run was never trained; else {}."""
    if all(home.run(run.id).path.exists() for run in search.runs):
        return {}
    return search.starts()


def with_starts(search: Search, studies: Sequence[OpenStudy]) -> list[OpenStudy]:
    """Return studies that have them, if a run is trained anew.

    So it is where a setting changed, where a start was killed after it had said so, and where a
    model is of an earlier version.
    """
    if studies[0].starts or not any(_trains(study) for study in studies):
        return [*studies]
    starts = search.starts()
    return [replace(study, starts=starts) for study in studies]


def _trains(study: OpenStudy) -> bool:
    return any(step.stage.name == TRAINING and not step.is_done for step in all_steps(study))
