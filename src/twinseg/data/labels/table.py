"""The table of labels: one row per case."""

from dataclasses import asdict
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from twinseg.core.arrays import Mask, MaskStack, Pictures
from twinseg.core.mapped import read_some
from twinseg.core.progress import Progress, Silent
from twinseg.data.case import Case, Dataset
from twinseg.data.labels.colour import colours_of
from twinseg.data.labels.shape import Shape, shape_of


@runtime_checkable
class Labelled(Protocol):
    """What is asked of a prepared dataset."""

    @property
    def dataset(self) -> Dataset:
        """Facts of the cases, in order."""
        ...

    @property
    def pictures(self) -> Pictures:
        """All pictures, stretched to training size."""
        ...

    @property
    def masks(self) -> MaskStack:
        """All masks, stretched to training size."""
        ...

    def reference(self, position: int) -> Mask:
        """Return the reference mask of a case on its source grid."""
        ...


def label_table(data: Labelled, progress: Progress | None = None) -> pd.DataFrame:
    """Measure every case: shape on the source grid, colours at training size.

    An empty mask has 0 parts, does not touch the border, and is NaN in everything that takes a
    target; a full one is NaN in what takes surroundings.
    """
    cases = data.dataset.cases
    rows = []
    with (progress or Silent()).task("measuring labels", len(cases), unit="cases") as task:
        for position, case in enumerate(cases):
            shape = shape_of(data.reference(position), case.spacing_mm)
            colours = colours_of(
                read_some(data.pictures, position), read_some(data.masks, position)
            )
            rows.append(_sizes(case, shape) | asdict(colours))
            task.advance()
    return pd.DataFrame(rows)


def _sizes(case: Case, shape: Shape) -> dict[str, object]:
    picture_px = case.height_px * case.width_px
    pixel_mm2 = case.spacing_mm[0] * case.spacing_mm[1] if case.spacing_mm else np.nan
    return {
        "case": case.id,
        "group": case.group,
        "foreground_share": case.foreground_share,
        "foreground_mm2": case.foreground_px * pixel_mm2,
        "parts": shape.parts,
        "largest_part_share": shape.largest_part_px / picture_px,
        "median_part_share": shape.median_part_px / picture_px,
        "largest_part_mm2": shape.largest_part_px * pixel_mm2,
        "median_part_mm2": shape.median_part_px * pixel_mm2,
        "touches_border": shape.touches_border,
        "border_share": shape.border_share,
        "compactness": shape.compactness,
    }
