"""How far a study or a grid is, in lines for people."""

from pathlib import Path

from twinseg.core.progress import Progress
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import is_grid_file, read_grid
from twinseg.study.grid.grid_status import grid_status, say_grid_status
from twinseg.study.status import State, say_status, standings


def say_how_far(out: Path, progress: Progress) -> bool:
    """Say how far a study or a grid is, and return whether all is done; nothing is changed.

    Raises:
        StoreError: If ``out`` is neither.
    """
    found, folder = standings(out), StudyFolder(out)
    if not is_grid_file(folder.settings):
        say_status(found, progress)
        return all(one.state is State.DONE for one in found)
    status = grid_status(folder, read_grid(folder.settings), found)
    say_grid_status(status, progress)
    return status.is_done
