"""The report of a study built anew, without whatever the study was made from."""

from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.store import locked
from twinseg.data.own_folder import is_prepared
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import read_settings
from twinseg.report.write_report import write_report
from twinseg.study.files import mend
from twinseg.study.open_study import OpenStudy
from twinseg.study.step_engine import all_steps
from twinseg.study.study import finish


def build_report(out: str | Path, *, progress: Progress | None = None) -> Path:
    """Write the page of a finished study and its pictures anew, from its tables.

    Args:
        out: The study.
        progress: Where to report.

    Returns:
        The page.

    Raises:
        DataError: If it is no study, not finished, or its dataset lies elsewhere.
        StoreError: If a part of it is absent or damaged, or another process is at work in it.
    """
    folder, progress = StudyFolder(Path(out)), progress or Silent()
    if not folder.settings.is_file():
        raise DataError(f"{out} is no study; give a folder that `twinseg run` has made")
    if not folder.manifest.exists():
        raise DataError(f"{out} is not finished; give its `twinseg run` command again")
    if not is_prepared(folder.dataset):
        raise DataError(
            f"the dataset of {out} lies elsewhere; give its `twinseg run` command again, which "
            "makes nothing anew but the report"
        )
    settings = read_settings(folder.settings)
    study = OpenStudy(folder, settings, folder.dataset)
    with locked(folder.lock):
        known = mend(folder, [run.id for run in settings.contrast.runs], progress)
        page = write_report(folder.path, study.data, progress=progress)
        finish(study, all_steps(study), known)
    return page
