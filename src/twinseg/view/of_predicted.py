"""A folder of `twinseg predict` as a view shows it: its table, masks and small pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as parquet
from PIL import Image

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.core.errors import DataError
from twinseg.core.tables import read_table
from twinseg.prediction.predictions import Predictions
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.report.models import TWIN_COLOURS
from twinseg.view.case_table import FIXED
from twinseg.view.columns import Column, Columns, Type
from twinseg.view.shown import Question, Shown, ShownModel

_CASE = "picture"
_MODEL = "predicted"
_UNSHOWN = {_CASE, *FIXED, "mask"}
_QUESTIONS = (
    ("look", "To be looked at", "look", "doubt", True),
    ("doubt", "Most in doubt", "", "doubt", True),
    ("unlike", "Least like the training pictures", "", "unlike", True),
    ("large", "Most marked", "", "marked_share", True),
    ("empty", "Nothing marked", "marked_px == 0", "", False),
    ("flagged", "Flagged by me", "flagged", "", False),
)


@dataclass(frozen=True)
class OfPredicted:
    """Small pictures with the outline, and the masks that are pictures."""

    folder: PredictedFolder
    table: pd.DataFrame

    def small(self, place: int) -> Picture:
        """Read the overlay of a picture; of a slice there is one of its volume."""
        row = self.table.iloc[place]
        file = self.folder.overlays / f"{row['stack'] or row[_CASE]}.jpg"
        try:
            with Image.open(file, formats=("JPEG",)) as image:
                return np.asarray(image.convert("RGB"))
        except Exception as error:  # whatever Pillow makes of a damaged file
            raise DataError(f"cannot read {file}; give the `twinseg predict` again") from error

    def picture(self, place: int) -> Picture:
        """Return the overlay: where the pictures themselves lie is not kept."""
        return self.small(place)

    def reference(self, place: int) -> Mask | None:
        """Return nothing: references are scored and not kept."""
        return None

    def small_reference(self, place: int) -> Mask | None:
        """Return nothing."""
        return None

    def mask(self, place: int, model: ShownModel) -> Mask:
        """Read the mask of a picture.

        Raises:
            DataError: If it is a slice of a volume, which programs for volumes show.
        """
        row = self.table.iloc[place]
        if not str(row["mask"]).endswith(".png"):
            raise DataError(f"{row['mask']} is a volume or a slide: open it in a program for such")
        return Predictions(model.id, "rule", (self.folder.path / row["mask"]).parent).mask(
            str(row[_CASE])
        )

    def small_mask(self, place: int, model: ShownModel) -> Mask:
        """Read the mask."""
        return self.mask(place, model)

    def probability(self, place: int, model: ShownModel) -> Plane:
        """Refuse: probabilities are files of their own."""
        raise DataError("probabilities lie in the folder `probabilities`, if they were asked for")

    def heat(self, place: int, model: ShownModel, kind: str) -> Plane:
        """Refuse: heat maps are drawn, not kept in numbers."""
        raise DataError("heat maps lie in the folder `heat_maps`, if they were asked for")

    def slide(self, place: int) -> Path | None:
        """Return nothing."""
        return None


def predicted_shown(path: Path) -> Shown:
    """Open a folder of `twinseg predict`.

    Raises:
        StoreError: If its table is absent or damaged.
    """
    folder = PredictedFolder(path)
    table = read_table(folder.table)
    table = table.assign(stack=table["stack"].fillna("").astype(str))
    cases = table.rename(columns={_CASE: "case"})[list(FIXED)].astype({"case": str, "group": str})
    columns = Columns(tuple(_columns(folder)), {})
    known = {column.name for column in columns.all}
    model = ShownModel(_MODEL, "predicted mask", "rule", TWIN_COLOURS[0], folder.masks, {})
    return Shown(
        title=f"Masks of {len(cases)} pictures",
        kind="predicted",
        folder=path,
        cases=cases,
        models=(model,),
        columns=columns,
        contrasts=(),
        questions=tuple(
            Question(*one) for one in _QUESTIONS if one[0] in ("flagged", "empty", "large") or
            one[0] in known
        ),
        scales={},
        pixels=OfPredicted(folder, table),
        spacing_mm=np.full((len(cases), 2), np.nan),
        has_reference=False,
        is_running=not folder.manifest.exists(),
        files=(folder.table, folder.manifest),
    )  # fmt: skip


def _columns(folder: PredictedFolder) -> Iterator[Column]:
    for name in FIXED:
        type_ = Type.NUMBER if name.endswith("_px") else Type.TEXT
        yield Column(name, type_, "", "", folder.table, name, {}, name)
    for one in parquet.read_schema(folder.table):
        if one.name not in _UNSHOWN:
            type_ = Type.TEXT
            if arrow.types.is_boolean(one.type):
                type_ = Type.FLAG
            elif arrow.types.is_integer(one.type) or arrow.types.is_floating(one.type):
                type_ = Type.NUMBER
            yield Column(one.name, type_, "", "", folder.table, one.name, {}, one.name, key=_CASE)
