"""A folder of `twinseg predict` as a view shows it: its table, masks and small pictures."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as parquet
from PIL import Image

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.core.errors import DataError
from twinseg.core.sealed import read_sealed
from twinseg.core.tables import read_table
from twinseg.core.words import amount
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.tissue import overview
from twinseg.images.tree import require_there
from twinseg.prediction.predictions import Predictions
from twinseg.records.input_spec import input_spec_from
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.records.source_settings import make_source_settings
from twinseg.report.models import TWIN_COLOURS
from twinseg.view.case_table import FIXED
from twinseg.view.columns import Column, Columns, Type
from twinseg.view.originals import Originals
from twinseg.view.shown import OnSlide, Question, Shown, ShownModel

_CASE = "picture"
_MODEL = "predicted"
_HALF = 128  # of what is marked as 255
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
    """Small pictures with the outline, and masks; the pictures themselves where they are given.

    Attributes:
        folder: What `predict` left.
        table: Its rows, in the order of places.
        originals: The pictures; None if nobody says where they are.
    """

    folder: PredictedFolder
    table: pd.DataFrame
    originals: Originals | None

    def small(self, place: int) -> Picture:
        """Read the overlay of a picture; of a volume there is one, and slices are read themselves.

        Raises:
            DataError: If it is damaged.
        """
        if self.originals and self._is_slice(place):
            return self.picture(place)
        name, _ = self._named(place)
        file = self.folder.overlays / f"{name}.jpg"
        try:
            with Image.open(file, formats=("JPEG",)) as image:
                return np.asarray(image.convert("RGB"))
        except Exception as error:  # whatever Pillow makes of a damaged file
            raise DataError(f"cannot read {file}; give the `twinseg predict` again") from error

    def picture(self, place: int) -> Picture:
        """Return the original; the overlay where nobody says where that lies."""
        if self.originals is None:
            return self.small(place)
        if (slide := self.slide(place)) is None:
            return self.originals.picture(*self._named(place))
        return _overview(slide.file)

    def reference(self, place: int) -> Mask | None:
        """Return nothing: references are scored and not kept."""
        return None

    def small_reference(self, place: int) -> Mask | None:
        """Return nothing."""
        return None

    def mask(self, place: int, model: ShownModel) -> Mask:
        """Read the mask of a picture or slice; that of a slide small.

        Raises:
            DataError: If it is a slice of a volume, and nobody says where that lies.
        """
        row, file = self.table.iloc[place], self._mask_file(place)
        if file.suffix == ".png":
            return Predictions(model.id, "rule", file.parent).mask(str(row[_CASE]))
        if not self._is_slice(place):
            marked: Mask = _overview(file)[..., 0] >= _HALF
            return marked
        if self.originals is None:
            raise DataError(
                f"{row['mask']} is a volume; say where its pictures are: --images INPUT"
            )
        return self.originals.mask_of_slice(*self._named(place), file)

    def small_mask(self, place: int, model: ShownModel) -> Mask:
        """Read the mask."""
        return self.mask(place, model)

    def probability(self, place: int, model: ShownModel) -> Plane:
        """Refuse: probabilities are files of their own."""
        raise DataError("probabilities lie in the folder `probabilities`, if they were asked for")

    def heat(self, place: int, model: ShownModel, kind: str) -> Plane:
        """Refuse: heat maps are drawn, not kept in numbers."""
        raise DataError("heat maps lie in the folder `heat_maps`, if they were asked for")

    def slide(self, place: int) -> OnSlide | None:
        """Return the slide, if that is what was predicted and somebody says where it lies."""
        if self.originals is None or self._is_slice(place):
            return None
        file = self.originals.slide(self._named(place)[0])
        return OnSlide(file) if file else None

    def slide_mask(self, place: int, model: ShownModel) -> Path | None:
        """Return the mask of a slide."""
        return self._mask_file(place)

    def _mask_file(self, place: int) -> Path:
        return self.folder.path / str(self.table["mask"].iloc[place])

    def _is_slice(self, place: int) -> bool:
        """Tell whether it was predicted as a part of its volume, not as a file alone."""
        return bool(self.table["slice"].iloc[place] >= 0)

    def _named(self, place: int) -> tuple[str, int]:
        """Return the name of the picture, or of its stack and the number in it."""
        row = self.table.iloc[place]
        if self._is_slice(place):
            return str(row["stack"]), int(row["slice"])
        return str(row[_CASE]), 0


def _overview(slide: Path) -> Picture:
    with closing(open_slide(slide)) as opened:
        return overview(opened)[0]


def _originals(folder: PredictedFolder, images: Path) -> Originals:
    """Find the pictures again as `predict` found them.

    Raises:
        DataError: If there are none, or not those.
    """
    require_there(images)
    asked = read_sealed(folder.request, advice="give the `twinseg predict` again")
    settings = input_spec_from(asked["input"]).source_settings.model_dump()
    more = {name: asked[name] for name in ("window", "slide_mpp") if asked.get(name)}
    return Originals(images, make_source_settings(**settings | more))


def predicted_shown(path: Path, images: Path | None = None) -> Shown:
    """Open a folder of `twinseg predict`.

    Args:
        path: The folder.
        images: INPUT, to show the pictures themselves.

    Raises:
        DataError: If INPUT is not there.
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
        title=f"Masks of {amount(len(cases), 'picture')}",
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
        pixels=OfPredicted(folder, table, _originals(folder, images) if images else None),
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
