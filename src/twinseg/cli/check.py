"""The command that checks a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli.said import progress_here, said_when_stopped


def check(
    dataset: Annotated[Path, typer.Argument(help="Folder made by `twinseg prepare`.")],
) -> None:
    """Say of every file of DATASET whether it is right or damaged; status 2 if one is."""
    with said_when_stopped("stopped; nothing was changed"):
        from twinseg.study.check import check_dataset

        check_dataset(dataset, progress=progress_here())
