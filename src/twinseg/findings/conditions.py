"""Conditions on single facts of cases: what subgroups are made of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword

import numpy as np
import pandas as pd
from jaxtyping import Bool

from twinseg.core.arrays import Values

Chosen = Bool[np.ndarray, " case"]

_BELOW, _ABOVE = (0.1, 0.25, 0.5), (0.5, 0.75, 0.9)  # quantiles at which numbers are cut
_DIGITS = (3, 4, 6, 9, 17)
_MOVED = 0.01  # share of the cases that a rounded cut may move to the other side
_MOST_TEXTS = 12  # of a column: the most frequent ones


@dataclass(frozen=True)
class Condition:
    """What holds of some cases.

    Attributes:
        column: That it is about.
        label: In words.
        where: As an expression of `twinseg view`; "" where the column's name cannot be typed.
        chosen: The cases of which it holds; what is undefined is not chosen.
    """

    column: str
    label: str
    where: str
    chosen: Chosen


def conditions_of(facts: pd.DataFrame, *, smallest: int) -> tuple[Condition, ...]:
    """List conditions on each column that part off at least ``smallest`` cases, and leave as many.

    Numbers are cut at quantiles, below 10, 25 and 50 % and above 50, 75 and 90 %, rounded as far
    as that moves no more than 1 % of the cases; texts equal one of their 12 most frequent values;
    flags hold or do not. Conditions of one column that choose the same cases are listed once.

    Args:
        facts: One row per case; numbers, flags or texts, any of them undefined.
        smallest: Number of cases, > 0.
    """
    found: list[Condition] = []
    for name in facts.columns:
        seen: set[bytes] = set()
        for one in _of_column(str(name), facts[name]):
            count, key = int(one.chosen.sum()), one.chosen.tobytes()
            if smallest <= count <= len(facts) - smallest and key not in seen:
                seen.add(key)
                found.append(one)
    return tuple(found)


def _of_column(name: str, values: pd.Series) -> Iterator[Condition]:
    known = values.notna().to_numpy(dtype=bool)
    kept = values[known].infer_objects()
    typed = typed_name(name)
    if pd.api.types.is_bool_dtype(kept):
        holds = np.zeros(len(values), dtype=bool)
        holds[known] = kept.to_numpy(dtype=bool)
        yield Condition(name, name, typed, holds)
        yield Condition(name, f"not {name}", typed and f"not {typed}", known & ~holds)
    elif pd.api.types.is_numeric_dtype(kept):
        yield from _of_numbers(name, values.to_numpy(dtype=float, na_value=np.nan))
    else:
        texts = np.full(len(values), None, dtype=object)
        texts[known] = kept.astype(str)
        for text in pd.Series(texts[known]).value_counts().index[:_MOST_TEXTS]:
            where = typed and f"{typed} == {_quoted(text)}"
            yield Condition(name, f"{name} is {text}", where, np.equal(texts, text).astype(bool))


def _of_numbers(name: str, values: Values) -> Iterator[Condition]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return
    typed = typed_name(name)
    for word, sign, shares in (("below", "<", _BELOW), ("above", ">", _ABOVE)):
        compare = np.less if sign == "<" else np.greater
        for exact in np.quantile(finite, shares):
            whole = compare(values, exact)
            for digits in _DIGITS:
                cut = float(f"{exact:.{digits}g}")
                chosen = compare(values, cut)
                if np.count_nonzero(chosen != whole) <= _MOVED * len(finite):
                    break
            text = f"{cut:.17g}" if float(cut).is_integer() else repr(cut)
            where = typed and f"{typed} {sign} {text}"
            yield Condition(name, f"{name} {word} {text}", where, chosen)


def typed_name(name: str) -> str:
    """Return a column's name as a filter takes it: `dice.first`, `dice["imagenet-f100"]`, or ""."""
    head, dot, rest = name.partition(".")
    if not head.isidentifier() or iskeyword(head):
        return ""
    if not dot or (rest.isidentifier() and not iskeyword(rest)):
        return name
    return f"{head}[{_quoted(rest)}]"


def _quoted(text: str) -> str:
    """Write a text between double quotes, as Python reads it."""
    return json.dumps(text, ensure_ascii=False)
