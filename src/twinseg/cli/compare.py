"""The command for the statistics alone."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.terminal import progress_here, said_when_stopped


def compare(
    tables: Annotated[
        list[Path],
        typer.Argument(
            metavar="TABLE [TABLE]",
            help="CSV, Parquet or Excel, one row per case: a table for each model, or one with a "
            "column `model`.",
        ),
    ],
    metric: Annotated[
        str,
        typer.Option(
            help="Column of numbers, or several joined by commas; NAME:lower or NAME:higher says "
            "which way is better where the name does not."
        ),
    ] = "dice",
    group: options.GroupColumn = "group",
    case: options.CaseColumn = None,
    models: Annotated[
        str, typer.Option(help="Models of a single table, joined by commas; all by default.")
    ] = "",
    model_column: Annotated[
        str, typer.Option(help="Column of a single table that names the model.")
    ] = "model",
    margin: Annotated[
        float | None,
        typer.Option(help="Difference that does not matter: equivalence and non-inferiority."),
    ] = None,
    rope: Annotated[
        float | None, typer.Option(help="Practical equivalence of the Bayesian test.")
    ] = None,
    strata: Annotated[
        str | None, typer.Option(help="Column that parts the cases: the same for each part.")
    ] = None,
    lower_is_better: Annotated[
        bool, typer.Option("--lower-is-better", help="Of the one metric whose name does not say.")
    ] = False,
    correction: Annotated[
        str, typer.Option(help="Over several metrics: holm or bh (Benjamini-Hochberg).")
    ] = "holm",
    seed: options.ResampleSeed = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder to make: table, JSON, a page with figures.")
    ] = None,
) -> None:
    """Compare models case by case, second minus first: intervals over groups, tests, effects."""
    with said_when_stopped("stopped; nothing was left behind"):
        from twinseg.study.compare import compare_files

        progress = progress_here()
        compare_files(
            tables,
            metric=metric,
            group=group,
            case=case,
            models=[name.strip() for name in models.split(",") if name.strip()],
            model_column=model_column,
            margin=margin,
            rope=rope,
            strata=strata,
            lower_is_better=lower_is_better,
            correction=correction,
            seed=seed,
            out=out,
            progress=progress,
        )
