"""Rows of means and spreads that other tools write below their cases: no cases."""

import re
from collections.abc import Sequence
from itertools import takewhile

import pandas as pd

from twinseg.comparison.columns import names_of
from twinseg.core.errors import DataError
from twinseg.core.words import amount

_SUMMARY = {
    "mean", "average", "avg", "median", "std", "stdev", "stddev", "sd", "sem", "total", "overall",
    "macro", "micro", "summary", "mittelwert", "standardabweichung", "moyenne", "promedio",
    "standard deviation", "std dev", "std deviation", "standard error", "grand mean",
}  # fmt: skip
# Names as well: a patient may be called Max. Summaries only beside one of the words above, or last.
_PLACED = {
    "min", "minimum", "max", "maximum", "sum", "all", "global", "count", "n", "var", "variance",
    "iqr", "range", "ci", "percentile", "quantile", "quartile", "standard", "deviation",
}  # fmt: skip
_NUMBERED = re.compile(r"[pq]\d{1,2}|\d{1,2}(\.\d+)?(%|th)")  # of 25%, 25th percentile, Q1
_OF_WHAT = {
    "dataset", "data", "set", "test", "val", "validation", "case", "cases", "patient", "patients",
    "image", "images", "subject", "subjects", "sample", "samples", "score", "scores", "over", "of",
    "per", "the", "whole", "group", "results",
}  # fmt: skip
_BEFORE = {"count", "n"}  # pandas' describe begins with it
_EVERYTHING = {"all", "global", "whole", "over", "across", "of", "per", "the"}  # the mean over all
_PARTS = (  # a mean of one of them is one, too: fold 0 mean, mean of class liver, seed3_sd
    "fold|split|subset|seed|class|classe|label|organ|run|epoch|repeat|repetition|iteration"
)
_NUMBERED_PART = re.compile(rf"\b(?:{_PARTS})s? ?\d+\b|\b\d+(?:st|nd|rd|th)? (?:{_PARTS})s?\b")
_NAMED_PART = re.compile(rf"\b(?:{_PARTS})s?\b(?P<name>(?: [^\W\d_]+)*)")
_LONGEST_NAME = 3  # words: class left lung lobe
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\bn\s*=\s*\d+")  # mean (n=18)


def is_summary(names: Sequence[str | None]) -> list[bool]:
    """Tell which of the names, in the order of their rows, are those of summaries.

    "mean" is one anywhere; "max", "all" or "Q1" beside such a row, or as the last rows where no
    other case is called alike (p1 to p5).
    """
    words = [_words(name or "") for name in names]
    found = [_is_one(one) for one in words]
    for place in range(1, len(words)):
        if found[place - 1] and _may_be_one(words[place]):
            found[place] = True
        if found[place] and words[place - 1] and set(words[place - 1]) <= _BEFORE:
            found[place - 1] = True
    kinds = [_kind(name or "") for name in names]
    for place in reversed(range(1, len(words))):
        if not found[place]:
            is_alike = kinds[place] in kinds[:place] + kinds[place + 1 :]
            if is_alike or words[place] in words[place + 1 :] or not _may_be_one(words[place]):
                break
            found[place] = True
    return found


def without_summaries(
    tables: Sequence[tuple[str, pd.DataFrame]], case: str, notes: list[str]
) -> list[tuple[str, pd.DataFrame]]:
    """Leave out rows whose case is called mean, std and the like; ``notes`` get their names.

    A row that is a case in one of the tables, by its place, is one in all of them.

    Raises:
        DataError: If nothing is left of a table.
    """
    named = {name: names_of(table[case]).tolist() for name, table in tables}
    found = {name: is_summary(names) for name, names in named.items()}
    cases = {
        one for name in named for one, is_one in zip(named[name], found[name], strict=True)
        if not is_one
    }  # fmt: skip
    kept = []
    for name, table in tables:
        left_out = [str(one) for one in named[name] if one not in cases]
        if left_out and len(left_out) == len(table):
            raise DataError(
                f"{name} holds summaries only ({', '.join(left_out)}); a table of scores has a row "
                "per case"
            )
        if left_out:
            notes.append(
                f"{name}: {amount(len(left_out), 'row')} of a summary left out "
                f"({', '.join(left_out)}); if that is the name of a case, give it another one"
            )
        kept.append((name, table[[one in cases for one in named[name]]]))
    return kept


def _words(name: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?%|[^\W_]+", _ASIDE.sub(" ", name.lower()))


def _is_one(words: list[str]) -> bool:
    """Tell whether a row of these words is a summary wherever it stands."""
    telling = _without_parts(words)
    return " ".join(telling) in _SUMMARY or (
        any(word in _SUMMARY for word in telling) and set(telling) <= _SUMMARY | _EVERYTHING
    )


def _may_be_one(words: list[str]) -> bool:
    """Tell whether a row of these words may be a summary, by its place."""
    telling = [word for word in _without_parts(words) if word not in _OF_WHAT]
    return bool(telling) and all(
        word in _SUMMARY or word in _PLACED or _NUMBERED.fullmatch(word) for word in telling
    )


def _without_parts(words: list[str]) -> list[str]:
    """Take off which fold, seed, class and the like a row is of, if it is of one."""
    return _NAMED_PART.sub(_after_name, _NUMBERED_PART.sub(" ", " ".join(words))).split()


def _after_name(part: re.Match[str]) -> str:
    """What follows the name of a part: the first word that speaks of means or of cases."""
    named = part["name"].split()
    known = _SUMMARY | _PLACED | _OF_WHAT - {"test", "val", "validation"}
    name = len(list(takewhile(lambda word: word not in known, named)))
    return " ".join(named[name if name <= _LONGEST_NAME else 0 :]).join("  ")


def _kind(name: str) -> str:
    """What names of one series share: p for p1 to p5, a letter for a to n."""
    plain = name.strip()
    return "a letter" if len(plain) == 1 and plain.isalpha() else re.sub(r"\d+", "0", plain)
