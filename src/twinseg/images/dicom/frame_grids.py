"""Where frames lie in the patient: from the header, or frame by frame from functional groups."""

import math
from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset

from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.images.dicom.elements import items, numbers
from twinseg.images.slice_grid import SliceGrid, Vector


def grid_of(
    rows: int,
    columns: int,
    *,
    position_mm: Sequence[float],
    orientation: Sequence[float],
    spacing_mm: Sequence[float],
) -> SliceGrid:
    """Return the grid, with directions of length 1.

    Raises:
        DataError: If something is missing or is no right angle; its text says what.
    """
    if len(position_mm) != 3 or len(orientation) != 6:
        raise DataError(
            "does not say where it lies (ImagePositionPatient, ImageOrientationPatient)"
        )
    if len(spacing_mm) != 2 or not all(0 < step < 1e3 for step in spacing_mm):
        raise DataError("does not say how large a pixel is (PixelSpacing)")
    if not all(abs(part) < 1e6 for part in (*position_mm, *orientation)):
        raise DataError("says that it lies beyond a kilometre; its position is damaged")
    along_row, along_column = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.linalg.norm(along_row), np.linalg.norm(along_column)
    if not (0.99 < min(lengths) <= max(lengths) < 1.01) or abs(along_row @ along_column) > 0.01:
        raise DataError("has rows and columns that are not at right angles (its orientation)")
    return SliceGrid(
        rows=rows,
        columns=columns,
        position_mm=_vector(position_mm),
        along_row=_vector(along_row / lengths[0]),
        along_column=_vector(along_column / lengths[1]),
        spacing_mm=(float(spacing_mm[0]), float(spacing_mm[1])),
    )


def _vector(parts: Sequence[float] | np.ndarray) -> Vector:
    x, y, z = (float(part) for part in parts)
    if math.isnan(x + y + z):
        raise DataError("has a position that is not a number")
    return x, y, z


class FunctionalGroups:
    """The functional groups of a multi-frame file: what all frames share, and each one's own."""

    def __init__(self, dataset: Dataset, frames: int) -> None:
        """Take the groups of ``dataset``.

        Raises:
            DataError: If there are not as many groups as frames.
        """
        self._shared = (items(dataset, "SharedFunctionalGroupsSequence") or [Dataset()])[0]
        self._own = items(dataset, "PerFrameFunctionalGroupsSequence")
        self._dataset = dataset
        if len(self._own) != frames:
            raise DataError(
                f"declares {amount(frames, 'frame')}, {len(self._own)} of them have a place"
            )

    def macro(self, frame: int, sequence: str) -> Dataset:
        """Return the first item of ``sequence`` for one frame; without it the file as a whole."""
        for groups in (self._own[frame], self._shared):
            for item in items(groups, sequence):
                return item
        return self._dataset

    def grid(self, frame: int, rows: int, columns: int) -> SliceGrid:
        """Return where a frame lies.

        Raises:
            DataError: If the file does not say.
        """
        place = self.macro(frame, "PlanePositionSequence")
        plane = self.macro(frame, "PlaneOrientationSequence")
        measures = self.macro(frame, "PixelMeasuresSequence")
        return grid_of(
            rows,
            columns,
            position_mm=numbers(place, "ImagePositionPatient"),
            orientation=numbers(plane, "ImageOrientationPatient"),
            spacing_mm=numbers(measures, "PixelSpacing"),
        )
