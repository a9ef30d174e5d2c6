"""How a command that answers from tables hands over: in words, and in a folder with a page."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from twinseg.core.progress import Progress
from twinseg.core.store import whole_folder, write_json
from twinseg.core.tables import write_table


def hand_over(
    name: str,
    table: pd.DataFrame | None,
    write_page: Callable[[Path], None],
    *,
    sentences: Sequence[str],
    notes: Sequence[str],
    out: str | Path | None,
    progress: Progress,
) -> None:
    """Say notes and sentences, and leave table, JSON and page in ``out`` if it is given.

    Args:
        name: Of the table and the JSON file, without a suffix.
        table: None writes none.
        write_page: Writes the page to the path it is given.
        sentences: The answers in words.
        notes: What was taken for what, or left out.
        out: Folder to make; None writes nothing.
        progress: Where to report.

    Raises:
        StoreError: If ``out`` exists or cannot be written; then nothing of it is left.
    """
    for note in notes:
        progress.say(f"note: {note}")
    for sentence in sentences:
        progress.say(sentence)
    if out is None:
        return
    with whole_folder(Path(out)) as scratch:
        if table is not None:
            write_table(scratch / f"{name}.parquet", table)
        write_json(scratch / f"{name}.json", {"sentences": [*sentences], "notes": [*notes]})
        write_page(scratch / "index.html")
    progress.say(f"page: {Path(out) / 'index.html'}")
