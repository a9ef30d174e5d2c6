"""A study or a grid as a view shows it: what there is by now, finished or not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.core.errors import DataError
from twinseg.core.tables import read_table
from twinseg.data.own_folder import require_dataset
from twinseg.data.prepared import open_prepared
from twinseg.explanation import LAYERS, REGIONS, map_name
from twinseg.prediction.predictions import PROBABILITIES
from twinseg.records.folders import TEST, StudyFolder
from twinseg.records.grid import is_grid_file, read_grid
from twinseg.records.inits import told_init
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import StudySettings, read_settings
from twinseg.report.models import RULE_COLOURS, TWIN_COLOURS, twin_label
from twinseg.report.study_contents import read_study_facts, title_of
from twinseg.view.columns import Columns
from twinseg.view.of_dataset import OfDataset
from twinseg.view.questions import questions_of
from twinseg.view.shown import Scale, Shown, ShownContrast, ShownModel
from twinseg.view.study_columns import fact_columns, score_columns

_HEAT_UNIT = "logits"


@dataclass(frozen=True)
class Part:
    """A contrast and its folder."""

    settings: StudySettings
    folder: StudyFolder
    is_grid: bool

    @property
    def id(self) -> str:
        """Of the contrast."""
        return self.settings.contrast.id

    @property
    def scores(self) -> Path:
        """Table of its scores; it may not be there yet."""
        return self.folder.table("scores")


def study_shown(folder: Path, dataset: Path | None = None) -> Shown:
    """Open a study or a grid.

    Args:
        folder: Of the study.
        dataset: Its prepared dataset, where that lies elsewhere.

    Raises:
        DataError: If its dataset lies elsewhere, or it has none yet.
        StoreError: If a part of it is damaged.
    """
    study = StudyFolder(folder)
    is_grid = is_grid_file(study.settings)
    every = [
        Part(one, study.contrast(one.contrast.id) if is_grid else study, is_grid)
        for one in (read_grid(study.settings).contrasts if is_grid else
                    [read_settings(study.settings)])
    ]  # fmt: skip
    dataset = dataset or study.dataset
    require_dataset(dataset)
    data = open_prepared(dataset)
    facts = read_study_facts(folder) if study.description.exists() else {}
    if facts and facts["fingerprint"] != data.dataset.fingerprint:
        raise DataError(f"{dataset} is another dataset than {folder} was made from")
    scored = [part for part in every if part.scores.exists()]
    cases = _tested_cases([part for part in every if part.folder.table("cases").exists()])
    places = {case.id: place for place, case in enumerate(data.dataset.cases)}
    positions = np.array([places[case] for case in cases["case"]], int)
    models = tuple(_models(scored))
    shown = tuple(_contrasts(scored))
    names = dict.fromkeys(one.id for one in models)
    aliases = _aliases(scored, names)
    columns = Columns((*fact_columns(study, scored), *score_columns(scored, models)), aliases)
    spacings = [data.dataset.cases[at].spacing_mm or (np.nan, np.nan) for at in positions]
    return Shown(
        title=title_of(facts) if facts else data.dataset.name,
        kind="grid" if is_grid else "pair",
        folder=folder,
        cases=cases,
        models=models,
        columns=columns,
        contrasts=shown,
        questions=tuple(questions_of(columns, shown)),
        scales=_scales(scored),
        pixels=OfDataset(data, positions),
        spacing_mm=np.array(spacings, float).reshape(-1, 2),
        has_reference=True,
        is_running=not study.manifest.exists(),
        files=[part.scores for part in every] + [study.manifest],
    )


def _tested_cases(parts: Sequence[Part]) -> pd.DataFrame:
    """Return every case that is a test case of a part, in the order of the dataset."""
    wanted = ["case", "group", "stack", "height_px", "width_px", "height_mm"]
    empty = pd.DataFrame(columns=wanted)
    tables = [read_table(part.folder.table("cases")) for part in parts]
    tested = [table.loc[table["split"] == TEST, wanted] for table in tables]
    cases = pd.concat([empty.astype(tested[0].dtypes), *tested]) if tested else empty
    cases = cases.drop_duplicates("case").astype({"case": str, "group": str})
    cases["stack"] = cases["stack"].fillna("").astype(str)
    # Slices of a stack one after another, from the lowest up.
    cases = cases.sort_values(["stack", "height_mm", "case"], kind="stable", ignore_index=True)
    return cases.drop(columns="height_mm")


def _models(parts: Sequence[Part]) -> Iterator[ShownModel]:
    """Yield the runs of all parts, then the rules of each."""
    seen: set[str] = set()
    for part in parts:
        for run in part.settings.contrast.runs:
            if run.id not in seen:
                seen.add(run.id)
                yield _run(part, run, part.settings.point.init.index(run.init))
    for part in parts:
        rules = pd.read_parquet(part.scores, columns=["model", "kind"])
        names = rules.loc[rules["kind"] == "rule", "model"].unique()
        for place, name in enumerate(map(str, names)):
            masks = part.folder.masks(TEST, name)
            yield ShownModel(
                id=f"{name}@{part.id}" if part.is_grid else name,
                label=f"{name} of {part.id}" if part.is_grid else name,
                kind="rule",
                colour=RULE_COLOURS[place % len(RULE_COLOURS)],
                masks=masks,
                maps={},
                has_probabilities=(masks / PROBABILITIES).exists(),
                contrast=part.id,
            )


def _run(part: Part, run: RunSpec, twin: int) -> ShownModel:
    masks, maps = (part.folder.home.masks(TEST, run.id), part.folder.home.maps(TEST, run.id))
    kinds = {kind_of(layer, region): maps / map_name(layer, region)
             for layer in LAYERS for region in REGIONS}  # fmt: skip
    label = twin_label(run.init)
    return ShownModel(
        id=run.id,
        label=f"{label}, {run.point}" if part.is_grid else label,
        kind="run",
        colour=TWIN_COLOURS[twin % len(TWIN_COLOURS)],
        masks=masks,
        maps={kind: folder for kind, folder in kinds.items() if folder.exists()},
        has_probabilities=(masks / PROBABILITIES).exists(),
        point={
            "init": told_init(run.init),
            "design": run.design,
            "fraction": run.fraction,
            "seed": run.seed,
            "fold": run.fold,
        },
    )


def kind_of(layer: str, region: str) -> str:
    """Name a kind of heat map for the page: that of the first layer by its region alone."""
    return region if layer == LAYERS[0] else f"{region}-{layer}"


def _contrasts(parts: Sequence[Part]) -> Iterator[ShownContrast]:
    for part in parts:
        first, second = part.settings.contrast.runs
        names = (twin_label(first.init), twin_label(second.init))
        label = " and ".join(names) + (f", {first.point}" if part.is_grid else "")
        yield ShownContrast(part.id, first.id, second.id, label, names)


def _aliases(parts: Sequence[Part], models: dict[str, None]) -> dict[str, str]:
    """Name the twins of the first contrast, and its rules, in short."""
    if not parts:
        return {}
    first, second = parts[0].settings.contrast.runs
    short = {"first": first.id, "second": second.id}
    behind = f"@{parts[0].id}"
    return short | {one.removesuffix(behind): one for one in models if one.endswith(behind)}


def _scales(parts: Sequence[Part]) -> dict[str, Scale]:
    """Return one scale for each kind of map: the highest of all contrasts."""
    names = {map_name(layer, region): kind_of(layer, region)
             for layer in LAYERS for region in REGIONS}  # fmt: skip
    tops: dict[str, float] = {}
    for part in parts:
        if (file := part.folder.table("heat_scales")).exists():
            table = read_table(file)
            for name, top in table.loc[table["model"] == "", ["map", "top"]].itertuples(False):
                tops[name] = float(np.nanmax([top, tops.get(name, np.nan)]))
    return {
        kind: Scale(0.0, tops[name], _HEAT_UNIT)
        for name, kind in names.items()
        if np.isfinite(tops.get(name, np.nan))
    }
