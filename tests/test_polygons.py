"""Filling outlines: areas worked out on paper, laws, and an independent oracle."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import points_in_poly

from twinseg.data.polygons import fill_outlines

SQUARE = np.array([[0.5, 0.5], [4.5, 0.5], [4.5, 4.5], [0.5, 4.5]])
HOLE = np.array([[1.5, 1.5], [3.5, 1.5], [3.5, 3.5], [1.5, 3.5]])
coordinates = st.floats(-3, 15, allow_nan=False)


def test_a_square_between_middles_marks_the_middles_inside() -> None:
    mask = fill_outlines([SQUARE], (6, 7))
    assert mask.shape == (6, 7)
    assert mask.sum() == 16
    assert mask[1:5, 1:5].all()


def test_a_hole_is_left_out_and_a_keyhole_does_the_same() -> None:
    keyhole = np.concatenate([SQUARE, SQUARE[:1], HOLE[::-1], HOLE[-1:]])
    assert fill_outlines([SQUARE, HOLE], (6, 6)).sum() == 16 - 4
    assert (fill_outlines([keyhole], (6, 6)) == fill_outlines([SQUARE, HOLE], (6, 6))).all()


def test_what_sticks_out_is_cut_off_and_less_than_a_triangle_marks_nothing() -> None:
    wide = np.array([[-10.0, -10.0], [99.0, -10.0], [99.0, 99.0], [-10.0, 99.0]])
    assert fill_outlines([wide], (3, 5)).all()
    assert not fill_outlines([SQUARE[:2], np.zeros((0, 2))], (6, 6)).any()
    assert not fill_outlines([], (2, 2)).any()


def test_an_outline_that_crosses_itself_is_even_odd() -> None:
    hourglass = np.array([[-0.5, -0.5], [3.5, -0.5], [-0.5, 3.6], [3.5, 3.6]])
    assert fill_outlines([hourglass], (4, 4)).astype(int).tolist() == [
        [1, 1, 1, 1],
        [0, 1, 1, 0],
        [0, 0, 0, 0],
        [0, 1, 1, 0],
    ]


@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9))
def test_agrees_with_a_test_of_every_middle(corners: list[tuple[float, float]]) -> None:
    outline = np.array(corners) + 1e-4  # no middle lies on an edge, where conventions differ
    rows, columns = np.indices((9, 11))
    middles = np.stack([columns.ravel(), rows.ravel()], axis=1)
    expected = points_in_poly(middles, outline).reshape(9, 11)
    near = np.zeros((9, 11), bool)
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        length = np.hypot(*(end - start)) or 1.0
        along = np.clip(((middles - start) @ (end - start)) / length**2, 0, 1)
        distance = np.linalg.norm(middles - start - along[:, None] * (end - start), axis=1)
        near |= (distance < 1e-6).reshape(9, 11)
    assert (fill_outlines([outline], (9, 11)) == expected)[~near].all()


@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9))
def test_two_of_the_same_outline_cancel(corners: list[tuple[float, float]]) -> None:
    outline = np.array(corners)
    assert not fill_outlines([outline, outline], (9, 11)).any()
