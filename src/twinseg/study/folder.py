"""The study folder: opened once, continued by the same settings and data, refused otherwise."""

from pathlib import Path

from twinseg.core.errors import StoreError
from twinseg.core.settings import StudySettings, differences, read_settings, write_settings
from twinseg.core.store import read_json, write_json
from twinseg.core.tables import write_table
from twinseg.data.case import Dataset
from twinseg.data.split import Split

_INPUT_FOLDERS = ("images", "masks")


def open_study(out: Path, settings: StudySettings, dataset: Dataset) -> None:
    """Create the study folder, or go on in one made with the same settings from the same data.

    Raises:
        StoreError: If ``out`` was made from other data, or cannot be written.
    """
    described = {
        "name": dataset.name,
        "cases": len(dataset.cases),
        "groups": len(dataset.groups),
        "empty_masks": dataset.empty_masks,
        "fingerprint": dataset.fingerprint,
        "notes": list(dataset.notes),
        "left_out": [vars(item) for item in dataset.left_out],
    }
    _require_same_data(out, dataset)
    write_json(out / "dataset.json", described)
    write_settings(out / "study.toml", settings)


def refuse_other_folder(out: Path, source: Path, settings: StudySettings) -> None:
    """Refuse a folder that is not for this study, before any slow work and before any writing.

    Raises:
        StoreError: If ``out`` holds something else, is a study made with other settings (the
            difference is named), or lies among the images or masks.
    """
    if any((source / part).resolve() in (out / "x").resolve().parents for part in _INPUT_FOLDERS):
        raise StoreError(f"{out} lies among the images or masks of {source}; choose another OUT")
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
