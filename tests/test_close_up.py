"""What part of a picture the gallery shows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twinseg.report.close_up import close_up


def test_a_small_object_is_shown_large_and_whole_on_a_grid_of_another_size() -> None:
    marked = np.zeros((100, 200), bool)
    marked[10:20, 150:170] = True  # on the tile twice as large: rows 20..40, columns 300..340
    rows, columns = close_up(marked, 200, 400)
    assert (rows.stop - rows.start, columns.stop - columns.start) == (88, 88)  # 2.2 x 40
    assert (rows.start, columns.start) == (0, 276)  # 30 - 44 is outside; 320 - 44


def test_nothing_marked_or_nearly_everything_shows_the_whole() -> None:
    whole = (slice(None), slice(None))
    assert close_up(np.zeros((50, 50), bool), 50, 50) == whole
    assert close_up(np.ones((50, 50), bool), 50, 50) == whole


@given(st.integers(0, 59), st.integers(0, 79), st.integers(1, 60), st.integers(1, 80))
def test_all_that_is_marked_lies_in_the_window(top: int, left: int, high: int, wide: int) -> None:
    marked = np.zeros((60, 80), bool)
    marked[top : top + high, left : left + wide] = True
    assert marked[close_up(marked, 60, 80)].sum() == marked.sum()
