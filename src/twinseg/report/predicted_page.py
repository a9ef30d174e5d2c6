"""The page of new pictures: thumbnails with the outline of the mask, the most doubtful first."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from twinseg.core.store import write_text
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.report.environment import environment

MOST_SHOWN = 300


def draw_predicted_page(
    folder: PredictedFolder,
    table: pd.DataFrame,
    volumes: pd.DataFrame,
    failed: Sequence[tuple[str, str]],
    said: Sequence[str],
    about: Mapping[str, Any],
) -> None:
    """Write ``index.html`` of a folder of answers.

    Args:
        folder: Of the answers; its overlays are shown.
        table: A row for each picture or slice, with ``dice`` where there are scores; none at all
            if nothing could be read.
        volumes: A row for each series or volume.
        failed: Name and reason of what could not be used.
        said: What was said of the model.
        about: ``title``, ``rule``, ``runs`` and ``knows_dice``.
    """
    shown = entries_of(table, volumes)
    html = (
        environment()
        .get_template("predicted_page.html")
        .render(
            entries=shown[:MOST_SHOWN],
            count=len(shown),
            looked_at=sum(entry["look"] for entry in shown),
            failed=failed,
            said=said,
            about=about,
            has_volumes=bool(len(volumes)),
        )
    )
    write_text(folder.page, html)


def entries_of(table: pd.DataFrame, volumes: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what is shown: each volume, and each picture that is no slice of one, worst first."""
    found = [_named(row, "stack") for row in volumes.to_dict("records")]
    if len(table):
        stacks = {row["stack"] for row in found}
        alone = table[~table["stack"].isin(stacks)] if stacks else table
        found += [_named(row, "picture") for row in alone.to_dict("records")]
    return sorted(found, key=lambda row: (not row["look"], -row["doubt"], row["name"]))


def _named(row: Mapping[Hashable, Any], column: str) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()} | {"name": row[column]}
