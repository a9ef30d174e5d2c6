"""Stretching for the eye, and the colours of the small pictures, by numbers worked out on paper."""

import numpy as np
import pytest

from tests.drawn_masks import mask
from twinseg.report.overlays import colour_bar, heat_overlay, in_grey, stretch
from twinseg.report.tiles import TYPE1_COLOUR, TYPE2_COLOUR, errors_drawn, outlined, shrink_to_tile


def plain(value: int, height: int = 4, width: int = 4) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def is_coloured(picture: np.ndarray) -> np.ndarray:
    return picture.max(axis=-1) != picture.min(axis=-1)


def test_stretching_maps_zero_and_the_top_to_the_ends():
    heat = np.array([[-3.0, 0.0, 0.5], [1.0, 2.0, 9.0]], np.float32)
    # 0.5 of 2 is a quarter of 255 = 63.75, 1 of 2 is 127.5 which rounds to even
    assert stretch(heat, 2.0).tolist() == [[0, 0, 64], [128, 255, 255]]


def test_zero_and_below_leave_the_picture_grey():
    heat = np.array([[0.0, -1.0], [-5.0, 0.0]], np.float32)
    red = plain(100) * np.array([2, 1, 1], np.uint8)
    assert not is_coloured(heat_overlay(red, heat, 1.0)).any()


def test_colour_stands_where_the_heat_is():
    heat = np.zeros((4, 4), np.float32)
    heat[1, 2] = 1.0
    assert np.argwhere(is_coloured(heat_overlay(plain(100), heat, 1.0))).tolist() == [[1, 2]]


def test_equal_values_get_equal_colours_in_two_maps_of_other_maxima():
    weak, strong = np.full((4, 4), 0.5, np.float32), np.full((4, 4), 0.5, np.float32)
    strong[0, 0] = 50.0
    drawn = [heat_overlay(plain(100), heat, 2.0) for heat in (weak, strong)]
    assert (drawn[0][1:] == drawn[1][1:]).all()


def test_a_map_without_pixels_is_hatched_and_not_an_empty_map():
    undefined = heat_overlay(plain(100, 24, 24), np.full((2, 2), np.nan, np.float32), 1.0)
    empty = heat_overlay(plain(100, 24, 24), np.zeros((2, 2), np.float32), 1.0)
    assert not is_coloured(undefined).any()
    assert len(np.unique(undefined)) == 2
    assert len(np.unique(empty)) == 1


def test_no_scale_draws_no_heat():
    assert not is_coloured(heat_overlay(plain(100), np.ones((4, 4), np.float32), np.nan)).any()


def test_a_coarse_map_fills_a_picture_of_other_proportions_without_overshoot():
    heat = np.array([[0.0, 1.0]], np.float32)
    drawn = heat_overlay(plain(128, 6, 40), heat, 1.0).astype(int)
    assert drawn.shape == (6, 40, 3)
    assert (drawn == drawn[:1]).all()
    assert (drawn[0, -1] == heat_overlay(plain(128), np.ones((1, 1), np.float32), 1.0)[0, 0]).all()


def test_brightness_rises_along_the_scale_where_colour_covers_the_picture():
    brightness = in_grey(colour_bar(width_px=256))[0, 171:, 0].astype(int)
    assert (np.diff(brightness) >= 0).all()


def test_both_kinds_of_error_have_their_colour_and_what_was_found_has_none():
    reference = mask("##.....", "##.....", ".......")
    predicted = mask("#.....#", "#......", ".......")
    drawn = errors_drawn(plain(0, 3, 7), predicted, reference)
    type1 = np.round(0.7 * np.array(TYPE1_COLOUR)).astype(int)
    assert np.abs(drawn[0, 6].astype(int) - type1).max() <= 1
    assert not is_coloured(drawn[2]).any()
    large = errors_drawn(plain(0, 20, 20), np.zeros((20, 20), bool), np.ones((20, 20), bool))
    type2 = np.round(0.7 * np.array(TYPE2_COLOUR)).astype(int)
    assert np.abs(large[10, 10].astype(int) - type2).max() <= 1


def test_the_outline_is_inside_the_object_and_its_rim_outside():
    reference = np.zeros((12, 12), bool)
    reference[2:10, 2:10] = True
    drawn = outlined(plain(100, 12, 12), reference)[..., 0]
    assert drawn[5].tolist() == [100, 20, 255, 255, 100, 100, 100, 100, 255, 255, 20, 100]


@pytest.mark.parametrize(
    ("source", "tile"), [((900, 600), (320, 213)), ((100, 1280), (25, 320)), ((30, 40), (30, 40))]
)
def test_tiles_keep_the_proportions_and_never_grow(source, tile):
    assert shrink_to_tile(plain(1, *source)).shape[:2] == tile
