"""Scores of new masks, where the source holds references of its pictures."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.core.progress import Progress
from twinseg.core.tables import Rows
from twinseg.data.case_unit import ReadCase
from twinseg.data.hidden_source import without_names
from twinseg.images.unit import LeftOut
from twinseg.images.volumes.volume_file import is_volume
from twinseg.images.written_masks import written_slices
from twinseg.metrics.case_scores import score_case
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.study.new_pictures.items import FoundItems
from twinseg.study.new_pictures.references import References


def score_answers(
    source: Path,
    references: References,
    found: FoundItems,
    folder: PredictedFolder,
    table: pd.DataFrame,
    progress: Progress,
) -> tuple[pd.DataFrame | None, list[LeftOut]]:
    """Compare the masks in a folder with the references that lie in the source.

    Args:
        source: Of the pictures.
        references: That lie in it.
        found: What was found in it.
        folder: Of the masks.
        table: A row for each picture.
        progress: Where to say what the references are, or why there are no scores.

    Returns:
        A row for each picture that has a reference, as in ``scores`` of a study: picture, group
        and every metric; None where there is no reference. And what of the references could not
        be read, by its real name.
    """
    rows, faults = Rows(), list[LeftOut]()
    known = {row["picture"]: row for row in table.to_dict("records")}
    series = {item.name for item in found.items if item.slices}
    try:
        with without_names(source, None) if found.is_hidden else nullcontext():
            for case in _cases(references, progress):
                if isinstance(case, LeftOut):
                    faults.append(case)
                elif (name := found.shown_case(case.picture.id)) in known:
                    about = known[name]
                    predicted = _mask(folder.path / about["mask"], about, about["stack"] in series)
                    row = {"picture": name, "group": about["group"]}
                    scores = score_case(predicted, case.mask, spacing_mm=case.picture.spacing_mm)
                    rows.add(row | scores)
    except DataError as error:
        progress.say(f"no scores: {error}")
        return None, faults
    scored = rows.table()
    if not len(scored):
        progress.say("no scores: no reference was found for any of these pictures")
        return None, faults
    return scored, faults


def _cases(references: References, progress: Progress) -> Iterator[ReadCase | LeftOut]:
    """Yield all cases, and what cannot be read of them."""
    with progress.task("scoring", len(references.units), unit="parts") as task:
        for unit in references.units:
            try:
                yield from unit.read()
            except MaskValuesError:
                raise
            except DataError as error:
                yield LeftOut(unit.name, str(error))
            task.advance()


def _mask(file: Path, about: Mapping[Hashable, Any], is_series: bool) -> Mask:
    if is_volume(file.name):
        mask: Mask = written_slices(file, is_series=is_series)[int(about["slice"])] > 0
        return mask
    with Image.open(file) as image:
        return np.asarray(image) > 0
