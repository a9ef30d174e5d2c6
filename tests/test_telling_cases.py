"""Which cases the gallery shows, and why."""

import numpy as np
import pytest

from twinseg.findings.telling_cases import choose_cases


def test_the_gallery_picks_what_tells_most():
    case_ids = list("abcdefghij")
    first = np.array([0.9, 0.8, 0.7, 0.1, 0.0, 0.2, 0.9, 0.5, 0.5, np.nan])
    second = np.array([0.9, 0.9, 0.8, 0.0, 0.0, 0.1, 0.1, 0.5, 0.9, 1.0])
    combined = np.array([0.9, 0.95, 0.8, 0.3, 0.0, 0.2, 0.9, 0.6, 0.9, 1.0])
    alike = np.array([0.5, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, -0.2, 0.1, 0.1])
    chosen = choose_cases(case_ids, first, second, combined=combined, alike=alike)
    assert [*chosen.items()] == [
        ("g", "most disagreeing"),  # 0.9 against 0.1
        ("e", "worst"),  # 0 and 0
        ("d", "a combination beats both"),  # 0.3, where the better twin has 0.1
        ("h", "heat maps apart where masks agree"),  # both 0.5, and their maps least alike
        ("a", "best"),  # 0.9 and 0.9
    ]


@pytest.mark.parametrize("cases", range(1, 13))
def test_the_gallery_shows_no_case_twice_and_never_runs_out(cases: int):
    dice = np.linspace(0, 1, cases)
    names, none = [str(n) for n in range(cases)], np.full(cases, np.nan)
    chosen = choose_cases(names, dice, dice[::-1].copy(), combined=none, alike=none)
    assert 1 <= len(chosen) <= min(10, cases)


def test_ties_go_by_the_order_of_the_cases():
    case_ids = [f"case {n}" for n in range(60)]
    same = np.tile([0.5, 0.25], 30)  # every other case ties for best, the others for worst
    none = np.full(60, np.nan)
    disagreeing, worst, best = ["case 0", "case 1"], ["case 3", "case 5"], ["case 2", "case 4"]
    chosen = choose_cases(case_ids, same, same, combined=none, alike=none)
    assert [*chosen] == disagreeing + worst + best


def test_a_case_without_a_dice_of_both_is_not_picked():
    first, second = np.array([0.9, 0.1, np.nan]), np.array([0.9, 0.1, 0.5])
    chosen = choose_cases(["a", "b", "c"], first, second, combined=first, alike=first)
    assert "c" not in chosen
