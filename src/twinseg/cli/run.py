"""The main job; its options are those of the settings of a study, its source and its place."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twinseg.cli import options
from twinseg.cli.from_settings import with_options
from twinseg.cli.terminal import progress_here, said_when_stopped
from twinseg.records.grid import GridSettings
from twinseg.records.place_settings import PlaceSettings
from twinseg.records.settings import (
    EvaluationSettings,
    ModelSettings,
    SplitSettings,
    TrainingSettings,
)
from twinseg.records.source_settings import ReadingSettings


def print_example(wanted: bool) -> bool:
    """Print a file to fill in and end, if that is wanted."""
    if wanted:
        from twinseg.records.study_file_help import example_text

        typer.echo(example_text(), nl=False)
        raise typer.Exit
    return wanted


def print_schema(wanted: bool) -> bool:
    """Print the schema of such files and end, if that is wanted."""
    if wanted:
        from twinseg.records.study_file_help import schema_text

        typer.echo(schema_text())
        raise typer.Exit
    return wanted


@with_options(
    {
        "Runs": GridSettings,
        "Model": ModelSettings,
        "Training": TrainingSettings,
        "Split": SplitSettings,
        "Evaluation": EvaluationSettings,
        options.SOURCE: ReadingSettings,
        options.MACHINE: PlaceSettings,
    },
    leave_out=("size",),
)
def run(
    source: Annotated[
        Path,
        typer.Argument(
            help="A prepared dataset, images with masks as `prepare` reads, or a STUDY.toml that "
            "names them and says the same as the options."
        ),
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
    preset: Annotated[
        str | None,
        typer.Option(
            help="Settings that go together: quick, standard or paper; other options win over it.",
            rich_help_panel="Runs",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what would be done, for how long; do and write nothing."
        ),
    ] = False,
    _example: Annotated[
        bool,
        typer.Option(
            "--example", help="Print a STUDY.toml.", is_eager=True, callback=print_example
        ),
    ] = False,
    _schema: Annotated[
        bool,
        typer.Option(
            "--schema",
            help="Print the JSON Schema of a STUDY.toml, for editors.",
            is_eager=True,
            callback=print_schema,
        ),
    ] = False,
    device: options.Device = "auto",
    weights_dir: options.WeightsDir = None,
    **settings: Any,
) -> None:
    """Train twins on SOURCE; leave masks, scores, heat maps, a comparison and a report in OUT.

    Where options of Runs have several values, joined by commas, or with --folds, it is a grid: a
    run for each, and at each point of the grid a comparison of every two of --init.
    """
    with said_when_stopped():
        from twinseg.study.refused_at_once import refuse_to_run

        place = {
            name: settings.pop(name) for name in PlaceSettings.model_fields if name in settings
        }
        from twinseg.study.grid.executors import executor_asked

        executor = executor_asked(**place)
        asked = settings | {"size": size}
        if not dry_run:
            refuse_to_run(source, out, preset, asked)
        from twinseg.study.friendly_run import run as run_here
        from twinseg.study.plan.say_plan import say_plan

        progress = progress_here()
        asked |= {"preset": preset, "executor": executor}
        if dry_run:
            say_plan(source, out, device=device, progress=progress, **asked)
            return
        study = run_here(
            source, out, device=device, weights_dir=weights_dir, progress=progress, **asked
        )
        progress.say(f"report: {study.report}")
