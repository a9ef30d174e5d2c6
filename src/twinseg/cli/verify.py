"""The command that trains a run again and compares."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.terminal import progress_here, said_when_stopped


def verify(
    out: Annotated[Path, typer.Argument(help="Study folder of `twinseg run`.")],
    run: Annotated[
        str | None, typer.Argument(help="Name of a run, as in OUT/runs; the first one if not.")
    ] = None,
    *,
    dataset: options.DatasetOfStudy = None,
    weights_dir: options.WeightsDir = None,
) -> None:
    """Train a run of a study again, from what its manifest says, and compare it to the bit."""
    with said_when_stopped("stopped; the study was not changed"):
        from twinseg.study.verify import verify_run

        verify_run(out, run, dataset=dataset, weights_dir=weights_dir, progress=progress_here())
