"""Evidence for the heat maps of a study: that of its runs in one table, and twin against twin."""

import pandas as pd

from twinseg.core.progress import Progress
from twinseg.core.store import whole_folder
from twinseg.core.tables import read_table, write_table
from twinseg.explanation.evidence import weigh_twins
from twinseg.records.folders import TEST
from twinseg.records.run_spec import Contrast
from twinseg.study.open_study import OpenStudy
from twinseg.study.stage import Over, Stage, table_stage


def gather(study: OpenStudy, _target: None, _progress: Progress) -> None:
    """Write ``explanations`` and ``explanation_curves`` from the evidence of every run."""
    folder, home, runs = study.folder, study.folder.home, study.settings.contrast.runs
    curves = pd.concat(
        [read_table(home.evidence_curves(run.id)) for run in runs], ignore_index=True
    )
    table = pd.concat([read_table(home.evidence(run.id)) for run in runs], ignore_index=True)
    groups = {case.id: case.group for case in study.data.dataset.cases}
    table.insert(2, "group", table["case"].map(groups))
    write_table(folder.table("explanation_curves"), curves, sealed=True)
    write_table(folder.table("explanations"), table, sealed=True)


def compare_maps(study: OpenStudy, contrast: Contrast, _progress: Progress) -> None:
    """Write ``twin_maps``, and the raw difference of the twins' maps, first minus second."""
    cases = study.twin_cases(contrast, TEST)
    first, second = cases.maps
    with whole_folder(study.folder.difference(contrast.id)) as scratch:
        found = weigh_twins(second, first, cases.case_ids, scratch)
    write_table(study.folder.table("twin_maps"), found, sealed=True)


EVIDENCE_STAGES = (
    table_stage(
        "table of evidence",
        Over.STUDY,
        ("explanation_curves", "explanations"),
        gather,
        needs=("evidence of heat maps",),
    ),
    Stage(
        "difference of heat maps",
        Over.CONTRAST,
        needs=(f"{TEST} heat maps",),
        makes=lambda study, contrast: [
            study.folder.difference(contrast.id),
            study.folder.table("twin_maps"),
        ],
        work=compare_maps,
    ),
)
