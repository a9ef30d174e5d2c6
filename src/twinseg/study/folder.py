"""The study folder: opened once, continued by the same settings and data, refused otherwise."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from twinseg.core.errors import CannotWriteError, StoreError, TwinsegError
from twinseg.core.sealed import CHECKSUMS, write_sealed
from twinseg.core.settings import (
    StudySettings,
    differences,
    make_settings,
    read_settings,
    write_settings,
)
from twinseg.core.store import locked, make_folder
from twinseg.core.tables import write_table
from twinseg.data.case import Dataset
from twinseg.data.dataset_files import describe
from twinseg.data.designs import Subset
from twinseg.data.originals import REFUSED, originals_of
from twinseg.data.split import Split
from twinseg.report.contents import read_study_facts
from twinseg.training.run_files import read_run_facts

_FIRST = (".lock", ".study.toml.part")  # all that a start killed at once leaves
_BEFORE_ACCEPTED = (  # what a start makes before it knows whether settings and data will do
    "dataset",
    ".dataset.preparing",
    *(f"tables/{name}" for name in ("labels.csv", "labels.parquet", "labels.json")),
    f"tables/{CHECKSUMS}",
    "study.toml",  # goes last: without it the folder would not be known as a study
)


@contextmanager
def opened(out: Path, settings: StudySettings) -> Iterator[Callable[[], None]]:
    """Hold the study folder, made now or by an earlier start.

    Yields:
        A function to call once data and settings are accepted. Until then, what this start has
        made goes again if they are refused; after it, and ever after, everything stays.

    Raises:
        StoreError: If another process is at work in it, it cannot be written, or was made with
            other settings meanwhile.
    """
    folders = [folder for folder in (out, *out.parents) if not folder.exists()]
    make_folder(out)
    accepted = held = False

    def accept() -> None:
        nonlocal accepted
        accepted = True

    made: list[Path] = []
    try:
        with locked(out / ".lock"):
            if (out / "study.toml").exists():
                require_same_settings(out, settings)
            else:
                made += [out / name for name in _BEFORE_ACCEPTED if not (out / name).exists()]
            write_settings(out / "study.toml", settings)  # also where it was damaged
            held = True
            originals = originals_of(out / "dataset")
            if made and not originals.exists():
                made.insert(0, originals)
            yield accept
    except Exception as error:
        if held and not (out / "study.toml").exists():
            raise StoreError(
                f"{out} was removed while twinseg was at work in it; give the same command again "
                "to start anew"
            ) from error
        # Where there is no room, the same command goes on when there is.
        refused = isinstance(error, TwinsegError) and not isinstance(error, CannotWriteError)
        if refused and made and not accepted:
            made = [path for path in made if not (path / REFUSED).is_file()]  # the error names it
            _take_back([*made, out / ".lock"], [out / "tables", *folders])
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


def describe_data(out: Path, dataset: Dataset, subset: Subset) -> None:
    """Write what a study stands on; what is said of the subset is "" if nothing was taken away.

    Raises:
        StoreError: If ``out`` was made from other data.
    """
    _require_same_data(out, dataset)
    is_whole = len(subset.positions) == subset.before.cases
    facts = describe(dataset) | {"subset": "" if is_whole else subset.sentence}
    write_sealed(out / "dataset.json", facts)


def refuse_other_folder(out: Path, source: Path, settings: StudySettings) -> None:
    """Refuse a folder that is not for this study, before any slow work and before any writing.

    Raises:
        StoreError: If ``out`` holds something else, is a study made with other settings (the
            difference is named), or lies among the data.
    """
    if source.resolve() in (out / "x").resolve().parents:
        raise StoreError(f"{out} lies inside {source}, among the data; choose another OUT")
    if (out / "study.toml").exists():
        require_same_settings(out, settings)
    elif out.exists() and (not out.is_dir() or _files_of_others(out)):
        raise StoreError(
            f"{out} exists and is not a study; choose another OUT, nothing was changed"
        )


def _files_of_others(out: Path) -> bool:
    """Tell whether there is a file that no start leaves before it has written the settings."""
    return any(not path.is_dir() and path.name not in _FIRST for path in out.rglob("*"))


def require_same_settings(out: Path, settings: StudySettings) -> None:
    """Raise `StoreError`, with the difference, if ``out`` was made with other settings."""
    if changed := differences(_settings_of(out), settings):
        raise StoreError(
            f"{out} was made with other settings: {'; '.join(changed)}; "
            "repeat them or choose another OUT"
        )


def _settings_of(out: Path) -> StudySettings:
    """Read the settings; where their file is damaged, what the trained runs keep of them."""
    try:
        return read_settings(out / "study.toml")
    except StoreError:
        for file in sorted(out.glob("runs/*/manifest.json")):
            return make_settings(**read_run_facts(file.parent)["settings"])
        raise


def write_split(out: Path, dataset: Dataset, split: Split) -> None:
    """Write one row per case with the part it belongs to."""
    table = dataset.table()
    table.insert(2, "split", [split.of(position) for position in range(len(dataset.cases))])
    write_table(out / "tables" / "cases.parquet", table, sealed=True)


def _require_same_data(out: Path, dataset: Dataset) -> None:
    # Each run keeps the fingerprint, too: dataset.json may have been deleted as damaged.
    known = [read_run_facts(file.parent) for file in sorted(out.glob("runs/*/manifest.json"))]
    before = {facts["dataset_fingerprint"] for facts in known}
    if (out / "dataset.json").exists():
        before.add(read_study_facts(out)["fingerprint"])
    for fingerprint in before - {dataset.fingerprint}:
        raise StoreError(
            f"{out} was made from other data: fingerprint was {fingerprint[:12]}, now "
            f"{dataset.fingerprint[:12]}; images, masks or groups changed; choose another OUT"
        )
