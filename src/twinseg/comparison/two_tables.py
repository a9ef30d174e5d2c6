"""Two tables of scores from anyone, one row per case, compared case by case."""

from math import inf, isnan

import numpy as np
import pandas as pd

from twinseg.comparison.analyse import analyse
from twinseg.comparison.analysis import Analysis
from twinseg.core.errors import DataError
from twinseg.metrics import METRICS

_SHOWN = 20  # cases named in a message


def compare_tables(
    first: pd.DataFrame,
    second: pd.DataFrame,
    metric: str,
    *,
    rng: np.random.Generator,
    group: str | None = "group",
    case: str = "case",
    names: tuple[str, str] = ("first", "second"),
    draws: int = 9999,
    level: float = 0.95,
    margin: float | None = None,
    rope: float | None = None,
    higher_is_better: bool | None = None,
    within: bool = False,
) -> Analysis:
    """Compare the same metric of the same cases in two tables; second minus first.

    Args:
        first: One row per case, in any order, as `read_scores` gives it.
        second: The same cases in any order.
        metric: Column of numbers in both.
        rng: Source of randomness; the caller owns the seed.
        group: Column that says which cases belong together, in one of the tables or in both.
            None, or a column neither has, makes each case its own group; the notes say what that
            assumes.
        case: Column that names the cases.
        names: What to call the two.
        draws: Resamples and random patterns.
        level: Of the intervals, between 0 and 1.
        margin: As for `analyse`.
        rope: As for `analyse`.
        higher_is_better: For metrics that are not in `METRICS`.
        within: Resample also the cases within groups.

    Returns:
        The frozen result; its ``sentence`` and ``row`` are ready.

    Raises:
        ConfigError: If a setting is out of range.
        DataError: If a column is missing or not of numbers, a case stands there twice or has no
            name, the tables hold other cases, or give a case other groups.
    """
    ours, theirs = (
        _by_case(table, name, case, metric)
        for table, name in zip((first, second), names, strict=True)
    )
    _require_same_cases(ours.index, theirs.index, names)
    groups, notes = _groups((ours, theirs), group, names)
    return analyse(
        _numbers(ours[metric], names[0]),
        _numbers(theirs[metric], names[1]),
        groups=groups,
        metric=metric,
        names=names,
        rng=rng,
        draws=draws,
        level=level,
        margin=margin,
        rope=rope,
        higher_is_better=higher_is_better,
        within=within,
        notes=notes,
    )


def _by_case(table: pd.DataFrame, name: str, case: str, metric: str) -> pd.DataFrame:
    absent = [column for column in (case, metric) if column not in table.columns]
    if absent:
        raise DataError(
            f"{name} lacks the column {' and '.join(absent)}; it has: {', '.join(table.columns)}"
        )
    if gaps := int(table[case].isna().sum()):
        raise DataError(f"{name} has {gaps} rows without a name in the column {case}; fill it")
    indexed = table.set_axis(table[case].map(_named), axis="index").sort_index()
    twice = indexed.index[indexed.index.duplicated()].unique()
    if len(twice):
        raise DataError(
            f"{name} has more than one row for {len(twice)} cases: {_listed(twice)}; one row per "
            "case is needed: choose one model, seed or split first"
        )
    return indexed


def _require_same_cases(ours: pd.Index, theirs: pd.Index, names: tuple[str, str]) -> None:
    only_first, only_second = ours.difference(theirs), theirs.difference(ours)
    if len(only_first) or len(only_second):
        raise DataError(
            f"the tables hold different cases: only {names[0]} has {_listed(only_first)}; only "
            f"{names[1]} has {_listed(only_second)}; score both models on the same cases"
        )


def _groups(
    tables: tuple[pd.DataFrame, pd.DataFrame], group: str | None, names: tuple[str, str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    having = [table for table in tables if group is not None and group in table.columns]
    if not having:
        missing = "" if group is None else f"no column {group}: "
        return tables[0].index.to_numpy(), (
            f"{missing}each case counts as its own group, which assumes that no two cases come "
            "from one patient; if some do, the intervals are too narrow and the p values too small",
        )
    for table, name in zip(tables, names, strict=True):
        if group in table.columns and (gaps := int(table[group].isna().sum())):
            raise DataError(f"{name} has {gaps} rows without a {group}; fill the column")
    columns = [table[group].map(_named) for table in having]
    if len(columns) == 2 and (moved := columns[0].index[columns[0] != columns[1]]).size:
        raise DataError(f"the tables give another {group} to the cases {_listed(moved)}; mend one")
    return columns[0].to_numpy(), ()


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    numbers = pd.to_numeric(column, errors="coerce")
    unread = column[numbers.isna() & column.notna()]
    if len(unread):
        raise DataError(
            f"{column.name} of {name} is {unread.iloc[0]!r} for the case {unread.index[0]}; "
            "numbers are needed, and nothing where a case has no value"
        )
    values = numbers.to_numpy(dtype=float)
    lowest, highest = METRICS[str(column.name)].range if column.name in METRICS else (-inf, inf)
    if ((values < lowest) | (values > highest)).any():
        raise DataError(
            f"{column.name} of {name} lies between {np.nanmin(values):g} and "
            f"{np.nanmax(values):g}, expected {lowest:g} to {highest:g}; give shares, not percent"
        )
    return values


def _named(value: object) -> str:
    """Name a case alike whether its table holds 7, 7.0 or "7"."""
    whole = isinstance(value, float) and not isnan(value) and value.is_integer()
    return str(int(value)) if whole else str(value).strip()  # type: ignore[call-overload]


def _listed(cases: pd.Index) -> str:
    more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
    return ", ".join(map(str, cases[:_SHOWN])) + more or "none"
