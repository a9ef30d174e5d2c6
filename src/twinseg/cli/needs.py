"""The command that asks what more data would bring."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.terminal import progress_here, said_when_stopped


def needs(
    studies: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDY",
            help="Studies of one dataset and seed with different --fraction, or tables with the "
            "columns train_cases, case and the metric.",
        ),
    ],
    wished: Annotated[
        float | None, typer.Option(help="A mean: how many training cases does it take?")
    ] = None,
    times: Annotated[float, typer.Option(help="How many times the data to look ahead.")] = 2.0,
    metric: Annotated[
        str, typer.Option(help="Column of numbers of which more is better (NAME:higher).")
    ] = "dice",
    group: options.GroupColumn = "group",
    case: options.CaseColumn = None,
    seed: options.ResampleSeed = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder to make: table, JSON, a page with the curves.")
    ] = None,
) -> None:
    """Tell what more data would bring, from studies with less: a learning curve with a band."""
    with said_when_stopped("stopped; nothing was left behind"):
        from twinseg.study.needs import data_needs

        progress = progress_here()
        data_needs(
            studies,
            metric=metric,
            wished=wished,
            times=times,
            group=group,
            case=case,
            seed=seed,
            out=out,
            progress=progress,
        )
