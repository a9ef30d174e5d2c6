"""The row of a new picture: what Dice to expect is told where it can be known."""

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from twinseg.ensemble.experience import Experience
from twinseg.prediction.verdict import Verdict
from twinseg.study.new_pictures.rows import Found, row_of, volume_row

EXPERIENCE = Experience(np.linspace(0, 0.3, 40), np.full(40, 0.9))
FOUND = Found("p", "g", (4, 5), 20, 2.0, 6, 1, 0.1, "masks/p.png")
LIKE, UNLIKE = Verdict(0.4, is_unlike=False, ways=()), Verdict(17.3, is_unlike=True, ways=("odd",))


@pytest.mark.parametrize("verdict", [None, LIKE])
def test_dice_is_expected_of_a_picture_like_those_of_training(verdict: Verdict | None) -> None:
    row = row_of(replace(FOUND, verdict=verdict), EXPERIENCE, usual_doubt=0.2)
    assert [row[f"expected_{of}"] for of in ("dice", "low", "high")] == pytest.approx([0.9] * 3)
    assert (row["marked_mm2"], row["marked_share"], row["look"]) == (12.0, 0.3, False)


def test_nothing_is_expected_of_a_picture_unlike_them() -> None:
    row = row_of(replace(FOUND, verdict=UNLIKE), EXPERIENCE, usual_doubt=0.2)
    assert all(isnan(row[f"expected_{of}"]) for of in ("dice", "low", "high"))
    assert row["look"]
    assert row["why"].startswith("unlike the training pictures: odd")


def test_a_volume_has_the_mean_of_its_slices_that_are_known() -> None:
    def expected(*verdicts: Verdict) -> float:
        rows = [row_of(replace(FOUND, verdict=one), EXPERIENCE, 0.2) for one in verdicts]
        masks = np.zeros((len(rows), 4, 5), bool)
        return volume_row("v", rows, masks, 1.0, "masks/v.nii.gz")["expected_dice"]

    assert expected(LIKE, UNLIKE) == pytest.approx(0.9)
    assert isnan(expected(UNLIKE))
