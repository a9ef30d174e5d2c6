"""The main job; its options are those of the settings of a study and of a source."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twinseg.cli import options
from twinseg.cli.from_settings import with_options
from twinseg.cli.terminal import progress_here, said_when_stopped
from twinseg.records.grid import GridSettings
from twinseg.records.settings import (
    EvaluationSettings,
    ModelSettings,
    SplitSettings,
    TrainingSettings,
)
from twinseg.records.source_settings import SourceSettings


@with_options(
    {
        "Runs": GridSettings,
        "Model": ModelSettings,
        "Training": TrainingSettings,
        "Split": SplitSettings,
        "Evaluation": EvaluationSettings,
        options.SOURCE: SourceSettings,
    },
    leave_out=("size",),
)
def run(
    source: Annotated[
        Path, typer.Argument(help="A prepared dataset, or images with masks as `prepare` reads.")
    ],
    out: Annotated[Path, typer.Argument(help="Study folder; an unfinished one is continued.")],
    *,
    size: Annotated[
        int | None,
        typer.Option(
            help="Side of the square the network sees, in px; 256, or as prepared.",
            rich_help_panel="Model",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be done; do and write nothing."),
    ] = False,
    device: options.Device = "auto",
    weights_dir: options.WeightsDir = None,
    **settings: Any,
) -> None:
    """Train twins on SOURCE; leave masks, scores, heat maps, a comparison and a report in OUT."""
    with said_when_stopped():
        from twinseg.study.refused_at_once import refuse_to_run

        asked = settings
        if not dry_run:
            refuse_to_run(source, out, asked | ({"size": size} if size else {}))
        from twinseg.study.friendly_run import run as run_here
        from twinseg.study.friendly_run import say_plan

        progress = progress_here()
        if dry_run:
            say_plan(source, out, size=size, progress=progress, **asked)
            return
        study = run_here(
            source,
            out,
            device=device,
            weights_dir=weights_dir,
            progress=progress,
            size=size,
            **asked,
        )
        progress.say(f"report: {study.report}")
