"""Disagreement and uncertainty: on paper and as laws."""

import numpy as np
import pytest
from hypothesis import given

from tests.drawn_masks import mask, masks_of_one_shape
from twinseg.core.errors import DataError
from twinseg.ensemble import disagreement, uncertainty, union


def test_worked_out_on_paper() -> None:
    masks = [mask("##.."), mask(".##."), mask(".#..")]
    # Dice of the pairs: 1/2, 2/3, 2/3
    assert disagreement(masks) == pytest.approx(1 - (1 / 2 + 2 / 3 + 2 / 3) / 3)
    # two pixels are left out; entropy of 1/2 is 1 bit, of 1 it is 0
    assert uncertainty(np.array([[0.5, 1.0, 0.01, 0.0]])) == pytest.approx(0.5)
    assert uncertainty(np.zeros((2, 2))) == 0


@given(masks_of_one_shape(3))
def test_laws(masks) -> None:
    a, b, c = masks
    assert 0 <= disagreement(masks) <= 1
    assert disagreement(masks) == pytest.approx(disagreement([c, a, b]))
    assert disagreement([a, a, a]) == 0
    if union(masks).any() and not (a & b).any():
        assert disagreement([a, b]) == (1 if (a | b).any() else 0)


@pytest.mark.usefixtures("as_users_run_it")
def test_bad_input_is_refused() -> None:
    with pytest.raises(DataError, match="two or more masks, got 1"):
        disagreement([mask("#")])
    with pytest.raises(DataError, match="must have one shape"):
        disagreement([mask("#"), mask("##")])
