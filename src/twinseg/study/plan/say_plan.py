"""What would be done, in lines for people; nothing is done or written."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twinseg.core.executor import Executor, InProcess
from twinseg.core.machine import cores
from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.data.prepared import PreparedDataset
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import Grid
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import Hardware
from twinseg.study.grid.executors import executor_here, say_how_busy
from twinseg.study.grid.grid_status import grid_status
from twinseg.study.plan.cost import Cost, at_once_and_threads, cost_of
from twinseg.study.plan.counts import Counts, counts_of, data_of
from twinseg.study.requests import Request, requests_of
from twinseg.study.run_stages import TRAINING
from twinseg.study.stage import Over
from twinseg.study.stages import STAGES
from twinseg.study.status import Standing, State, say_status, standings
from twinseg.training.device import best_precision, resolve_device
from twinseg.training.network import require_fit
from twinseg.training.trial import Pace, measure_pace

_SUPPOSED = 100  # cases, where nobody knows how many there are
_SHOWN = 64  # pictures that a pace is measured on
_LEFT_OUT = (
    "not counted: reading the source, heat maps and what tests them, rules, scores, statistics and "
    "pages; on the disk, masks, overlays and pages, which hang on the size of the pictures. Runs "
    "at once slow each other down. Not looked for yet: first weights"
)


def say_plan(
    source: str | Path,
    out: str | Path,
    *,
    progress: Progress,
    device: str = "auto",
    preset: str | None = None,
    executor: Executor | None = None,
    **settings: Any,
) -> None:
    """Say what `run` would do, on how many cases, and what that takes; nothing is written.

    Raises:
        TwinsegError: If the settings are wrong, or ``out`` is a study of other runs.
    """
    resolved = resolve_device(device)
    hardware = Hardware(resolved, best_precision(resolved))
    say_how_busy(progress)
    for request in requests_of(Path(source), preset, settings):
        model, training = request.grid.shared.model, request.grid.shared.training
        require_fit(model.encoder, model.size, cases=training.batch_size)
        _say_one(request, StudyFolder(Path(out) / request.name), hardware, executor, progress)


def _say_one(
    request: Request,
    folder: StudyFolder,
    hardware: Hardware,
    executor: Executor | None,
    progress: Progress,
) -> None:
    grid = request.grid
    found = standings(folder.path, grid)
    progress.say(f"{request.source} -> {folder.path}: {_numbers_of(grid)}")
    data = data_of(request.source, folder)
    counts = counts_of(folder, grid, data, cases=_SUPPOSED)
    for line in _case_lines(grid, counts, data, folder):
        progress.say(line)
    open_runs = _open_runs(grid, found)
    if open_runs:
        here = executor_here(len(open_runs), hardware) if grid.is_grid else InProcess()
        at_once, threads = at_once_and_threads(executor or here, cores())
        pace = measure_pace(grid.shared, hardware, threads=threads, pixels=_some(data))
        left = {run: counts[run] for run in grid.runs if run in open_runs}
        cost = cost_of(grid, left, pace, at_once)
        for line in _cost_lines(cost, pace, executor or here, is_known=data is not None):
            progress.say(line)
    if grid.is_grid:
        for sentence in grid_status(folder, grid, found).sentences:
            progress.say(sentence)
    else:
        say_status(found, progress)


def _open_runs(grid: Grid, found: Sequence[Standing]) -> set[RunSpec]:
    """Return the runs that are still to be trained."""
    done = {
        one.step.target
        for one in found
        if one.step.stage.name == TRAINING and one.state is State.DONE
    }
    return {*grid.runs} - done


def _some(data: PreparedDataset | None) -> tuple[np.ndarray, np.ndarray] | None:
    if data is None:
        return None
    return read_some(data.pictures, slice(_SHOWN)), read_some(data.masks, slice(_SHOWN))


def _numbers_of(grid: Grid) -> str:
    numbers = f"{amount(len(grid.runs), 'run')}, {amount(len(grid.contrasts), 'contrast')}"
    stages = {over: sum(stage.over is over for stage in STAGES) for over in Over}
    after = stages[Over.CONTRAST] + stages[Over.STUDY]
    return f"{numbers}; {amount(stages[Over.RUN], 'stage')} a run, {after} a contrast"


def _case_lines(
    grid: Grid, counts: Mapping[RunSpec, Counts], data: PreparedDataset | None, folder: StudyFolder
) -> Iterator[str]:
    """Say for each design and fraction what its runs stand on, whatever their seed and fold."""
    if data is None:
        yield "the source is not prepared yet: how many cases it has is known after that"
    points = dict.fromkeys((run.design, run.fraction) for run in grid.runs)
    for design, fraction in points:
        runs = [run for run in grid.runs if (run.design, run.fraction) == (design, fraction)]
        line = f"{design}, fraction {fraction:g}: {amount(len(runs), 'run')}"
        if data is not None:
            some = [counts[run] for run in runs]
            is_bound = design == "no-rare" and not folder.table("labels").exists()
            line += f"; {'at most ' if is_bound else ''}{_range(c.train for c in some)} cases to"
            line += f" train, {_range(c.validation for c in some)} to validate,"
            line += f" {_range(c.test for c in some)} to test"
        yield line


def _range(counts: Collection[int] | Iterator[int]) -> str:
    found = sorted(counts)
    return f"{found[0]}" if found[0] == found[-1] else f"{found[0]} to {found[-1]}"


def _cost_lines(cost: Cost, pace: Pace, executor: Executor, *, is_known: bool) -> Iterator[str]:
    whole = "" if is_known else f" for every {_SUPPOSED} cases"
    yield (
        f"time{whole}: about {_duration(cost.seconds)} to train and to predict, {executor.said} "
        f"(measured now, {amount(pace.batch_size, 'case')} a step: {pace.training_s:.3g} s a case)"
    )
    yield (
        f"disk{whole}: about {_size(cost.bytes)} of weights, probabilities and heat maps; "
        f"{_size(cost.passing_bytes)} more while runs are under way"
    )
    yield _LEFT_OUT


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _size(count: int) -> str:
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
