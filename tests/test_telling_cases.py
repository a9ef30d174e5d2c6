"""Which cases the gallery shows, and why."""

import numpy as np
import pytest

from twinseg.findings.telling_cases import choose_cases


def test_the_gallery_picks_best_worst_and_most_disagreeing():
    case_ids = list("abcdefghij")
    first = np.array([0.9, 0.8, 0.7, 0.1, 0.0, 0.2, 0.9, 0.5, 0.5, np.nan])
    second = np.array([0.9, 0.9, 0.8, 0.0, 0.0, 0.1, 0.1, 0.5, 0.9, 1.0])
    assert choose_cases(case_ids, first, second) == {
        **dict.fromkeys("abc", "best"),
        **dict.fromkeys("edf", "worst"),
        **dict.fromkeys("gih", "most disagreeing"),
    }


@pytest.mark.parametrize("cases", range(1, 13))
def test_the_gallery_shows_no_case_twice_and_never_runs_out(cases: int):
    dice = np.linspace(0, 1, cases)
    chosen = choose_cases([str(n) for n in range(cases)], dice, dice[::-1].copy())
    assert 1 <= len(chosen) <= min(9, cases)


def test_ties_go_by_the_order_of_the_cases():
    case_ids = [f"case {n}" for n in range(60)]
    same = np.tile([0.5, 0.25], 30)  # every other case ties for best, the others for worst
    best, worst, disagreeing = case_ids[:6:2], case_ids[1:7:2], ["case 6", "case 7", "case 8"]
    assert list(choose_cases(case_ids, same, same)) == best + worst + disagreeing


def test_a_case_without_a_dice_of_both_is_not_picked():
    first, second = np.array([0.9, 0.1, np.nan]), np.array([0.9, 0.1, 0.5])
    assert choose_cases(["a", "b", "c"], first, second) == {"a": "best", "b": "worst"}
