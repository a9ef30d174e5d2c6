"""Every stage of a study, in the order the data flow."""

from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.core.progress import Progress
from twinseg.core.sealed import write_sealed
from twinseg.core.seeds import stream
from twinseg.core.tables import write_table
from twinseg.data.dataset_files import describe
from twinseg.data.designs import Subset, draw_subset
from twinseg.data.split import Split, folds_by_group, split_by_group
from twinseg.records.folders import TEST
from twinseg.report.write_report import write_report
from twinseg.study.evidence_stages import EVIDENCE_STAGES
from twinseg.study.finding_stages import FINDING_STAGES
from twinseg.study.inspect import describe as describe_labels
from twinseg.study.likeness_stages import LIKENESS_STAGES
from twinseg.study.open_study import OpenStudy
from twinseg.study.rule_stages import RULE_STAGES
from twinseg.study.rule_worth_stages import RULE_WORTH_STAGES
from twinseg.study.run_stages import RUN_STAGES
from twinseg.study.score_stages import SCORE_STAGES
from twinseg.study.stage import Over, Stage
from twinseg.study.stress_stages import STRESS_STAGES


def measure_labels(study: OpenStudy, _target: None, progress: Progress) -> None:
    """Measure the labels: size, shape, rarity, near-duplicates."""
    describe_labels(study.data, study.folder.home.tables, progress)


def split(study: OpenStudy, _target: None, _progress: Progress) -> None:
    """Split by group and thin the training cases as asked; say what the study stands on."""
    dataset = study.data.dataset
    whole, subset = drawn_cases(study, study.table("labels"))
    is_whole = len(subset.positions) == subset.before.cases
    facts = describe(dataset) | {"subset": "" if is_whole else subset.sentence}
    write_sealed(study.folder.description, facts)
    parts = np.full(len(dataset.cases), "unused", dtype=object)
    for name, positions in (
        ("train", subset.positions),
        ("validation", whole.validation),
        ("test", whole.test),
    ):
        parts[positions] = name
    table = dataset.table()
    table.insert(2, "split", parts)
    write_table(study.folder.table("cases"), table, sealed=True)


def drawn_cases(study: OpenStudy, labels: pd.DataFrame) -> tuple[Split, Subset]:
    """Return the split of all cases, and those of its training cases that are trained on."""
    point, whole = study.settings.point, _whole_split(study)
    subset = draw_subset(
        point.design,
        study.data.dataset.cases,
        labels,
        whole.train,
        fraction=point.fraction,
        rng=study.random("fraction"),
    )
    return whole, subset


def _whole_split(study: OpenStudy) -> Split:
    """Split all cases, the same for every run that shares the seed of the split."""
    cases, asked, point = study.data.dataset.cases, study.settings.split, study.settings.point
    seed = point.seed if asked.split_seed is None else asked.split_seed
    if point.fold is None:
        return split_by_group(
            cases,
            test_fraction=asked.test_fraction,
            validation_fraction=asked.validation_fraction,
            rng=stream(seed, "split"),
        )
    folds = folds_by_group(
        cases,
        asked.folds,
        validation_fraction=asked.validation_fraction,
        rng=stream(seed, "split"),
    )
    return folds[point.fold]


def overlays_of(study: OpenStudy, _target: None) -> list[Path]:
    """Return the pictures that the report has drawn of heat maps."""
    return sorted((study.folder.path / "explanations" / TEST).rglob("*.png"))


def report(study: OpenStudy, _target: None, progress: Progress) -> None:
    """Draw what is missing of the overlays, and write the page anew."""
    write_report(study.folder.path, study.data, progress=progress)


_BEFORE_REPORT: tuple[Stage, ...] = (
    Stage(
        "labels",
        Over.DATASET,
        needs=(),
        makes=lambda study, _: [study.folder.table("labels"), study.folder.labels],
        work=measure_labels,
    ),
    Stage(
        "split",
        Over.STUDY,
        needs=("labels",),
        makes=lambda study, _: [study.folder.description, study.folder.table("cases")],
        work=split,
        settings=(
            *("test_fraction", "validation_fraction", "folds", "split_seed"),
            *("design", "fraction", "seed", "fold"),
        ),
    ),
    *RUN_STAGES,
    *LIKENESS_STAGES,
    *EVIDENCE_STAGES,
    *RULE_STAGES,
    *SCORE_STAGES,
    *RULE_WORTH_STAGES,
    *FINDING_STAGES,
    *STRESS_STAGES,
)
STAGES = (
    *_BEFORE_REPORT,
    Stage(
        "report",
        Over.STUDY,
        needs=tuple(stage.name for stage in _BEFORE_REPORT),
        makes=lambda *_: [],
        work=report,
        leaves=overlays_of,  # drawn where they are missing, on the scale that was found
        is_repeated=True,
    ),
)
