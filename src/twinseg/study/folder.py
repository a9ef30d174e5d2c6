"""The study folder: opened once, continued by the same settings and data, refused otherwise."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from twinseg.core.errors import CannotWriteError, ConfigError, DataError, StoreError
from twinseg.core.settings import StudySettings, differences, read_settings, write_settings
from twinseg.core.store import cannot_write, locked, read_json, write_json
from twinseg.core.tables import write_table
from twinseg.data.case import Dataset
from twinseg.data.dataset_files import describe
from twinseg.data.designs import Subset
from twinseg.data.split import Split

_FIRST = (".lock", ".study.toml.part")  # all that a start killed at once leaves
_BEFORE_ACCEPTED = (  # what a start makes before it knows whether settings and data will do
    "dataset",
    ".dataset.preparing",
    *(f"tables/labels.{kind}" for kind in ("csv", "parquet", "json")),
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
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error
    accepted = False

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
                write_settings(out / "study.toml", settings)
            yield accept
    except CannotWriteError:
        raise  # the same command goes on when there is room
    except (DataError, ConfigError, StoreError):
        if made and not accepted:
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
    write_json(out / "dataset.json", facts)


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
    elif out.exists() and (not out.is_dir() or {p.name for p in out.iterdir()} - {*_FIRST}):
        raise StoreError(
            f"{out} exists and is not a study; choose another OUT, nothing was changed"
        )


def require_same_settings(out: Path, settings: StudySettings) -> None:
    """Raise `StoreError`, with the difference, if ``out`` was made with other settings."""
    if changed := differences(read_settings(out / "study.toml"), settings):
        raise StoreError(
            f"{out} was made with other settings: {'; '.join(changed)}; "
            "repeat them or choose another OUT"
        )


def write_split(out: Path, dataset: Dataset, split: Split) -> None:
    """Write one row per case with the part it belongs to."""
    table = dataset.table()
    table.insert(2, "split", [split.of(position) for position in range(len(dataset.cases))])
    write_table(out / "tables" / "cases.parquet", table)


def _require_same_data(out: Path, dataset: Dataset) -> None:
    if not (out / "dataset.json").exists():
        return
    before = read_json(out / "dataset.json")["fingerprint"]
    if before != dataset.fingerprint:
        raise StoreError(
            f"{out} was made from other data: fingerprint was {before[:12]}, now "
            f"{dataset.fingerprint[:12]}; images, masks or groups changed; choose another OUT"
        )
