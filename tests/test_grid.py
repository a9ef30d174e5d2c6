"""Slices in the patient: pixels to millimetres and back."""

import numpy as np

from twinseg.images.slice_grid import SliceGrid

AXIAL = SliceGrid(
    rows=4,
    columns=3,
    position_mm=(-10.0, -20.0, 7.5),
    along_row=(1.0, 0.0, 0.0),
    along_column=(0.0, 1.0, 0.0),
    spacing_mm=(2.0, 0.5),
)


def test_a_pixel_lies_where_its_column_and_row_say() -> None:
    places = AXIAL.to_patient()
    assert places.shape == (4, 3, 3)
    assert places[3, 2].tolist() == [-10 + 2 * 0.5, -20 + 3 * 2.0, 7.5]
    assert AXIAL.to_pixels(places[3, 2][None]).tolist() == [[2.0, 3.0]]
    assert AXIAL.height_mm == 7.5


def test_an_oblique_slice_goes_there_and_back() -> None:
    angle = 0.4
    grid = SliceGrid(
        rows=5,
        columns=6,
        position_mm=(3.0, 1.0, -2.0),
        along_row=(float(np.cos(angle)), 0.0, float(np.sin(angle))),
        along_column=(0.0, 1.0, 0.0),
        spacing_mm=(1.5, 0.7),
    )
    pixels = grid.to_pixels(grid.to_patient().reshape(-1, 3))
    rows, columns = np.indices((5, 6))
    assert np.allclose(pixels, np.stack([columns.ravel(), rows.ravel()], axis=1))
    assert np.allclose(grid.to_patient() @ grid.normal, grid.height_mm)
