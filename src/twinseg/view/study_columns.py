"""Columns of a study: what its tables say of each case, and of each case and model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow.parquet as parquet

from twinseg.explanation import LAYERS, REGIONS, map_name
from twinseg.metrics.score_tables import score_tables
from twinseg.records.columns import ColumnKind
from twinseg.records.folders import StudyFolder
from twinseg.records.tables import TABLES, Table
from twinseg.view.case_table import FIXED
from twinseg.view.columns import Column, Type
from twinseg.view.shown import ShownModel

_TYPES = {
    ColumnKind.TEXT: Type.TEXT,
    ColumnKind.NUMBER: Type.NUMBER,
    ColumnKind.WHOLE: Type.NUMBER,
}
_OF_THE_RUN = ("fraction", "seed", "train_cases")  # the same for all cases
_OF_MAPS = ("in_reference", "in_prediction", "in_false_positives", "in_ring", "in_border",
            "pointing_hit", "rank_accuracy", "top_iou", "centre_distance", "target_overlap",
            "deletion", "insertion", "road", "randomised", "max_sensitivity")  # fmt: skip
REFERENCE_SHARE = "foreground_share"


@runtime_checkable
class ScoredPart(Protocol):
    """A contrast and its folder."""

    @property
    def id(self) -> str:
        """Of the contrast."""
        ...

    @property
    def is_grid(self) -> bool:
        """Whether it is one of several."""
        ...

    @property
    def folder(self) -> StudyFolder:
        """Where its tables lie."""
        ...

    @property
    def scores(self) -> Path:
        """Table of its scores."""
        ...


def fact_columns(study: StudyFolder, parts: Sequence[ScoredPart]) -> Iterator[Column]:
    """Yield what is known of cases, whatever the models say."""
    for name in FIXED:
        about = next(one for one in TABLES["cases"].columns if one.name == name)
        type_ = _TYPES.get(about.kind, Type.TEXT)
        yield Column(name, type_, about.unit, about.meaning, Path(), name, {}, name)
    taken = {*FIXED}
    tables = [(TABLES["labels"], study.table("labels"), "")]
    for part in parts:
        contrast = part.id if part.is_grid else ""
        tables += [(TABLES[name], part.folder.table(name), contrast)
                   for name in ("doubt", "choices")]  # fmt: skip
    for table, file, contrast in tables:
        yield from (one for one in _columns_of(table, file, {}, contrast) if one.metric not in
                    taken)  # fmt: skip


def score_columns(parts: Sequence[ScoredPart], models: Sequence[ShownModel]) -> Iterator[Column]:
    """Yield every score of every model, and what tests say of the heat maps of every run."""
    scores = score_tables()["scores"]
    by_id = {part.id: part for part in parts}
    for model in models:
        holds = [by_id[model.contrast]] if model.contrast else [
            part for part in parts if model.id in _models_in(part.scores)
        ]  # fmt: skip
        for part in holds[:1]:
            rows = {"model": model.id.split("@")[0]}
            yield from (one for one in _columns_of(scores, part.scores, rows, model.id)
                        if one.type is Type.NUMBER and one.metric not in _OF_THE_RUN)  # fmt: skip
            evidence = part.folder.table("explanations")
            if model.kind == "run" and evidence.exists():
                yield from _evidence(evidence, model)


def _evidence(file: Path, model: ShownModel) -> Iterator[Column]:
    for region in REGIONS:
        rows = {"model": model.id, "map": map_name(LAYERS[0], region)}
        for one in _columns_of(TABLES["explanations"], file, rows, model.id):
            if one.metric in _OF_MAPS:
                metric = f"{one.metric}_{region.replace('-', '_')}"
                yield Column(f"{metric}.{model.id}", one.type, one.unit,
                             f"{one.meaning} (map of {region} pixels)", file, one.value, rows,
                             metric, model.id)  # fmt: skip


def _columns_of(table: Table, file: Path, rows: Mapping[str, str], model: str) -> Iterator[Column]:
    there = set(parquet.read_schema(file).names) if file.exists() else set()
    for one in table.columns:
        if one.name in there and one.name not in rows:
            name = f"{one.name}.{model}" if model else one.name
            type_ = _TYPES.get(one.kind, Type.FLAG)
            yield Column(name, type_, one.unit, one.meaning, file, one.name, rows, one.name, model)


def _models_in(file: Path) -> set[str]:
    return {
        str(one) for one in set(parquet.read_table(file, columns=["model"])["model"].to_pylist())
    }
