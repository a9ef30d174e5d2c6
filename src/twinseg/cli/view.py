"""The command that shows everything of a study in a browser."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.terminal import progress_here, said_when_stopped


def view(
    out: Annotated[
        Path,
        typer.Argument(
            help="Study or grid of `twinseg run`, finished or not; folder of `twinseg predict`; or "
            "images with masks, for --predictions."
        ),
    ],
    *,
    predictions: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=FOLDER: masks of other software, called as their images. May be repeated."
        ),
    ] = None,
    dataset: options.DatasetOfStudy = None,
    images: Annotated[
        Path | None,
        typer.Option(
            help="Of a folder of `twinseg predict`: the INPUT, to see its pictures, slices and "
            "slides and not only small ones."
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    host: Annotated[
        str,
        typer.Option(help="Name or address for others to call; this machine alone if not given."),
    ] = "",
) -> None:
    """Browse every case of a study: masks, errors, heat maps and numbers side by side."""
    with said_when_stopped("stopped; nothing of the study was changed"):
        from twinseg.view.serve import open_desk, open_others, serve

        progress = progress_here()
        desk = (
            open_others(out, predictions, progress)
            if predictions
            else open_desk(out, dataset, images)
        )
        serve(desk, port=port, host=host, progress=progress)
