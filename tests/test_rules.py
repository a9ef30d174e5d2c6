import numpy as np
import pytest
from hypothesis import given

from tests.drawn_masks import mask, masks_of_one_shape
from twinseg.core.errors import DataError
from twinseg.ensemble import RULES, intersection, union

three_masks = masks_of_one_shape(3)


@pytest.mark.parametrize(
    ("rule", "expected"), [("union", mask("####.")), ("intersection", mask("..#.."))]
)
def test_drawn_by_hand(rule, expected):
    masks = [mask("###.."), mask(".##.."), mask("..##.")]
    np.testing.assert_array_equal(RULES[rule](masks), expected)


def test_the_table_holds_both_rules():
    assert list(RULES.values()) == [union, intersection]
    assert list(RULES) == ["union", "intersection"]


@given(three_masks)
def test_laws(masks):
    a, b, c = masks
    joined, shared = union(masks), intersection(masks)
    np.testing.assert_array_equal(~joined, intersection([~a, ~b, ~c]))  # De Morgan
    np.testing.assert_array_equal(joined, union([c, a, b]))
    np.testing.assert_array_equal(shared, intersection([c, a, b]))
    np.testing.assert_array_equal(joined, union([a, union([b, c])]))
    np.testing.assert_array_equal(union([a, a]), a)
    for one in masks:
        assert (shared <= one).all()
        assert (one <= joined).all()


@pytest.mark.parametrize("rule", RULES)
def test_the_given_masks_are_left_as_they_were(rule):
    a, b = mask("#."), mask(".#")
    RULES[rule]([a, b])
    np.testing.assert_array_equal([a, b], [mask("#."), mask(".#")])


@pytest.mark.usefixtures("as_users_run_it")
@pytest.mark.parametrize("rule", RULES)
def test_bad_input_is_refused(rule):
    with pytest.raises(DataError, match=r"one shape, got \(1, 1\) and \(1, 2\); bring all"):
        RULES[rule]([mask("##"), mask("#")])  # would be stretched in silence
    with pytest.raises(DataError, match="two or more masks, got 1"):
        RULES[rule]([mask("##")])
