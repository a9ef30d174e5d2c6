"""Rules over masks and probabilities: numbers on paper, laws, bad input."""

import numpy as np
import pytest
from hypothesis import given

from tests.drawn_masks import mask, masks_of_one_shape
from twinseg.core.errors import ConfigError, DataError
from twinseg.ensemble import (
    RULES,
    intersection,
    lesion_intersection,
    lesion_union,
    majority,
    mix,
    union,
)

two_masks, three_masks = masks_of_one_shape(2), masks_of_one_shape(3)

# Two lesions: the left one found by both models, the right one by the second alone.
LEFT_BY_BOTH = [mask("###.....", "........"), mask(".###..##", "........")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("union", "####."), ("intersection", "..#.."), ("majority", ".##..")],
)
def test_drawn_by_hand(rule, expected):
    masks = [mask("###.."), mask(".##.."), mask("..##.")]
    np.testing.assert_array_equal(RULES[rule](masks), mask(expected))


def test_lesions_drawn_by_hand():
    both = LEFT_BY_BOTH
    np.testing.assert_array_equal(lesion_intersection(both), mask("####....", "........"))
    np.testing.assert_array_equal(lesion_union(both), mask(".##...##", "........"))


def test_pixels_that_touch_at_a_corner_are_one_lesion():
    masks = [mask("#.", ".."), mask("..", ".#")]
    np.testing.assert_array_equal(lesion_intersection(masks), union(masks))
    # its finders share no pixel: it is kept whole
    np.testing.assert_array_equal(lesion_union(masks), union(masks))


def test_all_models_must_find_a_lesion():
    masks = [mask("#.#"), mask("#.#"), mask("#..")]
    np.testing.assert_array_equal(lesion_intersection(masks), mask("#.."))


def test_the_table_holds_all_rules():
    assert list(RULES) == [
        "union",
        "intersection",
        "majority",
        "staple",
        "lesion-union",
        "lesion-intersection",
    ]


@given(three_masks)
def test_laws(masks):
    a, b, c = masks
    joined, shared = union(masks), intersection(masks)
    np.testing.assert_array_equal(~joined, intersection([~a, ~b, ~c]))  # De Morgan
    np.testing.assert_array_equal(~majority(masks), majority([~a, ~b, ~c]))  # of an odd number
    np.testing.assert_array_equal(joined, union([a, union([b, c])]))
    for one in masks:
        assert (shared <= one).all()
        assert (one <= joined).all()


@pytest.mark.parametrize("rule", RULES)
@given(masks=three_masks)
def test_laws_of_every_rule(rule, masks):
    a, b, c = masks
    made = RULES[rule](masks)
    assert (intersection(masks) <= made).all()
    assert (made <= union(masks)).all()
    np.testing.assert_array_equal(made, RULES[rule]([c, a, b]))  # the order does not matter
    np.testing.assert_array_equal(RULES[rule]([a, a, a]), a)
    nothing = np.zeros_like(a)
    assert not RULES[rule]([nothing, nothing]).any()


@given(two_masks)
def test_the_majority_of_two_is_their_intersection(masks):
    np.testing.assert_array_equal(majority(masks), intersection(masks))


@given(two_masks)
def test_a_mean_of_masks_is_their_majority(masks):
    planes = [one.astype(np.float32) for one in masks]
    np.testing.assert_array_equal(mix(planes) > 0.5, majority(masks))


def test_staple_worked_out():
    # Three models agree on 20 of 100 pixels, the third alone marks 5 more: it is outvoted.
    truth = np.zeros((10, 10), dtype=bool)
    truth[:2] = True
    odd = truth.copy()
    odd[5, :5] = True
    np.testing.assert_array_equal(RULES["staple"]([truth, truth, odd]), truth)


@pytest.mark.parametrize("side", [2, 3, 5, 8, 12, 20, 40])
def test_staple_of_two_leaves_a_tie_unmarked_whatever_the_size(side):
    # One mask within the other, or empty: the probability in between is one half but for rounding.
    outer, inner, empty = (np.zeros((64, 64), dtype=bool) for _ in range(3))
    outer[:side, :side], inner[0, 0] = True, True
    for smaller in (empty, inner):
        np.testing.assert_array_equal(RULES["staple"]([smaller, outer]), smaller)
        np.testing.assert_array_equal(RULES["staple"]([outer, smaller]), smaller)


def test_mixing_worked_out():
    planes = [np.array([[0.2, 1.0]], np.float32), np.array([[0.6, 0.0]], np.float32)]
    np.testing.assert_allclose(mix(planes), [[0.4, 0.5]], rtol=1e-6)
    np.testing.assert_allclose(mix(planes, [0.75, 0.25]), [[0.3, 0.75]], rtol=1e-6)
    np.testing.assert_array_equal(mix(planes, [1.0, 0.0]), planes[0])
    np.testing.assert_array_equal(mix([planes[0]] * 3), planes[0])
    for wrong in ([0.5, 0.6], [1.5, -0.5], [1.0]):
        with pytest.raises(ConfigError, match="expected 2 weights, none negative"):
            mix(planes, wrong)


@pytest.mark.parametrize("rule", RULES)
def test_the_given_masks_are_left_as_they_were(rule):
    a, b = mask("#."), mask(".#")
    RULES[rule]([a, b])
    np.testing.assert_array_equal([a, b], [mask("#."), mask(".#")])


@pytest.mark.usefixtures("as_users_run_it")
@pytest.mark.parametrize("rule", [*RULES.values(), mix])
def test_bad_input_is_refused(rule):
    with pytest.raises(DataError, match=r"one shape, got \(1, 1\) and \(1, 2\); bring all"):
        rule([mask("##"), mask("#")])  # would be stretched in silence
    with pytest.raises(DataError, match="two or more masks, got 1"):
        rule([mask("##")])
