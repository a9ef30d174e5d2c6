"""What is told at the end of new pictures: tables, scores, the page, and a few lines aloud."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from twinseg.core.machine import versions_and_machine
from twinseg.core.progress import Progress
from twinseg.core.sealed import write_sealed
from twinseg.core.store import write_csv
from twinseg.core.tables import Rows, write_table
from twinseg.core.words import amount
from twinseg.data.originals import write_names
from twinseg.images.unit import LeftOut
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.records.source_settings import SourceSettings
from twinseg.report.predicted_page import draw_predicted_page, entries_of
from twinseg.study.new_pictures.items import FoundItems
from twinseg.study.new_pictures.journal import Done
from twinseg.study.new_pictures.others import COLUMNS, Other, hidden, other_files, said_of
from twinseg.study.new_pictures.references import References, find_references
from twinseg.study.new_pictures.scoring import score_answers
from twinseg.study.new_pictures.true_names import COLUMNS as NAME_COLUMNS
from twinseg.study.new_pictures.true_names import true_names
from twinseg.study.opened_model import OpenModel

_FAILED_SAID = 10


@dataclass(frozen=True)
class PredictedFiles:
    """What lies in OUT.

    Attributes:
        folder: Its files by name.
        table: A row for each picture, slice or slide; no columns if nothing could be used.
        volumes: A row for each series or volume; no columns if there is none.
        scores: A row for each picture with a reference; None where the source holds none.
        failed: Name and reason of what could not be used.
    """

    folder: PredictedFolder
    table: pd.DataFrame
    volumes: pd.DataFrame
    scores: pd.DataFrame | None
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Question:
    """What was asked of which model."""

    opened: OpenModel
    source: Path
    settings: SourceSettings
    found: FoundItems


def tell(
    asked: Question, done: Sequence[Done], folder: PredictedFolder, progress: Progress
) -> PredictedFiles:
    """Write the tables, the list of what failed, the page and, last, the manifest."""
    pictures, volumes, found = Rows(), Rows(), asked.found
    for one in done:
        for row in one.rows:
            pictures.add(row)
        if one.volume:
            volumes.add(one.volume)
    failed = [(one.file, one.reason) for one in found.left_out]
    failed += [pair for one in done for pair in one.left_out]
    write_csv(folder.failed, ("file", "reason"), failed)
    told = PredictedFiles(folder, _typed(pictures.table()), volumes.table(), None, tuple(failed))
    for file, table in ((folder.table, told.table), (folder.volumes, told.volumes)):
        if len(table):
            write_table(file, table)
    _say(told, progress)
    told, others = _compared(asked, told, progress)
    opened, shown, said = asked.opened, told.table, [*asked.opened.said]
    if others:
        progress.say(said_of(others))
        said.append(said_of(others))
    write_csv(folder.others, COLUMNS, (astuple(one) for one in hidden(others, found)))
    if found.is_hidden:
        rows = true_names(asked.source, found, done, others)
        names = write_names(folder.path, rows, NAME_COLUMNS)
        progress.say(f"names are pseudonyms; which files they are: {names}")
    if told.scores is not None:
        said.append(_of_scores(told.scores))
        dice = told.scores.drop_duplicates("picture").set_index("picture")["dice"]
        shown = shown.assign(dice=shown["picture"].map(dice))
    draw_predicted_page(
        folder, shown, told.volumes, failed, said, _about(opened, found, asked.source)
    )
    facts = {"pictures": len(told.table), "failed": len(failed), **versions_and_machine()}
    write_sealed(folder.manifest, facts | {"said": list(opened.said)})
    return told


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give ``is_unlike`` a type that has room for what nobody knows."""
    return table.astype({"is_unlike": "boolean"}) if len(table) else table


def _compared(
    asked: Question, told: PredictedFiles, progress: Progress
) -> tuple[PredictedFiles, list[Other]]:
    """Score what has a reference; return that, and the files that are of no use."""
    references, faults = References(), list[LeftOut]()
    if any(item.slide for item in asked.found.items):
        progress.say("slides are not scored")
    elif len(told.table):
        hidden = asked.found.is_hidden
        references = find_references(asked.source, asked.settings, is_hidden=hidden)
    if references.must_choose:
        progress.say(f"no scores: {references.fault}")
    elif references.units:
        scores, faults = score_answers(
            asked.source, references, asked.found, told.folder, told.table, progress
        )
        told = replace(told, scores=scores)
    if told.scores is not None:
        write_table(told.folder.scores, told.scores)
        progress.say(_of_scores(told.scores))
    return told, other_files(asked.source, asked.found, references, faults)


def _of_scores(scores: pd.DataFrame) -> str:
    has_target = scores["reference_pixels"] > 0
    dice, count = scores.loc[has_target, "dice"].mean(), int(has_target.sum())
    said = f"{amount(len(scores), 'reference')} found"
    said += f": mean Dice {dice:.3f} of the {count} with a target" if count else ", all empty"
    if count < len(scores):
        marked = int((scores.loc[~has_target, "predicted_pixels"] > 0).sum())
        said += f"; something is marked in {marked} of the {len(scores) - count} without"
    return said


def _about(opened: OpenModel, found: FoundItems, source: Path) -> dict[str, Any]:
    model = opened.model
    return {
        "title": "Masks of " + ("new pictures" if found.is_hidden else source.resolve().name),
        "rule": model.rule,
        "runs": [run.id for run in model.runs],
        "knows_dice": opened.experience is not None,
    }


def _say(told: PredictedFiles, progress: Progress) -> None:
    """Say how much there is, and how much of it asks for a person, counted as on the page."""
    entries = entries_of(told.table, told.volumes)
    looked = sum(entry["look"] for entry in entries)
    predicted = amount(len(told.table), "picture")
    if len(told.volumes):
        predicted += f" in {amount(len(told.volumes), 'volume')}"
    what = amount(looked, "volume") if len(told.volumes) == len(entries) else str(looked)
    progress.say(f"{predicted} predicted; {what} to look at (column `look`)")
    if told.failed:
        progress.say(f"could not be used: {len(told.failed)}, all in failed.csv")
        for name, reason in told.failed[:_FAILED_SAID]:
            progress.say(f"  {name}: {reason}")
