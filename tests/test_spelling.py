"""Cases that two tables spell in two ways: refused, and why they do not match is said."""

import numpy as np
import pandas as pd
import pytest

from twinseg.comparison import compare_tables
from twinseg.comparison.spelling import alike_but_spelled, spelled_apart
from twinseg.core.errors import DataError

COMPOSED, DECOMPOSED = "M\u00fcller", "Mu\u0308ller"


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        (COMPOSED, DECOMPOSED, "Unicode form (NFC or NFD)"),
        ("C0", "c0", "capitals"),
        ("a  b", "a b", "blanks"),
        ("a\u00a0b", "a b", "blanks"),
        ("a\u200bb", "ab", "characters that cannot be seen"),
        (COMPOSED.upper(), DECOMPOSED, "Unicode form (NFC or NFD) and capitals"),
    ],
)
def test_what_parts_two_names(first, second, apart):
    assert alike_but_spelled(first) == alike_but_spelled(second)
    assert spelled_apart(first, second) == apart


def test_other_names_are_not_alike():
    names = ["1.1", "1.10", "7", "007", "a_b", "a-b", "ab", "abc"]
    assert len({alike_but_spelled(name) for name in names}) == len(names)


def test_the_refusal_says_why_cases_that_look_the_same_do_not_match():
    first, second = (
        pd.DataFrame({"case": ["a", name, f"{name}2"], "dice": [0.5, 0.6, 0.7]})
        for name in (COMPOSED, DECOMPOSED)
    )
    with pytest.raises(DataError) as raised:
        compare_tables(first, second, "dice", names=("A", "B"), rng=np.random.default_rng(0))
    assert str(raised.value).endswith(
        f"; 2 cases may be the same and are spelled in two ways ({COMPOSED} and {DECOMPOSED} "
        "differ in Unicode form (NFC or NFD)); spell them alike, and score all models on the same "
        "cases"
    )
