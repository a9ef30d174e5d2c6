"""Evidence for the heat maps of a study: measured once, kept in three tables."""

import shutil
from pathlib import Path

import pandas as pd

from twinseg.core.progress import Progress
from twinseg.core.settings import StudySettings
from twinseg.core.store import whole_folder
from twinseg.core.tables import read_table, write_table
from twinseg.data.prepared import PreparedDataset
from twinseg.data.split import Split
from twinseg.explanation.evidence import EvidenceSettings, Weighed, weigh_maps, weigh_twins
from twinseg.training.run import load_trained
from twinseg.training.run_files import run_id

WEIGHED = ".weighed"  # what is known of each run until it is of all


def weigh(
    data: PreparedDataset, split: Split, out: Path, settings: StudySettings, progress: Progress
) -> None:
    """Write ``tables/explanations``, ``explanation_curves`` and ``twin_maps``, or find them there.

    ``explanations/difference/`` gets the raw difference of the twins' maps, first minus second in
    the order of ``settings.init``.
    """
    tables = out / "tables"
    runs = [run_id(settings, init) for init in settings.init]
    whole = [tables / f"{name}.parquet" for name in ("explanation_curves", "explanations")]
    if not all(table.exists() for table in whole):
        weighed = [_weigh_one(run, data, split, out, settings, progress) for run in runs]
        groups = {case.id: case.group for case in data.dataset.cases}
        curves = pd.concat([one.curves for one in weighed], ignore_index=True)
        table = pd.concat([one.table for one in weighed], ignore_index=True)
        table.insert(2, "group", table["case"].map(groups))
        for file, content in zip(whole, (curves, table), strict=True):
            write_table(file, content, sealed=True)
    difference = out / "explanations" / "difference"
    if not ((tables / "twin_maps.parquet").exists() and difference.exists()):
        case_ids = [data.dataset.cases[position].id for position in split.test]
        first, second = (out / "explanations" / run for run in runs)
        if difference.exists():  # of a study killed between the two
            found = weigh_twins(second, first, case_ids, None)
        else:
            with whole_folder(difference) as scratch:
                found = weigh_twins(second, first, case_ids, scratch)
        write_table(tables / "twin_maps.parquet", found, sealed=True)


def _weigh_one(
    run: str,
    data: PreparedDataset,
    split: Split,
    out: Path,
    settings: StudySettings,
    progress: Progress,
) -> Weighed:
    """Weigh the maps of one run, or take what an earlier start has left of it."""
    folder = out / WEIGHED / run
    kept = [folder / f"{name}.parquet" for name in ("table", "curves")]
    if not all(file.exists() for file in kept):
        shutil.rmtree(folder, ignore_errors=True)  # of which a damaged file was deleted
        asked = EvidenceSettings(settings.evidence_cases, settings.ring, settings.seed)
        trained = load_trained(out / "runs" / run, device=settings.device)
        maps = out / "explanations" / run
        found = weigh_maps(trained, data, split.test, maps, asked, progress)
        with whole_folder(folder) as scratch:
            for file, content in zip(kept, (found.table, found.curves), strict=True):
                write_table(scratch / file.name, content, sealed=True)
    return Weighed(*map(read_table, kept))
