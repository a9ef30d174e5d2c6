"""Which folders are datasets, and which `prepare` may write; light, so that it is said at once."""

import os
from pathlib import Path

from twinseg.core.errors import DataError, StoreError
from twinseg.core.names import is_text
from twinseg.core.store import cannot_write

PIXELS = ("pictures.npy", "masks.npy", "references.bin")
FACTS = "dataset.json"


def is_prepared(folder: Path) -> bool:
    """Tell whether ``folder`` was written by `write_prepared`, whole or damaged since."""
    return (folder / FACTS).is_file() and any((folder / name).exists() for name in PIXELS)


def require_dataset(folder: Path) -> None:
    """Raise `DataError` unless the dataset of a study is in ``folder``; says how to say where."""
    if not is_prepared(folder):
        raise DataError(
            f"there is no prepared dataset in {folder}; if the study was made from one that lies "
            "elsewhere, say where: --dataset FOLDER"
        )


def refuse_other_folder(source: Path, folder: Path) -> None:
    """Refuse a folder among the data, or with files of others, before anything is read.

    Raises:
        StoreError: If it is one, or may not be looked into.
    """
    from_, to = Path(os.path.realpath(source)), Path(os.path.realpath(folder))
    if from_ in (to, *to.parents):
        raise StoreError(f"{folder} lies inside {source}; choose another folder for the dataset")
    if not is_text(str(to)):  # libraries that write tables take no other names
        raise StoreError(f"the path {str(to)!a} is no UTF-8 text; choose another name")
    if os.path.islink(to):  # noqa: PTH114  where pathlib raises of long names
        raise StoreError(f"{folder} is a link that leads in a circle; choose another name")
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        if taken and not is_prepared(folder):
            raise StoreError(
                f"{folder} exists and is no dataset; choose another name, nothing was changed"
            )
    except OSError as error:
        raise cannot_write(folder, error) from error
