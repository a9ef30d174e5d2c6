"""Say of every file of a prepared dataset whether it is as it was written."""

from pathlib import Path

from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress, Silent
from twinseg.core.words import amount
from twinseg.data.dataset_files import AGAIN, faults_of, require_prepared
from twinseg.data.own_folder import FACTS
from twinseg.data.prepared import open_prepared


def check_dataset(folder: Path, *, progress: Progress | None = None) -> None:
    """Compare length and SHA-256 of every file of a dataset with what was written.

    Args:
        folder: The dataset; nothing in it is changed.
        progress: Where to say, file by file, what is right and what is damaged.

    Raises:
        DataError: If ``folder`` is not a prepared dataset.
        StoreError: If files are damaged; all of them are named.
    """
    progress = progress or Silent()
    require_prepared(folder)
    faults = faults_of(folder)
    for name, fault in faults.items():
        progress.say(f"{name}: {f'damaged: it {fault}' if fault else 'right'}")
    damaged = [name for name, fault in faults.items() if fault]
    if damaged:
        count = f"{len(damaged)} of {amount(len(faults), 'file')}"
        raise StoreError(f"{count} of {folder} damaged: {', '.join(damaged)}; {AGAIN}")
    cases = amount(len(open_prepared(folder).dataset.cases), "case")
    progress.say(f"{FACTS}: right, and fits the others: {cases}")
