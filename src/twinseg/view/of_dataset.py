"""Pixels of a study: pictures and references of its dataset, and what its models answered."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.core.errors import DataError
from twinseg.core.mapped import read_some
from twinseg.data.prepared import PreparedDataset
from twinseg.explanation.stored import read_heat_maps
from twinseg.images.slides.tile_pictures import TileOrigin
from twinseg.images.tree import root_of
from twinseg.prediction.predictions import THRESHOLD, Predictions
from twinseg.view.shown import OnSlide, ShownModel


@dataclass(frozen=True)
class OfDataset:
    """Pixels by the place of a case in the view.

    Attributes:
        data: The prepared dataset.
        positions: Of the cases in the dataset.
    """

    data: PreparedDataset
    positions: np.ndarray

    def small(self, place: int) -> Picture:
        """Return the picture at training size, which lies packed in one file of the dataset."""
        case = self.data.dataset.cases[self.positions[place]]
        square = read_some(self.data.pictures, int(self.positions[place]))
        longest = max(case.height_px, case.width_px)
        sides = [max(1, round(square.shape[0] * side / longest)) for side in
                 (case.width_px, case.height_px)]  # fmt: skip
        picture = Image.fromarray(square).resize((sides[0], sides[1]), Image.Resampling.BILINEAR)
        return np.asarray(picture)

    def picture(self, place: int) -> Picture:
        """Return the original; where it is gone, what was kept at training size."""
        try:
            return self.data.picture(int(self.positions[place]))
        except DataError:
            return self.data.kept_picture(int(self.positions[place]))

    def reference(self, place: int) -> Mask | None:
        """Return the reference on the source grid."""
        return self.data.reference(int(self.positions[place]))

    def small_reference(self, place: int) -> Mask | None:
        """Return the reference as the network was shown it."""
        return read_some(self.data.masks, int(self.positions[place]))

    def mask(self, place: int, model: ShownModel) -> Mask:
        """Read the mask of a model."""
        return self._answers(model).mask(self._id(place))

    def small_mask(self, place: int, model: ShownModel) -> Mask:
        """Cut the probability, if there is one: it is small; else read the mask."""
        if model.has_probabilities:
            return self.probability(place, model) > THRESHOLD
        return self.mask(place, model)

    def probability(self, place: int, model: ShownModel) -> Plane:
        """Read the probability on the grid of the network."""
        plane: Plane = self._answers(model).probabilities([self._id(place)])[0]
        return plane

    def heat(self, place: int, model: ShownModel, kind: str) -> Plane:
        """Read a heat map."""
        plane: Plane = read_heat_maps(model.maps[kind], [self._id(place)])[0]
        return plane

    def slide(self, place: int) -> OnSlide | None:
        """Return the slide that a case is a tile of."""
        origin = self.data.dataset.cases[self.positions[place]].origin
        if not isinstance(origin, TileOrigin) or self.data.source is None:
            return None
        tile, step = origin.tile, origin.tile.downsample
        part = (tile.x * step, tile.y * step, tile.width * step, tile.height * step)
        return OnSlide(root_of(self.data.source) / origin.file, part)

    def slide_mask(self, place: int, model: ShownModel) -> Path | None:
        """Return nothing: masks are of tiles."""
        return None

    def _answers(self, model: ShownModel) -> Predictions:
        return Predictions(model.id, model.kind, model.masks)

    def _id(self, place: int) -> str:
        case_id: str = self.data.dataset.cases[self.positions[place]].id
        return case_id
