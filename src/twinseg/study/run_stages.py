"""What is done for each run: train it, let it predict, ask what it looked at."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from twinseg.core.progress import Progress
from twinseg.core.tables import write_table
from twinseg.data.split import Split
from twinseg.explanation import explain_cases
from twinseg.explanation.evidence import EvidenceSettings, weigh_maps
from twinseg.prediction.predict import predict_cases
from twinseg.records.folders import TEST, VALIDATION
from twinseg.records.run_spec import RunSpec
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import Over, Stage
from twinseg.training.train import RunJob, train_run

TRAINING = "training"


def train(study: OpenStudy, run: RunSpec, progress: Progress) -> None:
    """Train one model into the folder of its run."""
    train_run(job_to_train(study, run), study.data, split_of(study), progress)


def job_to_train(study: OpenStudy, run: RunSpec) -> RunJob:
    """Return what a run is asked to do."""
    start, folder = study.starts[run], study.folder.run(run.id)
    whole = sum(len(study.positions(part)) for part in ("train", "unused"))
    return RunJob(run, study.settings, start.first, start.normalise, folder, study.hardware, whole)


def split_of(study: OpenStudy) -> Split:
    """Return the positions of the cases of each part."""
    return Split(*(study.positions(part) for part in ("train", "validation", "test")))


def predict(split: str, study: OpenStudy, run: RunSpec, progress: Progress) -> None:
    """Write masks and probabilities for the cases of ``split``."""
    where = study.folder.home.masks(split, run.id)
    predict_cases(study.trained(run), study.data, study.positions(split), where, progress)


def predict_flipped(split: str, study: OpenStudy, run: RunSpec, progress: Progress) -> None:
    """Do so for each flip of their pictures, where that was asked for."""
    for flip, where in study.flipped(run, split).items():
        trained, positions = study.trained(run), study.positions(split)
        predict_cases(trained, study.data, positions, where, progress, flip=flip)


def explain(split: str, study: OpenStudy, run: RunSpec, progress: Progress) -> None:
    """Write the heat maps of the cases of ``split``; rules learn from those of validation cases."""
    where = study.folder.home.maps(split, run.id)
    explain_cases(study.trained(run), study.data, study.positions(split), where, progress)


def weigh(study: OpenStudy, run: RunSpec, progress: Progress) -> None:
    """Put the heat maps of the test cases to the test."""
    asked, folder = study.settings.evaluation, study.folder.home
    found = weigh_maps(
        study.trained(run),
        study.data,
        study.positions(TEST),
        folder.maps(TEST, run.id),
        EvidenceSettings(asked.evidence_cases, asked.ring, run.seed),
        progress,
    )
    write_table(folder.evidence_curves(run.id), found.curves, sealed=True)
    write_table(folder.evidence(run.id), found.table, sealed=True)


def _of_each_split(
    what: str,
    work: Callable[[str, OpenStudy, RunSpec, Progress], None],
    makes: Callable[[str, OpenStudy, RunSpec], list[Path]],
    **more: Any,
) -> Iterator[Stage]:
    """Yield a stage for the validation cases and one for the test cases."""
    for split in (VALIDATION, TEST):
        yield Stage(
            f"{split} {what}",
            Over.RUN,
            needs=(TRAINING,),
            makes=partial(makes, split),
            work=partial(work, split),
            **more,
        )


RUN_STAGES = (
    Stage(
        TRAINING,
        Over.RUN,
        needs=("split",),
        makes=lambda study, run: [study.folder.run(run.id).path],
        work=train,
        settings=(
            *("encoder", "size", "partial_weights", "mean", "std", "like"),
            *("epochs", "batch_size", "learning_rate", "weight_decay"),
            *("dice", "warp", "colour", "keep", "equal"),
        ),
        is_set_aside=True,
        leaves=lambda study, run: [study.folder.run(run.id).working],
    ),
    *_of_each_split(
        "masks", predict, lambda split, study, run: [study.folder.home.masks(split, run.id)]
    ),
    *_of_each_split(
        "masks of flipped pictures",
        predict_flipped,
        lambda split, study, run: [*study.flipped(run, split).values()],
        settings=("flips",),
    ),
    *_of_each_split(
        "heat maps", explain, lambda split, study, run: [study.folder.home.maps(split, run.id)]
    ),
    Stage(
        "evidence of heat maps",
        Over.RUN,
        needs=(f"{TEST} heat maps",),
        makes=lambda study, run: [
            study.folder.home.evidence_curves(run.id),
            study.folder.home.evidence(run.id),
        ],
        work=weigh,
        settings=("evidence_cases", "ring"),
    ),
)
