"""The contrasts of a grid on its page: the way to each, and two of them in pictures."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from twinseg.core.tables import read_table
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import StudySettings
from twinseg.report.models import twin_label


@dataclass(frozen=True)
class ContrastRow:
    """One contrast.

    Attributes:
        id: Its name.
        link: To its own page.
        cases: Number of training cases.
        design: How they were drawn.
        dice: Mean of both twins over the test cases.
        card: Address of its most telling case in pictures; "" without one.
        twins: How both are called.
    """

    id: str
    link: str
    cases: int
    design: str
    dice: tuple[float, float]
    card: str
    twins: tuple[str, str]

    @property
    def caption(self) -> str:
        """What the card shows, from left to right."""
        drawn = "" if self.design == "random" else f" drawn by design {self.design}"
        point = f"With {amount(self.cases, 'training case')}"
        return f"{point}{drawn}: a test case, the {self.twins[0]}, the {self.twins[1]}."


def contrast_rows(
    folder: StudyFolder, contrasts: list[StudySettings], scores: pd.DataFrame
) -> Iterator[ContrastRow]:
    """Yield what is said of each contrast.

    Args:
        folder: Of the grid.
        contrasts: Those that are there.
        scores: Of all runs of the grid.
    """
    dice = scores.groupby("model")["dice"].mean()
    for settings in contrasts:
        runs, own = settings.contrast.runs, folder.contrast(settings.contrast.id)
        parts = read_table(own.table("cases"))["split"]
        yield ContrastRow(
            id=settings.contrast.id,
            link=_address(own.report, folder),
            cases=int((parts == "train").sum()),
            design=runs[0].design,
            dice=(float(dice[runs[0].id]), float(dice[runs[1].id])),
            card=_address(own.report_card, folder) if own.report_card.exists() else "",
            twins=(twin_label(runs[0].init), twin_label(runs[1].init)),
        )


def _address(path: Path, grid: StudyFolder) -> str:
    way = os.path.relpath(path, grid.report.parent)
    return quote(way.replace(os.sep, "/"))


def most_and_least(rows: list[ContrastRow]) -> list[ContrastRow]:
    """Return those with a card that trained on most and on fewest cases, each once.

    Where all trained on as many, the first and the last of the grid.
    """
    drawn = [row for row in rows if row.card]
    if not drawn:
        return []
    most, least = (choose(drawn, key=lambda row: row.cases) for choose in (max, min))
    return list(dict.fromkeys((most, least if least.cases < most.cases else drawn[-1])))
