"""The study folder: opened once, continued by the same settings and data, refused otherwise."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import CannotWriteError, StoreError, TwinsegError
from twinseg.core.sealed import CHECKSUMS
from twinseg.core.store import locked, make_folder
from twinseg.data.case import Dataset
from twinseg.data.originals import REFUSED, originals_of
from twinseg.records.folders import CONTRASTS, StudyFolder
from twinseg.records.grid import is_grid_file
from twinseg.records.settings import (
    PointSettings,
    StudySettings,
    differences,
    read_settings,
    settings_from,
    write_settings,
)
from twinseg.report.study_contents import read_study_facts
from twinseg.study.refused_at_once import refuse_no_study
from twinseg.training.run_files import read_run_facts

_BEFORE_ACCEPTED = (  # what a start makes before it knows whether settings and data will do
    "dataset",
    CONTRASTS,
    ".dataset.preparing",
    ".steps",
    *(f"tables/{name}" for name in ("labels.csv", "labels.parquet", "labels.json")),
    *("tables/cases.csv", "tables/cases.parquet", "dataset.json"),
    f"tables/{CHECKSUMS}",
    "study.toml",  # goes last: without it the folder would not be known as a study
)


@dataclass(frozen=True)
class Asked:
    """What a folder is opened for.

    Attributes:
        write: Writes the settings into a file.
        require: Raises `StoreError` if the folder was made of what does not go with them.
    """

    write: Callable[[Path], None]
    require: Callable[[], None]


def asked_of(study: StudyFolder, settings: StudySettings) -> Asked:
    """Return what a pair asks of its folder."""
    return Asked(
        lambda path: write_settings(path, settings), lambda: require_same_runs(study, settings)
    )


@contextmanager
def opened(study: StudyFolder, asked: Asked) -> Iterator[Callable[[], None]]:
    """Hold the study folder, made now or by an earlier start.

    Yields:
        A function to call once data and settings are accepted. Until then, what this start has
        made goes again if they are refused; after it, and ever after, everything stays.

    Raises:
        StoreError: If another process is at work in it, it cannot be written, or was made of
            other runs meanwhile.
    """
    out = study.path
    folders = [folder for folder in (out, *out.parents) if not folder.exists()]
    make_folder(out)
    accepted = held = False

    def accept() -> None:
        nonlocal accepted
        asked.write(study.settings)  # also where it was damaged
        accepted = True

    made: list[Path] = []
    try:
        with locked(study.lock):
            if study.settings.exists():
                asked.require()
            else:
                made += [out / name for name in _BEFORE_ACCEPTED if not (out / name).exists()]
                asked.write(study.settings)
            held = True
            originals = originals_of(study.dataset)
            if made and not originals.exists():
                made.insert(0, originals)
            yield accept
    except Exception as error:
        if held and not study.settings.exists():
            raise StoreError(
                f"{out} was removed while twinseg was at work in it; give the same command again "
                "to start anew"
            ) from error
        # Where there is no room, the same command goes on when there is.
        refused = isinstance(error, TwinsegError) and not isinstance(error, CannotWriteError)
        if refused and made and not accepted:
            made = [path for path in made if not (path / REFUSED).is_file()]  # the error names it
            _take_back([*made, study.lock], [study.tables, *folders])
        raise


def _take_back(made: Sequence[Path], folders: Sequence[Path]) -> None:
    """Remove what was ``made``, and those of ``folders`` that are empty then."""
    for path in made:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def refuse_other_folder(study: StudyFolder, source: Path, asked: Asked) -> None:
    """Refuse a folder that is not for this study, before any slow work and before any writing.

    Raises:
        StoreError: If it holds something else, is a study of other runs (the difference is named),
            or lies among the data.
    """
    refuse_no_study(source, study.path)
    if study.settings.exists():
        asked.require()


def require_same_runs(study: StudyFolder, settings: StudySettings) -> None:
    """Raise `StoreError`, with the difference, if a study consists of other runs."""
    if is_grid_file(study.settings):
        raise StoreError(
            f"{study.path} is a grid of runs, and one pair was asked for; choose another OUT"
        )
    if changed := differences(previous_settings(study), settings, PointSettings.model_fields):
        raise StoreError(
            f"{study.path} was made of other runs: {'; '.join(changed)}; repeat them or choose "
            "another OUT"
        )


def previous_settings(study: StudyFolder) -> StudySettings:
    """Read the settings; where their file is damaged, what the trained runs keep of them.

    Raises:
        StoreError: If nobody knows them.
    """
    try:
        return read_settings(study.settings)
    except StoreError:
        for run in study.whole_runs():
            return settings_from(read_run_facts(run.path)["settings"])
        raise


def require_same_data(study: StudyFolder, dataset: Dataset) -> None:
    """Raise `StoreError` if a study was made of other data."""
    # Each run keeps the fingerprint, too: dataset.json may have been deleted as damaged.
    before = {read_run_facts(run.path)["dataset_fingerprint"] for run in study.whole_runs()}
    if study.description.exists():
        before.add(read_study_facts(study.path)["fingerprint"])
    for fingerprint in before - {dataset.fingerprint}:
        raise StoreError(
            f"{study.path} was made from other data: fingerprint was {fingerprint[:12]}, now "
            f"{dataset.fingerprint[:12]}; images, masks or groups changed; choose another OUT"
        )
