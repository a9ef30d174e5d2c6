"""All that is measured of pictures to tell whether they are like others."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from twinseg.core.arrays import Indices, Pictures
from twinseg.core.errors import DataError
from twinseg.prediction.network_features import Features, network_features
from twinseg.prediction.picture_statistics import (
    Balance,
    Colours,
    Numbers,
    colour_balance,
    colour_shares,
    picture_numbers,
)
from twinseg.training.trained_model import TrainedModel


@runtime_checkable
class Geometry(Protocol):
    """What is known of a picture on its source grid; a `Case` says it, among other things."""

    @property
    def height_px(self) -> int:
        """Rows."""

    @property
    def width_px(self) -> int:
        """Columns."""

    @property
    def spacing_mm(self) -> tuple[float, float] | None:
        """Of rows and of columns; None where nobody says."""


@dataclass(frozen=True)
class SourceGrid:
    """A `Geometry` of a picture that is no case."""

    height_px: int
    width_px: int
    spacing_mm: tuple[float, float] | None = None


@dataclass(frozen=True)
class Looks:
    """What was measured of some pictures, one row each.

    Attributes:
        grids: Height and width in pixels, and geometric mean of the spacings in mm, NaN where
            nobody says; of the source.
        numbers: See `picture_numbers`.
        balance: See `colour_balance`.
        colours: See `colour_shares`.
        features: See `network_features`.
    """

    grids: Float[np.ndarray, "case 3"]
    numbers: Numbers
    balance: Balance
    colours: Colours
    features: Features

    def __len__(self) -> int:
        return len(self.grids)

    def rows(self, places: Indices) -> "Looks":
        """Return those at ``places``."""
        return Looks(*(getattr(self, field.name)[places] for field in fields(self)))

    def in_order(self) -> "Looks":
        """Return them in an order that does not depend on the one they came in."""
        keys = np.concatenate([self.numbers, self.balance, np.nan_to_num(self.grids)], axis=1)
        return self.rows(np.lexsort(keys.T))

    def require_finite(self) -> None:
        """Raise `DataError` if a network gave no number."""
        if faulty := int((~np.isfinite(self.features)).any(axis=1).sum()):
            raise DataError(
                f"the network gives no finite features of {faulty} of {len(self)} pictures: its "
                "weights are not sound; train it anew"
            )


def look_at(trained: TrainedModel, pictures: Pictures, grids: Sequence[Geometry]) -> Looks:
    """Measure pictures.

    Args:
        trained: The model that they are to be shown to.
        pictures: At its size, as it is shown them.
        grids: Of their sources, in the same order.
    """
    pictures = np.asarray(pictures)
    return looks_with(pictures, grids, network_features(trained, pictures))


def looks_with(pictures: Pictures, grids: Sequence[Geometry], features: Features) -> Looks:
    """Measure pictures of which the network's features are known; see `look_at`."""
    rows = [(grid.height_px, grid.width_px, _spacing_mm(grid)) for grid in grids]
    return Looks(
        grids=np.array(rows, dtype=np.float64).reshape(-1, 3),
        numbers=picture_numbers(pictures),
        balance=colour_balance(pictures),
        colours=colour_shares(pictures),
        features=features,
    )


def joined(parts: Sequence[Looks]) -> Looks:
    """Put the rows of all ``parts`` below each other."""
    columns = [[getattr(part, field.name) for part in parts] for field in fields(Looks)]
    return Looks(*(np.concatenate(column) for column in columns))


def _spacing_mm(grid: Geometry) -> float:
    return float(np.sqrt(np.prod(grid.spacing_mm))) if grid.spacing_mm else float("nan")
