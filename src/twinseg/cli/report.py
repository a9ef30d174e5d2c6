"""The command that builds the report of a study anew."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli.terminal import progress_here, said_when_stopped


def report(
    out: Annotated[Path, typer.Argument(help="Finished study of `twinseg run`.")],
) -> None:
    """Build the report of a study anew, from its tables and masks; nothing else is made."""
    with said_when_stopped():
        from twinseg.study.report import build_report

        progress = progress_here()
        page = build_report(out, progress=progress)
        progress.say(f"open in a browser: {page}")
