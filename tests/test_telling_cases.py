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
    chosen = choose_cases(
        case_ids,
        first,
        second,
        combined=combined,
        alike=alike,
        groups=case_ids,
        false_px=0 * first,
    )
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
    chosen = choose_cases(
        names, dice, dice[::-1].copy(), combined=none, alike=none, groups=names, false_px=0 * dice
    )
    assert 1 <= len(chosen) <= min(10, cases)


def test_ties_go_by_the_order_of_the_cases():
    case_ids = [f"case {n}" for n in range(60)]
    same = np.tile([0.5, 0.25], 30)  # every other case ties for best, the others for worst
    none = np.full(60, np.nan)
    disagreeing, worst, best = ["case 0", "case 1"], ["case 3", "case 5"], ["case 2", "case 4"]
    chosen = choose_cases(
        case_ids, same, same, combined=none, alike=none, groups=case_ids, false_px=0 * same
    )
    assert [*chosen] == disagreeing + worst + best


def test_a_case_without_a_dice_of_both_is_not_picked():
    first, second = np.array([0.9, 0.1, np.nan]), np.array([0.9, 0.1, 0.5])
    chosen = choose_cases(
        ["a", "b", "c"],
        first,
        second,
        combined=first,
        alike=first,
        groups=["a", "b", "c"],
        false_px=0 * first,
    )
    assert "c" not in chosen


def test_one_reason_shows_different_groups_while_there_are_any():
    case_ids, none = [f"case {n}" for n in range(20)], np.full(20, np.nan)
    dice = np.linspace(0, 1, 20)
    pairs = [f"lesion {n // 2}" for n in range(20)]  # the two worst are of one lesion
    chosen = choose_cases(
        case_ids, dice, dice, combined=none, alike=none, groups=pairs, false_px=0 * dice
    )
    of_reason = {
        reason: [case for case in chosen if chosen[case] == reason] for reason in chosen.values()
    }
    assert of_reason["most disagreeing"] == ["case 0", "case 2"]  # all differ by 0: in their order
    assert of_reason["worst"] == ["case 1", "case 3"]
    assert of_reason["best"] == ["case 19", "case 17"]
    one = choose_cases(
        case_ids, dice, dice, combined=none, alike=none, groups=["patient"] * 20, false_px=0 * dice
    )
    assert [*one.values()].count("worst") == 2


def test_what_is_marked_where_there_is_nothing_is_shown_most_first():
    dice = np.array([0.5, 0.6, 0.7, np.nan, np.nan, np.nan])
    false_px, none = np.array([0, 0, 0, 5, 0, 9.0]), np.full(6, np.nan)
    chosen = choose_cases(
        [*"abcdef"], dice, dice, combined=none, alike=none, groups=[*"abcdef"], false_px=false_px
    )
    assert [c for c, why in chosen.items() if why == "nothing to find, and something marked"] == [
        "f"
    ]
