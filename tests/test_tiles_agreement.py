"""What only one of two models marked, drawn in its colour."""

import numpy as np

from twinseg.report.tiles import agreement_drawn, in_grey


def test_each_twin_alone_has_its_colour_and_what_both_mark_is_grey() -> None:
    tile = np.full((9, 30, 3), 100, np.uint8)
    first, second = np.zeros((9, 30), dtype=bool), np.zeros((9, 30), dtype=bool)
    first[:, :20] = True
    second[:, 10:] = True
    drawn = agreement_drawn(tile, first, second, ("#0000ff", "#ff0000"))
    blue, red = drawn[4, 2].tolist(), drawn[4, 27].tolist()
    assert blue[2] > 2 * blue[0]
    assert red[0] > 2 * red[2]
    assert (drawn[4, 15] == in_grey(tile)[4, 15]).all()
    same = agreement_drawn(tile, first, first, ("#0000ff", "#ff0000"))
    assert (same[4, 25] == in_grey(tile)[4, 25]).all()
