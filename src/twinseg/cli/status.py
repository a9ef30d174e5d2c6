"""The command that says how far a study is."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli.terminal import progress_here, said_when_stopped


def status(
    out: Annotated[Path, typer.Argument(help="Study folder of `twinseg run`.")],
) -> None:
    """Say of every step of a study whether it is done, under way or waiting."""
    with said_when_stopped("stopped; nothing was changed"):
        from twinseg.study.status import say_status, standings

        say_status(standings(out), progress_here())
