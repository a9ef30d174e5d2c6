"""Where the pixels of a slice lie in the patient."""

from dataclasses import dataclass

import numpy as np

Vector = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class SliceGrid:
    """One plane of pixels in patient space.

    Axes are DICOM's (LPS): x to the patient's left, y to the back, z to the head, in mm.
    """

    rows: int
    columns: int
    position_mm: Vector  # middle of the first pixel
    along_row: Vector  # unit vector in which the column index grows
    along_column: Vector  # unit vector in which the row index grows
    spacing_mm: tuple[float, float]  # (between rows, between columns)

    @property
    def normal(self) -> np.ndarray:
        """Unit vector across the plane, (x, y, z)."""
        return np.cross(self.along_row, self.along_column)

    @property
    def height_mm(self) -> float:
        """Distance of the plane from the origin along its normal."""
        return float(np.dot(self.normal, self.position_mm))

    def to_pixels(self, points_mm: np.ndarray) -> np.ndarray:
        """Patient points (n, 3) to (column, row), fractions of pixels, first pixel's middle 0."""
        offset = np.asarray(points_mm, dtype=np.float64) - self.position_mm
        column = offset @ np.asarray(self.along_row) / self.spacing_mm[1]
        row = offset @ np.asarray(self.along_column) / self.spacing_mm[0]
        return np.stack([column, row], axis=-1)

    def to_patient(self) -> np.ndarray:
        """Patient coordinates (x, y, z) in mm of the middle of every pixel, (row, column, 3)."""
        row = np.arange(self.rows)[:, None, None] * self.spacing_mm[0]
        column = np.arange(self.columns)[None, :, None] * self.spacing_mm[1]
        across = column * np.asarray(self.along_row) + row * np.asarray(self.along_column)
        places: np.ndarray = np.asarray(self.position_mm) + across
        return places
