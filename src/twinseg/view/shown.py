"""What a view shows, whatever it comes from: cases, models, columns, and where pixels come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from twinseg.core.arrays import Mask, Picture, Plane
from twinseg.view.columns import Columns


@dataclass(frozen=True)
class ShownModel:
    """A run, a rule, or what another program predicted.

    Attributes:
        id: In names of columns.
        label: For people.
        kind: run, rule or other.
        colour: "#rrggbb".
        masks: Folder of its masks.
        maps: Folder of each kind of heat map, by its name.
        has_probabilities: Whether there are any.
        contrast: Of a rule in a grid; "" else.
        point: Init, design, fraction, seed and fold of a run.
    """

    id: str
    label: str
    kind: str
    colour: str
    masks: Path
    maps: Mapping[str, Path]
    has_probabilities: bool = False
    contrast: str = ""
    point: Mapping[str, str | float | None] | None = None


@dataclass(frozen=True)
class ShownContrast:
    """Two models that may be compared, by their ids.

    Attributes:
        names: Of the two for people, without the point of the grid.
    """

    id: str
    first: str
    second: str
    label: str
    names: tuple[str, str]


@dataclass(frozen=True)
class Scale:
    """What the darkest and the brightest colour of a kind of heat map stand for."""

    low: float
    limit: float
    unit: str


@dataclass(frozen=True)
class Question:
    """A view of the cases that is one click away; see `Query` for its parts.

    One that is a part of the cases keeps their order, and stays when another is asked.
    """

    id: str
    label: str
    where: str = ""
    sort: str = ""
    descending: bool = False
    is_part: bool = False


@dataclass(frozen=True)
class OnSlide:
    """A case that is a part of a slide, or all of it.

    Attributes:
        file: The slide.
        part_px: Left, top, width and height in pixels of its finest level; None for all of it.
    """

    file: Path
    part_px: tuple[float, float, float, float] | None = None


@runtime_checkable
class Pixels(Protocol):
    """Where the pixels of cases come from; every function takes the place of a case."""

    def small(self, place: int) -> Picture:
        """Return a picture at about training size, with the sides of the source in proportion."""
        ...

    def picture(self, place: int) -> Picture:
        """Return the picture on its source grid."""
        ...

    def reference(self, place: int) -> Mask | None:
        """Return the reference on the source grid; None without one."""
        ...

    def small_reference(self, place: int) -> Mask | None:
        """Return the reference at about training size, stretched to a square or not."""
        ...

    def mask(self, place: int, model: ShownModel) -> Mask:
        """Return the mask of a model on the source grid."""
        ...

    def small_mask(self, place: int, model: ShownModel) -> Mask:
        """Return it at about training size, stretched to a square or not."""
        ...

    def probability(self, place: int, model: ShownModel) -> Plane:
        """Return the probability on the grid of the network."""
        ...

    def heat(self, place: int, model: ShownModel, kind: str) -> Plane:
        """Return a heat map on the grid of its layer; NaN where there was nothing to ask."""
        ...

    def slide(self, place: int) -> OnSlide | None:
        """Return the slide that is shown by deep zoom; None of anything else."""
        ...

    def slide_mask(self, place: int, model: ShownModel) -> Path | None:
        """Return the file of a mask of all of a slide; None where masks are of parts."""
        ...


@dataclass(frozen=True)
class Shown:
    """A study, a folder of predictions, or folders of other software.

    Attributes:
        title: For people.
        kind: pair, grid, predicted or other.
        folder: Where notes are kept.
        cases: One row a case, see `case_table.FIXED`; in the order of places.
        models: Runs first.
        columns: That there are.
        contrasts: First the one that the page begins with.
        questions: One click away.
        scales: Of the kinds of heat map.
        pixels: Of the cases.
        spacing_mm: Of the pixels of each case, (case, 2), row and column; NaN where unknown.
        has_reference: Whether cases have a reference.
        is_running: Whether more is to come.
        files: Whose change means that there is more to see.
    """

    title: str
    kind: str
    folder: Path
    cases: pd.DataFrame
    models: tuple[ShownModel, ...]
    columns: Columns
    contrasts: tuple[ShownContrast, ...]
    questions: tuple[Question, ...]
    scales: Mapping[str, Scale]
    pixels: Pixels
    spacing_mm: np.ndarray
    has_reference: bool
    is_running: bool
    files: Sequence[Path] = ()
