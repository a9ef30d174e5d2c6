"""Say what is in the labels of a prepared dataset: table, JSON, figures."""

from pathlib import Path

from twinseg.core.progress import Progress, Silent
from twinseg.data.dataset_files import require_prepared
from twinseg.data.labels import LabelReport, describe_labels, sentences, write_labels
from twinseg.data.prepared import PreparedDataset, open_prepared
from twinseg.report.label_section import write_labels_page


def inspect_dataset(folder: Path, *, progress: Progress | None = None) -> Path:
    """Write ``folder/labels/``: ``labels.parquet``, ``labels.csv``, ``labels.json``, a page.

    Returns:
        The page, ``folder/labels/index.html``.

    Raises:
        DataError: If ``folder`` is not a prepared dataset.
        StoreError: If files of it are damaged.
    """
    progress = progress or Silent()
    require_prepared(folder)
    data = open_prepared(folder)
    data.require_whole()
    report = describe(data, folder / "labels", progress)
    for sentence in sentences(report):
        progress.say(f"- {sentence}")
    return write_labels_page(folder / "labels", data)


def describe(data: PreparedDataset, folder: Path, progress: Progress) -> LabelReport:
    """Measure the labels of ``data`` and write table and JSON into ``folder``."""
    report = describe_labels(data, progress)
    write_labels(report, folder)
    return report
