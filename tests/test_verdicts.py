"""What a verdict may stand on: enough groups, and not the cases that one model left out."""

import numpy as np
import pytest

import twinseg
from tests.compared import compared
from twinseg.comparison import Comparison, compare, compare_many, sentence
from twinseg.comparison.undefined_cases import Undefined

CASES = 24


def of(first, second, **settings) -> Comparison:
    return compared(first, second, **{"metric": "HD95"} | settings)


def without(values: np.ndarray, *cases: int) -> np.ndarray:
    return np.where(np.isin(np.arange(len(values)), cases), np.nan, values)


def test_better_where_the_other_cases_were_left_out_is_said_as_such():
    first = np.linspace(4, 6, CASES)
    found = of(first, without(first - 1, *range(10)))
    assert found.left_out == Undefined(10, 0, 10)
    assert found.left_out.is_lopsided
    assert found.is_by_survivors
    assert sentence(found).startswith(
        "`B` is better in HD95, but only where both have a value. Warning: in 0 cases `A` has no "
        "HD95 where `B` has one, and in 10 the other way round: all of this stands on the cases "
        "that both solved. `B` minus `A` is"
    )
    assert "14 cases of 14 groups, 10 undefined cases left out, `A` 0 and `B` 10)" in sentence(
        found
    )
    assert (found.undefined_first, found.undefined_second) == (0, 10)
    turned = of(without(first - 1, *range(10)), first)
    assert sentence(turned).startswith(
        "`B` is worse in HD95, but only where both have a value. War"
    )


@pytest.mark.parametrize(
    ("of_first", "of_second", "warned"),
    [
        ([], [], False),
        ([0, 1], [0, 1], False),  # nothing to measure there: both
        ([0, 1], [0, 1, 2], True),  # one of B alone, none of A
        ([0, 1, 2], [3, 4], False),  # 3 of 5; B is better and has fewer
        ([0, 1], [2, 3, 4], True),  # 3 of 5; B is better and has more
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], [9], True),  # 9 of 10
        ([0, 1, 2, 3, 4, 5, 6, 7], [9], False),  # 8 of 9
    ],
)
def test_who_has_no_value_decides_about_the_warning(of_first, of_second, warned):
    first = np.linspace(4, 6, CASES)
    found = of(without(first, *of_first), without(first - 1, *of_second))
    assert found.is_clear
    assert ("Warning" in sentence(found)) is warned


def test_one_undefined_case_is_one():
    first = np.linspace(4, 6, CASES)
    assert ", 1 undefined case left out, " in sentence(of(without(first, 0), without(first, 0)))
    assert ", 0 undefined cases left out)" in sentence(of(first, first - 1))


@pytest.mark.parametrize(("groups", "shown"), [(5, False), (6, True)])
def test_too_few_groups_show_nothing_at_all(groups, shown):
    # differences of 0.05 and hardly any spread: p of both t tests is far below 0.05
    first = np.linspace(0.6, 0.7, groups)
    second = first + 0.05 + np.linspace(0, 1e-3, groups)
    found = of(first, second, metric="dice", margin=0.1)
    for claim in (found.supplement.equivalence, found.supplement.non_inferiority):
        assert claim is not None
        assert claim.p_value < 0.001
        assert claim.is_shown is shown
    said = "not worse by 0.100: not shown, as 5 groups are too few to rule out chance (one-sided t"
    assert (said in sentence(found)) is not shown
    assert found.is_clear is shown


def test_friedman_of_too_few_groups_says_so():
    # three groups that order three models alike: chi-square 6, p exp(-3) = 0.0498
    few = compare_many(np.tile([0.1, 0.2, 0.3], (3, 1)), ("a", "b", "c"), higher_is_better=True)
    assert few.p_value == pytest.approx(np.exp(-3))
    assert not few.is_any_different
    assert "fewer than 6 groups cannot rule out chance" in str(few)


def test_friedman_says_whose_cases_have_no_value(tmp_path):
    tables = {"A": "1,2,3,4,5,6,7,8", "B": "2,3,4,5,6,7,,", "C": "3,4,5,6,7,8,9,9"}
    for name, cells in tables.items():
        rows = [f"c{n},{cell}\n" for n, cell in enumerate(cells.split(","))]
        (tmp_path / f"{name}.csv").write_text("case,hd95\n" + "".join(rows))
    files = [tmp_path / f"{name}.csv" for name in "ABC"]
    (said,) = twinseg.compare_files(files, metric="hd95").sentences
    assert "; cases without a value, left out of all: `A` 0, `B` 2, `C` 0" in said


def test_rounding_is_no_difference():
    found = of([0.1 + 0.2] * 10, [0.3] * 10, metric="dice")
    assert (found.mean_difference, found.p_value, found.supplement.sign_flip.p_value) == (0, 1, 1)
    # 0.1, 0.2 and -0.3 of each patient add up to 6e-17
    gains = np.tile([0.1, 0.2, -0.3], 6)
    of_patients = of(0.5 + 0 * gains, 0.5 + gains, groups=np.arange(18) // 3)
    assert (of_patients.p_value, of_patients.supplement.sign_flip.p_value) == (1, 1)


def test_small_numbers_are_no_rounding():
    # ten of one sign: p 2 / 2**10 of both tests, on any scale
    first, gain = np.linspace(0, 9e-12, 10), np.linspace(1e-13, 3e-13, 10)
    found = of(first, first + gain, metric="loss")
    assert found.p_value == found.supplement.sign_flip.p_value == 2 / 1024
    assert found.supplement.paired_t.p_value < 0.001
    assert found.is_clear


def test_a_study_says_so_too_where_one_twin_has_no_value():
    # Ten times the second twin marks nothing, which leaves its precision without a value.
    first = np.linspace(0.5, 0.6, CASES)
    found = compare(
        first,
        without(first + 0.1, *range(10)),
        groups=np.arange(CASES),
        dataset="d",
        metric="precision",
        names=("A", "B"),
        rng=np.random.default_rng(0),
        draws=99,
    )
    assert found.left_out == Undefined(10, 0, 10)
    said = sentence(found)
    assert said.startswith(
        "`B` is better in precision, but only where both have a value. Warning: in 0 cases `A` has "
        "no precision where `B` has one, and in 10 the other way round: all of this stands on the "
        "cases that both solved. `B` minus `A` is"
    )
