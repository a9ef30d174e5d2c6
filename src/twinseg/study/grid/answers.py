"""The answers of a grid: the scores of all its contrasts in one, what follows, and the page."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from twinseg.core.machine import versions_and_machine
from twinseg.core.sealed import write_sealed
from twinseg.core.seeds import stream
from twinseg.core.tables import read_table, write_table
from twinseg.data.dataset_files import describe
from twinseg.data.prepared import PreparedDataset
from twinseg.ensemble.rules_file import read_learnt
from twinseg.findings.grid.answers import answers
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import Grid
from twinseg.records.settings import StudySettings
from twinseg.report.grid_page import write_grid_page
from twinseg.study.files import Known, as_text, list_files
from twinseg.training.run_files import read_run_facts

_GATHERED = ("scores", "validation_scores")
_STRESS = "stress"


@dataclass(frozen=True)
class GridContrast:
    """A contrast of a grid that is whole."""

    settings: StudySettings
    folder: StudyFolder


def whole_contrasts(folder: StudyFolder, grid: Grid) -> Iterator[GridContrast]:
    """Yield the contrasts of a grid that are whole."""
    for settings in grid.contrasts:
        one = folder.contrast(settings.contrast.id)
        if one.manifest.exists():
            yield GridContrast(settings, one)


def gathered(contrasts: list[GridContrast], table: str) -> pd.DataFrame:
    """Return a table of scores of all contrasts; a run of several contrasts is there once."""
    parts, seen = [], set[str]()
    for one in contrasts:
        rows = read_table(one.folder.table(table))
        is_run = rows["kind"] == "run"
        rows = rows[~(is_run & rows["model"].isin(seen))]
        is_run = is_run.loc[rows.index]
        seen |= {*rows.loc[is_run, "model"]}
        contrast = is_run.map({True: "", False: one.settings.contrast.id})
        parts.append(rows.assign(fold=one.settings.point.fold, contrast=contrast))
    table_of_all = pd.concat(parts, ignore_index=True)
    return table_of_all.assign(fold=table_of_all["fold"].astype("Int64"))


def write_answers(
    folder: StudyFolder,
    grid: Grid,
    data: PreparedDataset,
    known: Known,
) -> None:
    """Write the tables and the page of a grid, and last its manifest."""
    contrasts = [*whole_contrasts(folder, grid)]
    if not contrasts:
        return
    write_sealed(folder.description, describe(data.dataset) | {"subset": ""})
    for name in _GATHERED:
        write_table(folder.table(name), gathered(contrasts, name), sealed=True)
    if all(one.folder.table(_STRESS).exists() for one in contrasts):
        write_table(folder.table(_STRESS), gathered(contrasts, _STRESS), sealed=True)
    found = answers(
        read_table(folder.table("scores")),
        {one.folder.path.name: _better_twin(one.folder) for one in contrasts},
        rng=stream(grid.axes.seed[0], "grid"),
    )
    for name, table in found.items():
        write_table(folder.table(name), table, sealed=True)
    missing = [one.contrast.id for one in grid.contrasts]
    missing = [name for name in missing if not folder.contrast(name).manifest.exists()]
    write_grid_page(folder, grid, missing)
    _write_manifest(folder, grid, data, known)


def _better_twin(contrast: StudyFolder) -> str:
    return str(read_learnt(contrast.rules)["better_twin"])


def _write_manifest(folder: StudyFolder, grid: Grid, data: PreparedDataset, known: Known) -> None:
    dataset = data.dataset
    ids = tuple(run.id for run in grid.runs)
    models = [
        path.name
        for top in ("predictions", "explanations")
        for path in folder.path.glob(f"{top}/*/[!.]*")
        if path.name.startswith(ids)
    ]
    models += ids
    case_ids = [case.id for case in dataset.cases]
    facts = {
        "remark": grid.shared.remark,
        "dataset": dataset.name,
        "dataset_fingerprint": dataset.fingerprint,
        "left_out": len(dataset.left_out),
        "runs": {
            run.id: read_run_facts(folder.run(run.id).path)["first_weights"]
            for run in grid.runs
            if folder.run(run.id).manifest.exists()
        },
        **versions_and_machine(),
        "files": as_text(list_files(folder, models, case_ids, known)),
    }
    write_sealed(folder.manifest, facts)
