"""The friendly layer: paths as text, settings as keywords, the device found by itself."""

from pathlib import Path
from typing import Any

from twinseg.core.executor import Executor
from twinseg.core.progress import Progress, Silent
from twinseg.records.settings import Hardware
from twinseg.study.grid.grid import run_grid
from twinseg.study.many_studies import run_many
from twinseg.study.means import Means
from twinseg.study.requests import Request, requests_of
from twinseg.study.results import GridStudy, Studies, Study, study_at
from twinseg.study.study import run_study
from twinseg.training.device import best_precision, resolve_device


def run(
    source: str | Path,
    out: str | Path,
    *,
    device: str = "auto",
    weights_dir: str | Path | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    preset: str | None = None,
    **settings: Any,
) -> Study | GridStudy | Studies:
    """Train twins on images with masks and compare them; the same as ``twinseg run``.

    Where ``init``, ``design``, ``fraction`` or ``seed`` are several, or ``folds`` are asked for, a
    grid of runs is trained, with every pair of inits compared at every point.

    Args:
        source: A dataset of `prepare`, anything that `prepare` reads, or a ``.toml`` file that
            names data and settings (``twinseg run --example`` prints one).
        out: Study folder; where a file has several datasets, the folder of their studies. An
            unfinished one is continued; what depends on a setting that is another one than before
            is done anew; a pair of other runs, or a study of other data, is refused. A grid may
            become larger.
        device: ``auto``, ``cpu`` or ``cuda``.
        weights_dir: Folder with ``<encoder>.imagenet.safetensors``, asked before any hub.
        progress: Where to report; nowhere by default.
        executor: Where runs are trained, predict and are explained; a pair here by default, the
            runs of a grid in some processes of this machine.
        preset: ``quick``, ``standard`` or ``paper``; other settings win over it.
        **settings: Settings of `GridSettings` and `StudySettings`, such as ``encoder``, ``size``,
            ``epochs``, and of `SourceSettings`, such as ``foreground``. The size of a dataset is
            the default size.

    Raises:
        TwinsegError: If the input is wrong or a run cannot go on; one line says what to do.
        RunsFailedError: If some runs of a grid, or some of several datasets, came to nothing; the
            others are there.
    """
    requests = requests_of(Path(source), preset, settings)
    progress, resolved = progress or Silent(), resolve_device(device)
    means = Means(
        Hardware(resolved, best_precision(resolved)),
        Path(weights_dir) if weights_dir else None,
        progress,
        executor,
    )

    def run_one(one: Request, folder: Path) -> None:
        if one.grid.is_grid:
            run_grid(one.source, folder, one.grid, one.source_settings, means)
        else:
            settings_of_pair = one.grid.contrasts[0]
            run_study(one.source, folder, settings_of_pair, one.source_settings, means)

    out = Path(out)
    if requests[0].name:
        run_many(requests, out, run_one, progress)
        return Studies(out, tuple(one.name for one in requests))
    run_one(requests[0], out)
    return study_at(out)
