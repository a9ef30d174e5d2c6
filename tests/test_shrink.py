"""From the source grid to the square of training: numbers from paper, and what never changes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twinseg.data.shrink import shrink_mask, shrink_picture
from twinseg.data.window import grey_to_rgb


def test_two_by_two_pixels_become_their_mean() -> None:
    grey = np.array([[0, 100, 7, 7], [100, 200, 7, 7], [8, 8, 0, 0], [8, 8, 255, 255]], np.uint8)
    means = [[100, 7], [8, 128]]
    shrunk = shrink_picture(grey_to_rgb(grey), 2)
    assert (shrunk == np.array(means)[..., None]).all()
    assert shrunk.flags.c_contiguous  # it goes to a file as it is
    assert (shrink_picture(np.repeat(grey[..., None], 3, axis=2), 2) == shrunk).all()


def test_half_a_pixel_of_target_is_target() -> None:
    mask = np.zeros((6, 6), bool)
    mask[0, :2] = True  # 2 of 9
    mask[3:5, 3:] = True  # 6 of 9
    assert shrink_mask(mask, 2).tolist() == [[False, False], [False, True]]
    mask[2:4, :2] = [[True, False], [False, True]]
    assert shrink_mask(mask, 3)[1, 0]  # 2 of 4


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20))
def test_all_and_nothing_stay_what_they_are(height: int, width: int, size: int) -> None:
    assert shrink_mask(np.ones((height, width), bool), size).all()
    assert not shrink_mask(np.zeros((height, width), bool), size).any()
    flat = np.full((height, width, 3), 77, np.uint8)
    assert (shrink_picture(flat, size) == 77).all()
    assert shrink_picture(flat, size).shape == (size, size, 3)
