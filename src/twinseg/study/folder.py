"""The study folder: opened once, continued by the same settings and data, refused otherwise."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.core.settings import StudySettings, differences, read_settings, write_settings
from twinseg.core.store import locked, read_json, write_json
from twinseg.core.tables import write_table
from twinseg.data.case import Dataset
from twinseg.data.dataset_files import describe
from twinseg.data.designs import Subset
from twinseg.data.split import Split


@contextmanager
def opened(out: Path, settings: StudySettings) -> Iterator[None]:
    """Hold the study folder, made now or by an earlier start; a new one goes again on an error.

    Raises:
        StoreError: If another process is at work in it, or it cannot be written.
    """
    is_new, existed = not (out / "study.toml").exists(), out.exists()
    write_settings(out / "study.toml", settings)
    try:
        with locked(out / ".lock"):
            yield
    except (DataError, ConfigError):
        if is_new:
            shutil.rmtree(out)
        if is_new and existed:
            out.mkdir()
        raise


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
        changed = differences(read_settings(out / "study.toml"), settings)
        if changed:
            raise StoreError(
                f"{out} was made with other settings: {'; '.join(changed)}; "
                "repeat them or choose another OUT"
            )
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StoreError(
            f"{out} exists and is not a study; choose another OUT, nothing was changed"
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
