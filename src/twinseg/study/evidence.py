"""Evidence for the heat maps of a study: measured once, kept in three tables."""

from pathlib import Path

import pandas as pd

from twinseg.core.progress import Progress
from twinseg.core.settings import StudySettings
from twinseg.core.store import whole_folder
from twinseg.core.tables import write_table
from twinseg.data.prepared import PreparedDataset
from twinseg.data.split import Split
from twinseg.explanation.evidence import EvidenceSettings, Weighed, weigh_maps, weigh_twins
from twinseg.training.run import load_trained, run_id


def weigh(
    data: PreparedDataset, split: Split, out: Path, settings: StudySettings, progress: Progress
) -> None:
    """Write ``tables/explanations``, ``explanation_curves`` and ``twin_maps``, or find them there.

    ``explanations/difference/`` gets the raw difference of the twins' maps, first minus second in
    the order of ``settings.init``.
    """
    tables = out / "tables"
    runs = [run_id(settings, init) for init in settings.init]
    if not (tables / "explanations.parquet").exists():
        weighed = [_weigh_one(run, data, split, out, settings, progress) for run in runs]
        groups = {case.id: case.group for case in data.dataset.cases}
        curves = pd.concat([one.curves for one in weighed], ignore_index=True)
        table = pd.concat([one.table for one in weighed], ignore_index=True)
        table.insert(2, "group", table["case"].map(groups))
        write_table(tables / "explanation_curves.parquet", curves)
        write_table(tables / "explanations.parquet", table)
    if not (tables / "twin_maps.parquet").exists():
        case_ids = [data.dataset.cases[position].id for position in split.test]
        first, second = (out / "explanations" / run for run in runs)
        difference = out / "explanations" / "difference"
        if difference.exists():  # of a study killed between the two
            found = weigh_twins(second, first, case_ids, None)
        else:
            with whole_folder(difference) as scratch:
                found = weigh_twins(second, first, case_ids, scratch)
        write_table(tables / "twin_maps.parquet", found)


def _weigh_one(
    run: str,
    data: PreparedDataset,
    split: Split,
    out: Path,
    settings: StudySettings,
    progress: Progress,
) -> Weighed:
    asked = EvidenceSettings(settings.evidence_cases, settings.ring, settings.seed)
    trained = load_trained(out / "runs" / run, device=settings.device)
    return weigh_maps(trained, data, split.test, out / "explanations" / run, asked, progress)
