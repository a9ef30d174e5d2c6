"""The command that says how far a study is."""

import time
from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli.terminal import progress_here, said_when_stopped

_EVERY_S = 10.0


def status(
    out: Annotated[Path, typer.Argument(help="Study folder of `twinseg run`.")],
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Say it again every ten seconds until all is done.")
    ] = False,
) -> None:
    """Say of every step of a study, or run of a grid, whether it is done, under way or waiting."""
    with said_when_stopped("stopped; nothing was changed"):
        from twinseg.study.friendly_status import say_how_far

        progress = progress_here()
        while not say_how_far(out, progress) and watch:
            time.sleep(_EVERY_S)
            progress.say("")
