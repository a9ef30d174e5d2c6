"""A file that says what to study: data, grid and settings in tables, each checked by its class."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from twinseg.core.checked import checked
from twinseg.core.errors import ConfigError
from twinseg.core.names import alike, why_no_file_name
from twinseg.core.nearest import did_you_mean, nearest
from twinseg.records.grid import GridSettings
from twinseg.records.presets import PresetName
from twinseg.records.settings import (
    GRID,
    EvaluationSettings,
    ModelSettings,
    SplitSettings,
    TrainingSettings,
)
from twinseg.records.source_settings import ReadingSettings

_READING, _DATASET = "reading", "dataset"
_OWN = ("remark", "preset", "source")  # names that stand before all tables


class DatasetTable(ReadingSettings):
    """One of several datasets, and what is special to how it is read."""

    name: str = Field("", description="its folder in OUT; the last part of source if not given")
    source: str = Field(
        "", description="a prepared dataset, or images with masks; relative to this file"
    )


class StudyFile(BaseModel):
    """What a file may say."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    remark: str = Field("", description="what the report says first")
    preset: PresetName | None = Field(
        None,
        examples=["quick"],
        description="settings that go together, which a name below changes",
    )
    source: str = Field(
        "", description="a prepared dataset, or images with masks; relative to this file"
    )
    reading: ReadingSettings = Field(default_factory=lambda: checked(ReadingSettings, {}))
    dataset: tuple[DatasetTable, ...] = ()
    grid: GridSettings = Field(default_factory=lambda: checked(GridSettings, {}))
    model: ModelSettings = Field(default_factory=lambda: checked(ModelSettings, {}))
    split: SplitSettings = Field(default_factory=lambda: checked(SplitSettings, {}))
    training: TrainingSettings = Field(default_factory=lambda: checked(TrainingSettings, {}))
    evaluation: EvaluationSettings = Field(default_factory=lambda: checked(EvaluationSettings, {}))


TABLES: Mapping[str, type[BaseModel]] = {
    _READING: ReadingSettings,
    _DATASET: DatasetTable,
    GRID: GridSettings,
    "model": ModelSettings,
    "split": SplitSettings,
    "training": TrainingSettings,
    "evaluation": EvaluationSettings,
}


@dataclass(frozen=True)
class AskedDataset:
    """A dataset of a file.

    Attributes:
        name: Of its folder in OUT; "" where OUT is its own.
        source: Where it lies.
        reading: Settings of how it is read, as far as the file says them.
    """

    name: str
    source: Path
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AskedInFile:
    """What a file says, and nothing that it leaves open."""

    datasets: tuple[AskedDataset, ...]
    preset: str | None
    settings: Mapping[str, Any]  # by name, whatever their table


def is_study_file(path: Path) -> bool:
    """Tell whether a source is a file that says what to study."""
    return path.suffix.lower() == ".toml" and not path.is_dir()


def read_study_file(path: Path) -> AskedInFile:
    """Read what a file asks for.

    Raises:
        ConfigError: One line that names the file, the table and what is wrong in it.
    """
    tables = _parsed(path)
    try:
        _require_tables(tables)
        said = {name: _said(name, tables[name]) for name in TABLES if name in tables}
        own = _own_values(tables)
        settings = {
            name: value
            for table, values in said.items()
            if table not in (_READING, _DATASET)
            for name, value in values.items()
        }
        if "init" in settings:
            settings["init"] = tuple(_beside(path, init) for init in settings["init"])
        if "remark" in own:
            settings["remark"] = own["remark"]
        datasets = _datasets(path, own.get("source", ""), tables, said.get(_READING, {}))
        return AskedInFile(datasets, own.get("preset"), settings)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _parsed(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise ConfigError(f"there is no {path}; twinseg run --example prints one")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8; save it as such") from error
    except (ValueError, RecursionError) as error:
        line = (str(error).splitlines() or ["nested too deeply"])[0]
        raise ConfigError(f"{path} is no TOML: {line[:1].lower()}{line[1:]}") from error


def _require_tables(tables: Mapping[str, Any]) -> None:
    """Refuse what stands before the tables, or is a table, and is not known."""
    for name, value in tables.items():
        if name in _OWN and isinstance(value, Mapping | list):
            advice = f"; how it is read stands in [{_READING}]" if name == "source" else ""
            raise ConfigError(f"{name} is text, not a table{advice}")
        if name in _OWN or name in TABLES:
            continue
        if places := _places_of(name):
            raise ConfigError(f"{name} stands outside of its table; it belongs into {places}")
        meant = did_you_mean(name, [*_OWN, *TABLES]) or _of_another_table(name) or ";"
        kind = f"table [{name}]" if isinstance(value, Mapping | list) else f"name {name!r}"
        raise ConfigError(f"there is no {kind}{meant} choose from: {', '.join([*_OWN, *TABLES])}")


def _own_values(tables: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: tables[name] for name in _OWN if name in tables}
    found = checked(StudyFile, values)
    return {name: getattr(found, name) for name in values}


def _said(table: str, values: Any) -> dict[str, Any]:
    """Check a table and return what it says; of several datasets nothing, see `_datasets`."""
    if table == _DATASET:
        if not isinstance(values, list):
            raise ConfigError(f"[{table}] is one of several: write [[{table}]]")
        return {}
    if not isinstance(values, Mapping):
        raise ConfigError(f"{table} is a table, got {values!r}; write [{table}]")
    return _checked_table(f"[{table}]", TABLES[table], values)


def _checked_table(title: str, kind: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    for name in values:
        if name not in kind.model_fields:
            raise ConfigError(f"there is no {name} in {title}{_meant(name, kind)}")
    try:
        found = checked(kind, values)
    except ConfigError as error:
        raise ConfigError(f"{title}: {error}") from error
    return {name: getattr(found, name) for name in values}


def _meant(name: str, kind: type[BaseModel]) -> str:
    """Say where a name belongs, or which one was meant."""
    if places := _places_of(name):
        return f"; it belongs into {places}"
    if meant := did_you_mean(name, kind.model_fields):
        return meant
    return _of_another_table(name) or f"; choose from: {', '.join(kind.model_fields)}"


def _places_of(name: str) -> str:
    """Name the tables that a setting may stand in; "" if there is none."""
    if name in _OWN:
        return "the file's head, before all tables"
    found = [table for table, kind in TABLES.items() if name in kind.model_fields]
    return " or ".join(f"[[{one}]]" if one == _DATASET else f"[{one}]" for one in found)


def _of_another_table(name: str) -> str:
    """Return what to say of a name that is like a setting of any table; "" if it is like none."""
    other = nearest(name, [other for one in TABLES.values() for other in one.model_fields])
    return f"; did you mean {other}, which belongs into {_places_of(other)}?" if other else ""


def _datasets(
    path: Path, source: str, tables: Mapping[str, Any], shared: Mapping[str, Any]
) -> tuple[AskedDataset, ...]:
    several = tables.get(_DATASET, [])
    if bool(source) == bool(several):
        raise ConfigError(
            f"source and [[{_DATASET}]] are both there; keep one of them"
            if source
            else f'which data? Say source = "FOLDER", or [[{_DATASET}]] with a source for each'
        )
    if source:
        return (AskedDataset("", path.parent / source, shared),)
    found: dict[str, AskedDataset] = {}
    for number, values in enumerate(several, start=1):
        title = f"[[{_DATASET}]] number {number}"
        one = _dataset(path, title, values, shared)
        if same := found.get(alike(one.name)):
            raise ConfigError(f"{title} has the name {one.name!r}, as {same.source} has already")
        found[alike(one.name)] = one
    return tuple(found.values())


def _dataset(path: Path, title: str, values: Any, shared: Mapping[str, Any]) -> AskedDataset:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{title} is a table, got {values!r}")
    said = _checked_table(title, DatasetTable, values)
    name, source = (said.pop(part, "") for part in ("name", "source"))
    if not source:
        raise ConfigError(f"{title} has no source")
    name = name or Path(source).name
    if why := why_no_file_name(name):
        raise ConfigError(f"{title} cannot be a folder called {name!r}: {why}; give it a name")
    return AskedDataset(name, path.parent / source, {**shared, **said})


def _beside(path: Path, init: str) -> str:
    """Take files of weights from beside the file that names them."""
    return str(path.parent / init) if init.endswith(".safetensors") else init
