"""The command that checks a dataset or a study."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli.terminal import progress_here, said_when_stopped


def check(
    folder: Annotated[Path, typer.Argument(help="Made by `twinseg prepare` or `twinseg run`.")],
) -> None:
    """Say of each part of a dataset or study whether it is right; status 2 if one is damaged."""
    with said_when_stopped("stopped; nothing was changed"):
        from twinseg.records.folders import StudyFolder
        from twinseg.study.check_dataset import check_dataset
        from twinseg.study.check_study import check_study

        is_study = StudyFolder(folder).settings.exists()
        check = check_study if is_study else check_dataset
        check(folder, progress=progress_here())
