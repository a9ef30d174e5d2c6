"""Rows of means and spreads that other tools write below their cases: no cases."""

import re
from collections.abc import Sequence

import pandas as pd

from twinseg.comparison.columns import names_of
from twinseg.core.errors import DataError
from twinseg.core.words import amount

_SUMMARY = {
    "mean", "average", "avg", "median", "std", "stdev", "stddev", "sd", "sem", "total", "overall",
    "macro", "micro", "summary", "mittelwert", "standardabweichung", "moyenne", "promedio",
    "standard deviation", "std dev", "std deviation", "standard error", "grand mean",
}  # fmt: skip
# Names as well: a patient may be called Max. Summaries only beside one of the words above.
_BESIDE = {
    "min", "minimum", "max", "maximum", "sum", "all", "count", "n", "var", "variance", "iqr",
    "range", "q1", "q3", "p5", "p95", "5", "25", "50", "75", "95", "ci", "95 ci",
}  # fmt: skip
_BEFORE = {"count", "n"}  # pandas' describe begins with it


def is_summary(names: Sequence[str | None]) -> list[bool]:
    """Tell which of the names, in the order of their rows, are those of summaries."""
    words = [" ".join(re.findall(r"\w+", (name or "").lower().replace("_", " "))) for name in names]
    found = [bool(word) and _all_in(word, _SUMMARY) for word in words]
    for place in range(1, len(words)):
        if found[place - 1] and _all_in(words[place], _SUMMARY | _BESIDE):
            found[place] = True
        if found[place] and words[place - 1] in _BEFORE:
            found[place - 1] = True
    return found


def without_summaries(table: pd.DataFrame, case: str, name: str, notes: list[str]) -> pd.DataFrame:
    """Leave out rows whose case is called mean, std and the like; ``notes`` get their names.

    Raises:
        DataError: If nothing is left.
    """
    names = names_of(table[case]).tolist()
    summaries = is_summary(names)
    if not any(summaries):
        return table
    said = ", ".join(str(one) for one, is_one in zip(names, summaries, strict=True) if is_one)
    if all(summaries):
        raise DataError(
            f"{name} holds summaries only ({said}); a table of scores has a row per case"
        )
    notes.append(
        f"{name}: {amount(sum(summaries), 'row')} of a summary left out ({said}); "
        "if that is the name of a case, give it another one"
    )
    return table[[not is_one for is_one in summaries]]


def _all_in(words: str, known: set[str]) -> bool:
    return words in known or (" " in words and all(word in known for word in words.split()))
