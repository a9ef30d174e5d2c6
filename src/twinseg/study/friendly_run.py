"""The friendly layer: paths as text, settings as keywords, the device found by itself."""

from pathlib import Path
from typing import Any

from twinseg.core.checked import require_known
from twinseg.core.executor import Executor
from twinseg.core.progress import Progress
from twinseg.data.own_folder import is_prepared
from twinseg.data.prepared import open_prepared
from twinseg.records.grid import GRID_NAMES, Grid, make_grid
from twinseg.records.settings import Hardware
from twinseg.records.source_settings import SourceSettings, make_source_settings
from twinseg.study.grid.grid import run_grid
from twinseg.study.results import GridStudy, Study
from twinseg.study.status import say_status, standings
from twinseg.study.study import run_study
from twinseg.training.device import best_precision, resolve_device

_KEYWORDS = [
    *("source", "out", "device", "weights_dir", "progress", "executor"),
    *dict.fromkeys([*GRID_NAMES, *SourceSettings.model_fields]),
]
_ABOUT_SOURCE = SourceSettings.model_fields.keys() - {"size"}


def run(
    source: str | Path,
    out: str | Path,
    *,
    device: str = "auto",
    weights_dir: str | Path | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    **settings: Any,
) -> Study | GridStudy:
    """Train twins on images with masks and compare them; the same as ``twinseg run``.

    Where ``init``, ``design``, ``fraction`` or ``seed`` are several, or ``folds`` are asked for, a
    grid of runs is trained, with every pair of inits compared at every point.

    Args:
        source: A dataset of `prepare`, or anything that `prepare` reads.
        out: Study folder. An unfinished one is continued; what depends on a setting that is
            another one than before is done anew; a pair of other runs, or a study of other data,
            is refused. A grid may become larger.
        device: ``auto``, ``cpu`` or ``cuda``.
        weights_dir: Folder with ``<encoder>.imagenet.safetensors``, asked before any hub.
        progress: Where to report; nowhere by default.
        executor: Where runs are trained, predict and are explained; a pair here by default, the
            runs of a grid in some processes of this machine.
        **settings: Settings of `GridSettings` and `StudySettings`, such as ``encoder``, ``size``,
            ``epochs``, and of `SourceSettings`, such as ``foreground``. The size of a dataset is
            the default size.

    Raises:
        TwinsegError: If the input is wrong or a run cannot go on; one line says what to do.
    """
    source, resolved = Path(source), resolve_device(device)
    grid, source_settings = _settings(source, settings)
    how: dict[str, Any] = {
        "hardware": Hardware(resolved, best_precision(resolved)),
        "weights_dir": Path(weights_dir) if weights_dir else None,
        "progress": progress,
        "executor": executor,
    }
    if grid.is_grid:
        run_grid(source, Path(out), grid, source_settings, **how)
        return GridStudy(Path(out))
    run_study(source, Path(out), grid.contrasts[0], source_settings, **how)
    return Study(Path(out))


def say_plan(source: str | Path, out: str | Path, *, progress: Progress, **settings: Any) -> None:
    """Say of every step that `run` would do how far it is; nothing is written.

    Raises:
        TwinsegError: If the settings are wrong, or ``out`` is a study of other runs.
    """
    grid, _ = _settings(Path(source), settings)
    say_status(standings(Path(out), grid), progress)


def _settings(source: Path, asked: dict[str, Any]) -> tuple[Grid, SourceSettings]:
    """Part what was asked into settings of the study and of its source."""
    require_known(asked, _KEYWORDS)
    of_study = {name: value for name, value in asked.items() if name not in _ABOUT_SOURCE}
    if of_study.get("size") is None:
        of_study.pop("size", None)
        of_study |= {"size": open_prepared(source).size} if is_prepared(source) else {}
    grid = make_grid(**of_study)
    of_source = {name: asked[name] for name in _ABOUT_SOURCE & asked.keys()}
    return grid, make_source_settings(size=grid.shared.model.size, **of_source)
