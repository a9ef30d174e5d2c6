"""What is asked for: by a command or a call alone, or with a file and a preset behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinseg.core.checked import require_known
from twinseg.data.own_folder import is_prepared
from twinseg.records.grid import GRID_NAMES, Grid, make_grid
from twinseg.records.presets import preset_values
from twinseg.records.source_settings import ReadingSettings, SourceSettings, make_source_settings
from twinseg.records.study_file import AskedDataset, AskedInFile, is_study_file, read_study_file

_READING = ReadingSettings.model_fields
_KEYWORDS = [
    *("source", "out", "preset", "device", "weights_dir", "progress", "executor"),
    *dict.fromkeys([*GRID_NAMES, *_READING]),
]


@dataclass(frozen=True)
class Request:
    """One study, or one of several.

    Attributes:
        name: Its folder in OUT; "" where OUT is its own.
        source: Its data.
        grid: Its runs and all their settings.
        source_settings: How its data are read.
    """

    name: str
    source: Path
    grid: Grid
    source_settings: SourceSettings


def requests_of(source: Path, preset: str | None, asked: Mapping[str, Any]) -> tuple[Request, ...]:
    """Return the studies that are asked for: one, or one for each dataset of a file.

    What is ``asked`` wins over the file, the file over its preset, and that over the defaults.

    Args:
        source: Data, or a file that names them.
        preset: Name of one; it takes the place of the file's.
        asked: Settings by name, whatever their stage; a size of None is none.

    Raises:
        ConfigError: If any of it is wrong; nothing was begun.
    """
    require_known(asked, _KEYWORDS)
    asked = {name: value for name, value in asked.items() if name != "size" or value is not None}
    file = (
        read_study_file(source)
        if is_study_file(source)
        else AskedInFile((AskedDataset("", source),), None, {})
    )
    values = preset_values(preset or file.preset)
    return tuple(
        _request(dataset, values, {**dataset.reading, **file.settings, **asked})
        for dataset in file.datasets
    )


def _request(dataset: AskedDataset, preset: Mapping[str, Any], said: Mapping[str, Any]) -> Request:
    of_study = {name: value for name, value in said.items() if name not in _READING}
    # A dataset has a size already, which nobody but a person should want otherwise.
    own = {"size": _size_of(dataset.source)} if is_prepared(dataset.source) else {}
    grid = make_grid(**{**preset, **own, **of_study})
    reading = {name: said[name] for name in _READING if name in said}
    settings = make_source_settings(size=grid.shared.model.size, **reading)
    return Request(dataset.name, dataset.source, grid, settings)


def _size_of(dataset: Path) -> int:
    from twinseg.data.prepared import open_prepared  # loads what takes a second

    return open_prepared(dataset).size
