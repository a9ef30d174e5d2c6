"""The whole study, in the order the data flow."""

from collections.abc import Sequence
from pathlib import Path

from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.core.executor import InProcess
from twinseg.core.machine import versions_and_machine
from twinseg.core.progress import Progress
from twinseg.core.sealed import write_sealed
from twinseg.data.split import require_shares
from twinseg.images.tree import require_there
from twinseg.prediction.likeness_file import read_likeness
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import StudySettings
from twinseg.records.source_settings import SourceSettings
from twinseg.study.data import open_or_prepare
from twinseg.study.files import Known, as_text, list_files, mend
from twinseg.study.first_weights import Search
from twinseg.study.folder import (
    asked_of,
    opened,
    previous_settings,
    refuse_other_folder,
    require_same_data,
)
from twinseg.study.means import Means
from twinseg.study.open_study import OpenStudy
from twinseg.study.prepare import say_dataset
from twinseg.study.stage import Step
from twinseg.study.starts import starts_of_new_runs, with_starts
from twinseg.study.step_engine import all_steps, remove, say_what_changed, work_off, work_off_runs
from twinseg.study.stress_stages import require_possible
from twinseg.training.network import require_fit
from twinseg.training.run_files import read_run_facts
from twinseg.training.train import require_batches, require_same_grey

BEFORE_TRAINING = ("labels", "split")  # what tells whether settings and data go together


def run_study(
    source: Path,
    out: Path,
    settings: StudySettings,
    source_settings: SourceSettings,
    means: Means,
) -> Path:
    """Train twins on ``source`` and leave everything computed from them in ``out``.

    A study that was stopped goes on where it was; a finished one is left as it is. Where a setting
    is another one than before, what depends on it is done anew, and nothing before it.

    Returns:
        The report, ``out/report/index.html``.

    Raises:
        TwinsegError: If the input is wrong or a run cannot go on; says what to do.
    """
    folder, progress = StudyFolder(out), means.progress
    search = Search(settings.model, settings.contrast.runs, means.weights_dir, progress)
    asked = asked_of(folder, settings)
    refuse_other_folder(folder, source, asked)
    require_sound(settings, source)  # before a hub is asked for weights
    before = previous_settings(folder) if folder.settings.exists() else settings
    starts = starts_of_new_runs(search, folder)
    with opened(folder, asked) as accept:
        data = open_or_prepare(source, out, source_settings, progress)
        require_same_data(folder, data.dataset)
        study = OpenStudy(folder, settings, data.folder, means.hardware, starts)
        (study,) = with_starts(search, [study])
        steps = all_steps(study)
        say_what_changed(steps, before, progress)
        known = mend(folder, [run.id for run in settings.contrast.runs], progress)
        work_off([s for s in steps if s.stage.name in BEFORE_TRAINING], progress)
        _say_what_came(study, progress)
        require_trainable(study)
        accept()
        work_off_runs(study, means.executor or InProcess(), progress)
        complete(study, known, progress)
    return folder.report


def require_sound(settings: StudySettings, source: Path) -> None:
    """Refuse settings that do not go together, and data that are not there."""
    model, split = settings.model, settings.split
    require_fit(model.encoder, model.size, cases=settings.training.batch_size)
    require_shares(split.test_fraction, split.validation_fraction)
    require_there(source)


def require_trainable(study: OpenStudy) -> None:
    """Refuse, once the cases are split, what a run could not do with them."""
    require_batches(study.settings, len(study.positions("train")))
    require_same_grey(study.settings, study.data.dataset.facts)
    require_possible(study.settings, study.data)


def complete(study: OpenStudy, known: Known, progress: Progress) -> None:
    """Do all that follows from the trained runs of a contrast, and write the manifest.

    Args:
        study: Of one contrast, its runs trained.
        known: What was there, see `mend`.
        progress: Where to report.
    """
    steps = all_steps(study)
    work_off([step for step in steps if step.stage.name not in BEFORE_TRAINING], progress)
    finish(study, steps, known)


def _say_what_came(study: OpenStudy, progress: Progress) -> None:
    cases = study.data.dataset.cases
    say_dataset(study.data, progress)
    train, validation, test = map(study.positions, ("train", "validation", "test"))
    progress.say(f"{len(train)} cases to train, {len(validation)} to validate, {len(test)} to test")
    at_once = study.settings.training.batch_size
    if at_once > len(train):
        progress.say(
            f"note: --batch-size {at_once} is more than there are: each step, one an epoch, takes "
            f"all {len(train)} training cases"
        )
    if unused := len(cases) - len(train) - len(validation) - len(test):
        progress.say(f"--fraction and --design leave {unused} training cases unused")
    test_groups = len({cases[position].group for position in test})
    if test_groups < FEWEST_GROUPS:
        progress.say(f"note: only {test_groups} groups to test: too few for firm conclusions")


def finish(study: OpenStudy, steps: Sequence[Step], known: Known) -> None:
    """Remove what nobody goes on from any more, and write the manifest, which says all is there."""
    folder, dataset = study.folder, study.data.dataset
    for run in study.settings.contrast.runs:
        remove(folder.run(run.id).working)
        read_likeness(folder.run(run.id).likeness)  # which no other step reads
    models = {path.name for step in steps for path in step.made if path.is_dir()}
    case_ids = [case.id for case in dataset.cases]
    files = list_files(folder, models, case_ids, known)
    facts = {
        "remark": study.settings.remark,
        "dataset": dataset.name,
        "dataset_fingerprint": dataset.fingerprint,
        "left_out": len(dataset.left_out),
        "seed": study.settings.point.seed,
        "runs": {
            run.init: read_run_facts(folder.run(run.id).path)["first_weights"]
            for run in study.settings.contrast.runs
        },
        **versions_and_machine(),
        "files": as_text(files),
    }
    write_sealed(folder.manifest, facts)
