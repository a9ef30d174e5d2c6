"""From the source grid to the square of training: numbers from paper, and what never changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twinseg.core.pixels import looked_up
from twinseg.data.shrink import shrink_mask, shrink_picture
from twinseg.images.window import grey_to_rgb


def test_two_by_two_pixels_become_their_mean() -> None:
    grey = np.array([[0, 100, 7, 7], [100, 200, 7, 7], [8, 8, 0, 0], [8, 8, 255, 255]], np.uint8)
    means = [[100, 7], [8, 128]]
    shrunk = shrink_picture(grey_to_rgb(grey), 2, is_grey=True)
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


@given(
    st.tuples(st.integers(1, 8), st.integers(0, 1)).flatmap(
        lambda drawn: arrays(np.uint8, (2 * drawn[0], 2 * drawn[0], 3)[: 2 + drawn[1]])
    )
)
def test_halving_rounds_halves_up_whatever_the_pixels(values: np.ndarray) -> None:
    size = values.shape[0] // 2
    blocks = values.reshape(size, 2, size, 2, -1).sum(axis=(1, 3), dtype=np.uint16)
    expected = ((blocks + 2) // 4).astype(np.uint8)
    picture = grey_to_rgb(values) if values.ndim == 2 else values
    assert (shrink_picture(picture, size, is_grey=values.ndim == 2) == expected).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_look_up_finds_every_entry(kind: type[np.unsignedinteger]) -> None:
    rng = np.random.default_rng(0)
    most = int(np.iinfo(kind).max)
    table = rng.integers(0, 256, most + 1, dtype=np.uint8)
    places = rng.permutation(most + 1).astype(kind).reshape(-1, 16)
    assert (looked_up(table, places) == table[places]).all()
