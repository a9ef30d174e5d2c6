"""Where a map looks, counted by hand on four by four pixels."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.drawn_masks import mask
from twinseg.explanation.evidence.agreement import rank_correlation, top_agreement
from twinseg.explanation.evidence.localisation import (
    MapContext,
    border,
    centre_distance,
    look,
    pointing_hit,
    rank_accuracy,
    share_inside,
    top_iou,
)
from twinseg.explanation.evidence.measures import MEASURES

RELEVANCE = torch.tensor([[[4.0, 3, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]])


def one(*lines: str) -> torch.Tensor:
    return torch.from_numpy(mask(*lines))[None]


OBJECT = one("##..", "....", "....", "...#")  # three pixels: relevance 4 + 3 + 1 of 10
NOWHERE = one("....", "....", "....", "....")


def test_numbers_on_paper() -> None:
    assert share_inside(RELEVANCE, OBJECT).tolist() == pytest.approx([0.8])
    # The three most relevant pixels are 4, 3, 2: two of them lie on the object.
    assert rank_accuracy(RELEVANCE, OBJECT).tolist() == pytest.approx([2 / 3])
    # A quarter of 16 are the four with relevance: 3 of the object among 4 + 3 - 3.
    assert top_iou(RELEVANCE, OBJECT, share=0.25).tolist() == pytest.approx([3 / 4])


def test_the_maximum_may_lie_beside_the_object_by_the_tolerance() -> None:
    beside = one("..#.", "....", "....", "....")  # two pixels from the maximum
    assert pointing_hit(RELEVANCE, OBJECT).tolist() == [1]
    assert pointing_hit(RELEVANCE, beside).tolist() == [0]
    assert pointing_hit(RELEVANCE, beside, tolerance=0.5).tolist() == [1]


def test_distance_of_the_centre_is_in_the_unit_of_the_pixel() -> None:
    balanced = torch.tensor([[[1.0, 0, 1, 0], [0] * 4, [0] * 4, [0] * 4]])  # centre: column 1
    column = one("...#", "...#", "...#", "...#")
    place = MapContext(column, NOWHERE, np.array([[9.0, 0.5]]), ring=0.5)
    found = look(balanced, place)
    assert found["centre_distance"].tolist() == [1.0]  # two columns of half a millimetre
    assert found["in_ring"].tolist() == [0.5]  # column 2 is within half a millimetre
    on_it = look(balanced, MapContext(one("####", *["...."] * 3), NOWHERE, np.ones((1, 2)), 1.0))
    assert on_it["centre_distance"].tolist() == [0.0]


def test_errors_border_and_area() -> None:
    place = MapContext(OBJECT, one("###.", "#...", "....", "...."), np.ones((1, 2)), ring=1.0)
    found = look(RELEVANCE, place)
    assert found["in_prediction"].tolist() == pytest.approx([0.9])
    assert found["in_false_positives"].tolist() == pytest.approx([0.2])
    assert found["in_border"].tolist() == [1.0]
    assert found["area_of_reference"].tolist() == [3 / 16]
    assert border(torch.zeros(1, 40, 40)).sum() == 40**2 - 36**2
    assert set(found) < set(MEASURES)


def test_what_has_no_value_is_nan_and_leaves_the_others_alone() -> None:
    relevance = torch.cat([RELEVANCE, torch.zeros(1, 4, 4), RELEVANCE, RELEVANCE * torch.nan])
    pixels = torch.cat([OBJECT, OBJECT, NOWHERE, OBJECT])
    for measure in (share_inside, rank_accuracy, top_iou, pointing_hit):
        found = measure(relevance, pixels)
        assert found.isnan().tolist() == [False, True, True, True], measure
    found = look(relevance, MapContext(pixels, pixels, np.ones((4, 2)), 1.0))
    assert found["centre_distance"].isnan().tolist() == [False, True, True, True]
    assert found["area_of_reference"].tolist() == [3 / 16, 3 / 16, 0, 3 / 16]


some_maps = arrays(np.float32, (1, 5, 6), elements=st.integers(0, 50).map(float))
some_masks = arrays(bool, (1, 5, 6))


@settings(max_examples=50)
@given(some_maps, some_masks)
def test_scale_and_flips_change_nothing(relevance: np.ndarray, pixels: np.ndarray) -> None:
    before = torch.from_numpy(relevance), torch.from_numpy(pixels)
    twice = before[0] * 2, before[1]
    flipped = tuple(part.flip(2) for part in before)
    for measure in (share_inside, rank_accuracy, top_iou, pointing_hit):
        torch.testing.assert_close(measure(*twice), measure(*before), equal_nan=True)
    torch.testing.assert_close(share_inside(*flipped), share_inside(*before), equal_nan=True)
    assert (((found := rank_accuracy(*before)) >= 0) & (found <= 1) | found.isnan()).all()


def test_a_map_that_is_the_object_is_perfect() -> None:
    exact = OBJECT.float()
    assert share_inside(exact, OBJECT).tolist() == [1.0]
    assert rank_accuracy(exact, OBJECT).tolist() == [1.0]
    assert top_iou(exact, OBJECT, share=3 / 16).tolist() == [1.0]
    assert centre_distance(one("....", ".#..", "....", "....").float(), torch.zeros(1, 4, 4)) == 0


def test_likeness_of_two_maps() -> None:
    first = torch.tensor([[[1.0, 2], [3, 4]], [[1, 2], [3, 4]], [[1, 2], [3, 4]], [[1, 1], [1, 1]]])
    second = torch.tensor(
        [[[10.0, 20], [30, 99]], [[4, 3], [2, 1]], [[2, 1], [3, 4]], [[1, 2], [3, 4]]]
    )
    # Third: rank differences 1, -1, 0, 0: 1 - 6 * 2 / (4 * 15) = 0.8.
    found = rank_correlation(first, second)
    assert found[:3].tolist() == pytest.approx([1.0, -1.0, 0.8])
    assert found[3].isnan()
    # The top half of the second pair shares nothing, of the third all.
    assert top_agreement(first, second, share=0.5)[:3].tolist() == [1.0, 0.0, 1.0]
    assert top_agreement(first, second, share=0.5)[3].isnan()
