"""Lesion by lesion: worked out on paper, counted whatever their number, and laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from tests.drawn_masks import mask, two_masks
from twinseg.core.pixels import connected_parts, counted
from twinseg.metrics import count, dice, lesion_dice, match_lesions

SOME = mask("##.", "...")
EMPTY = SOME & False


def test_lesions_on_paper() -> None:
    reference = mask("##...#", "##....", "......", "...#..")  # 4, 1 and 1 pixels
    predicted = mask("###...", "......", "#.....", "...#.#")  # 3, 1, 1 and 1 pixels
    lesions = match_lesions(predicted, reference)
    assert lesions.pixels.tolist() == [4, 1, 1]
    assert lesions.found.tolist() == [0.5, 0, 1]  # two of four; none; all
    assert lesions.is_found.tolist() == [True, False, True]
    assert lesions.dice.tolist() == [2 * 2 / (4 + 3), 0, 1]
    assert lesions.false_pixels.tolist() == [3, 1, 1, 1]
    assert lesions.is_false.tolist() == [False, True, False, True]
    # Three lesions and two false parts.
    assert lesion_dice(lesions) == pytest.approx((4 / 7 + 0 + 1) / 5)


def test_pixels_at_a_corner_are_one_lesion() -> None:
    assert connected_parts(mask("#.", ".#")).count == 1
    assert connected_parts(mask("#.#", "...")).count == 2
    assert connected_parts(np.zeros((0, 3), bool)).count == 0


def test_a_lesion_marked_by_less_than_a_tenth_is_missed() -> None:
    reference = np.ones((1, 21), bool)
    predicted = np.zeros((1, 21), bool)
    predicted[0, :2] = True
    assert not match_lesions(predicted, reference).is_found[0]  # 2 of 21
    predicted[0, 2] = True
    assert match_lesions(predicted, reference).is_found[0]


def test_lesions_of_empty_masks() -> None:
    assert math.isnan(lesion_dice(match_lesions(EMPTY, EMPTY)))
    assert lesion_dice(match_lesions(SOME, EMPTY)) == 0
    assert lesion_dice(match_lesions(EMPTY, SOME)) == 0


def test_specks_of_noise_by_the_thousand_are_matched_too() -> None:
    reference = np.zeros((402, 402), bool)
    reference[::2, ::2] = True  # 201 x 201 lesions of one pixel: 1.6 thousand million pairs
    predicted = np.zeros_like(reference)
    predicted[:3, :3] = predicted[8, 8] = predicted[11, 11] = True
    lesions = match_lesions(predicted, reference)
    assert lesions.pixels.tolist() == [1] * 201**2
    assert lesions.is_found.sum() == 5
    # The square of nine pixels lies on four lesions, each of which it touches whole.
    assert sorted(lesions.dice[lesions.is_found]) == [2 / 10] * 4 + [1]
    assert lesions.false_pixels.tolist() == [9, 1, 1]
    assert lesions.false_overlap.tolist() == [4 / 9, 1, 0]


@given(arrays(np.int32, (7, 5), elements=st.integers(0, 11)), st.sampled_from([12, 300, 70_000]))
def test_numbers_are_counted_alike_however_many_there_may_be(
    values: np.ndarray, count_to: int
) -> None:
    expected = [int((values == number).sum()) for number in range(12)]
    found = counted(values, count_to)
    assert found[:12].tolist() == expected
    assert found.size == count_to
    assert found.sum() == values.size


@given(two_masks)
def test_lesion_tables_add_up(pair: tuple[np.ndarray, np.ndarray]) -> None:
    predicted, reference = pair
    lesions = match_lesions(predicted, reference)
    counts = count(predicted, reference)
    assert lesions.pixels.sum() == counts.reference_pixels
    assert lesions.false_pixels.sum() == counts.predicted_pixels
    assert (lesions.found * lesions.pixels).sum() == pytest.approx(counts.tp)
    _, expected = ndimage.label(reference, structure=np.ones((3, 3)))
    assert lesions.pixels.size == expected
    value = lesion_dice(lesions)
    assert math.isnan(value) or 0 <= value <= 1
    if len(lesions.pixels) == 1 and not lesions.is_false.any() and lesions.false_pixels.size == 1:
        assert value == pytest.approx(dice(counts))
