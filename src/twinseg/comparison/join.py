"""Tables of scores joined case by case, by cleaned names and never by the order of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd
from jaxtyping import Float

from twinseg.comparison.columns import are_numbers, column_of, names_of, numbers_of, require_header
from twinseg.comparison.number_text import number
from twinseg.comparison.possible_values import require_possible
from twinseg.comparison.spelling import alike_but_spelled, spelled_apart
from twinseg.comparison.strata import halves
from twinseg.comparison.summary_rows import without_summaries
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.metrics.spellings import infinite_may_be_good

Named = Sequence[tuple[str, pd.DataFrame]]  # what to call each table, and the table
_SHOWN = 20  # cases named in a message
_MOST_STRATA = 12


@dataclass(frozen=True)
class Joined:
    """The same cases in every table, in the order of their names.

    Attributes:
        cases: Names.
        values: Of the metric, (case, table): NaN where there is none.
        groups: Of each case; its own name where no table has the column.
        strata: Of each case, None where unknown; without a case if no column was asked for.
        notes: What was left out, and what is assumed.
    """

    cases: tuple[str, ...]
    values: Float[np.ndarray, "case table"]
    groups: np.ndarray
    strata: pd.Series
    notes: tuple[str, ...]


def join_cases(
    tables: Named,
    metric: str,
    *,
    case: str,
    group: str | None,
    strata: str | None = None,
    higher_is_better: bool | None = None,
) -> Joined:
    """Join tables, one row per case in any order, as `read_scores` gives them.

    Args:
        tables: Two or more.
        metric: Column of numbers in all.
        case: Column that names the cases, in all.
        group: Column that says which cases belong together, in one or more of them.
        strata: Column that parts the cases, in one or more; many numbers are cut at their median.
        higher_is_better: Of the metric; None if not known.

    Raises:
        DataError: If a column is missing or not of numbers, or holds some that the metric cannot
            have, a case stands there twice or has no name, the tables hold other cases, or give a
            case other groups or strata.
    """
    notes: list[str] = []
    for name, table in tables:
        _require_column(table, name, case)
    rows = without_summaries(tables, case, notes)
    named = [(name, _named_by_case(table, name, case, notes)) for name, table in rows]
    indexed = same_cases(named, case)
    values = []
    for name, table in indexed:
        numbers = numbers_of(column_of(table, metric, name), name)
        _require_one_infinity(numbers, metric, name, table.index, higher_is_better)
        values.append((name, pd.Series(numbers, index=table.index)))
    notes += require_possible(values, metric, has_direction=higher_is_better is not None)
    return Joined(
        cases=tuple(indexed[0][1].index),
        values=np.stack([numbers for _, numbers in values], axis=1),
        groups=_groups(indexed, group, notes),
        strata=pd.Series(dtype=object) if strata is None else _strata(indexed, strata),
        notes=tuple(dict.fromkeys(notes)),
    )


def _require_column(table: pd.DataFrame, name: str, column: str) -> None:
    if column not in table.columns:
        require_header(table, name, [column.lower()])
        columns = ", ".join(map(str, table.columns))
        raise DataError(f"{name} lacks the column {column}; it has: {columns}")


def _named_by_case(table: pd.DataFrame, name: str, case: str, notes: list[str]) -> pd.DataFrame:
    """Return the table with the cleaned names of its cases as the index."""
    cases = _names_in(table, case, name, notes)
    if gaps := int(cases.isna().sum()):
        raise DataError(
            f"{name} has {amount(gaps, 'row')} without a name in the column {case}; fill it, or "
            "delete the rows"
        )
    return table.set_axis(pd.Index(cases, dtype=object), axis="index")


def same_cases(tables: Named, case: str) -> list[tuple[str, pd.DataFrame]]:
    """Sort tables by their index of cases, and prove that all hold the same cases once each.

    Args:
        tables: Two or more, with the names of the cases as index.
        case: What a case is called, for messages.

    Raises:
        DataError: If a case stands there twice or the tables hold other cases; says which.
    """
    for name, table in tables:
        _require_single(table, name, case)
    ordered = [(name, table.sort_index()) for name, table in tables]
    (first_name, first), *others = ordered
    for name, table in others:
        _require_same_cases(first.index, table.index, (first_name, name))
    return ordered


def _require_single(table: pd.DataFrame, name: str, case: str) -> None:
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise DataError(
            f"{name} has more than one row for {amount(len(twice), 'case')}: {_listed(twice)}; one "
            f"row per case is needed: {_what_to_keep(table, case)}"
        )


def _what_to_keep(table: pd.DataFrame, case: str) -> str:
    """Name a column that tells the rows of a case apart, as label or fold, and one value of it."""
    for column in table.columns.drop(case, errors="ignore"):
        parts = names_of(table[column])
        values = list(dict.fromkeys(parts.dropna()))
        is_few = 1 < len(values) <= _MOST_STRATA and not _has_fractions(parts)
        if is_few and not pd.MultiIndex.from_arrays([parts.index, parts]).duplicated().any():
            return (
                f"this table has a row per {case} and {column}; keep one {column}, such as "
                f"{values[0]} (of {_listed(pd.Index(values))})"
            )
    return "choose one model, seed or split first"


def _has_fractions(names: pd.Series) -> bool:
    """Tell whether a column holds measured numbers rather than names."""
    return bool(names.dropna().str.fullmatch(r"[-+]?\d*[.,]\d+(e[-+]?\d+)?").any())


def _names_in(table: pd.DataFrame, column: str, name: str, notes: list[str]) -> pd.Series:
    """Names in a column; numbers with decimals are said, as a sheet keeps no zeros at their end."""
    if any(isinstance(cell, float) and cell % 1 > 0 and cell < inf for cell in table[column]):
        notes.append(
            f"{name}: the column {column} holds numbers, in which 1.1 and 1.10 are one; type "
            "names as text"
        )
    return names_of(table[column])


def _require_same_cases(ours: pd.Index, theirs: pd.Index, names: tuple[str, str]) -> None:
    only_first, only_second = ours.difference(theirs), theirs.difference(ours)
    if len(only_first) or len(only_second):
        raise DataError(
            f"the tables hold different cases: only {names[0]} has {_listed(only_first)}; only "
            f"{names[1]} has {_listed(only_second)}; {_same_but_spelled(only_first, only_second)}"
            "score all models on the same cases"
        )


def _same_but_spelled(ours: pd.Index, theirs: pd.Index) -> str:
    """Say of how many cases the names only look different, or the same, with one of them."""
    spelled = {alike_but_spelled(name): name for name in theirs}
    pairs = [(name, spelled[key]) for name in ours if (key := alike_but_spelled(name)) in spelled]
    if not pairs:
        return ""
    first, second = pairs[0]
    return (
        f"{amount(len(pairs), 'case')} may be the same and are spelled in two ways "
        f"({first} and {second} differ in {spelled_apart(first, second)}); spell them alike, and "
    )


def _groups(tables: Named, group: str | None, notes: list[str]) -> np.ndarray:
    having = [(name, table) for name, table in tables if group in table.columns]
    if group is None or not having:
        missing = "" if group is None else f"no column {group}: "
        notes.append(
            f"{missing}each case counts as its own group, which assumes that no two cases come "
            "from one patient; if some do, the intervals are too narrow and the p values too small"
        )
        return np.array(tables[0][1].index, dtype=object)
    columns = [(name, _names_in(table, group, name, notes)) for name, table in having]
    for name, column in columns:
        if gaps := int(column.isna().sum()):
            raise DataError(f"{name} has {amount(gaps, 'row')} without a {group}; fill the column")
        require_alike(columns[0][1], column, group)
    return columns[0][1].to_numpy()


def _strata(tables: Named, column: str) -> pd.Series:
    having = [table for _, table in tables if column in table.columns]
    if not having:
        columns = ", ".join(map(str, tables[0][1].columns))
        raise DataError(f"no table has the column {column}; there are: {columns}")
    many_numbers = all(
        are_numbers(table[column]) and table[column].nunique() > _MOST_STRATA for table in having
    )
    parts = [names_of(table[column]) for table in having]
    if many_numbers:
        parts = [
            pd.Series(numbers_of(part, "the table"), index=part.index, name=column)
            for part in parts
        ]
    found, *others = parts
    for other in others:
        both = found.notna() & other.notna()
        require_alike(found[both], other[both], column)
        found = found.where(found.notna(), other)
    if not many_numbers:
        return found
    median = number(float(found.median()))
    return halves(found, names=(f"up to the median {median}", f"above the median {median}"))


def require_alike(ours: pd.Series, theirs: pd.Series, column: str) -> None:
    """Refuse two tables that give a case, the index of both, another value of ``column``.

    Raises:
        DataError: If so; says which cases.
    """
    if (moved := ours.index[ours.to_numpy() != theirs.to_numpy()]).size:
        raise DataError(
            f"the tables give another {column} to the cases {_listed(moved)}; mend one, or leave "
            "the column out of one"
        )


def _require_one_infinity(
    numbers: np.ndarray, metric: str, name: str, cases: pd.Index, higher_is_better: bool | None
) -> None:
    """Refuse an infinite value that would be better than any number: it stands for a failure."""
    good = {True: inf, False: -inf}.get(higher_is_better) if higher_is_better is not None else None
    odd = numbers == good if good is not None else np.zeros(len(numbers), dtype=bool)
    if odd.any() and not infinite_may_be_good(metric):
        raise DataError(
            f"{metric} of {name} is {good:g} for the case {cases[odd][0]}, better than any number; "
            "infinite values stand for failures: mend it, or leave the cell empty"
        )


def _listed(cases: pd.Index) -> str:
    more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
    return ", ".join(map(str, cases[:_SHOWN])) + more or "none"
