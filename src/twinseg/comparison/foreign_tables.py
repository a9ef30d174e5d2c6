"""Tables of scores from anyone, one row per case: two compared, also by strata, or many ranked."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from twinseg.comparison.differences import at_infinity, ranked_alike
from twinseg.comparison.engine import AskedSupplement, compare
from twinseg.comparison.groups import group_totals
from twinseg.comparison.join import join_cases
from twinseg.comparison.many_models import ManyModels, compare_many
from twinseg.comparison.result import Comparison
from twinseg.comparison.strata import Strata, compare_strata
from twinseg.core.progress import Progress
from twinseg.metrics import higher_is_better as known_direction


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
    progress: Progress | None = None,
) -> Comparison:
    """Compare the same metric of the same cases in two tables; second minus first.

    Args:
        first: One row per case, in any order, as `read_scores` gives it.
        second: The same cases in any order.
        metric: Column of numbers in both. Infinite values stand for failures: ranks alone are then
            given.
        rng: Source of randomness; the caller owns the seed.
        group: Column that says which cases belong together, in one of the tables or in both.
            None, or a column neither has, makes each case its own group; the notes say what that
            assumes.
        case: Column that names the cases.
        names: What to call the two.
        draws: Resamples and random patterns.
        level: Of the intervals, between 0 and 1.
        margin: As for `AskedSupplement`.
        rope: As for `AskedSupplement`.
        higher_is_better: For metrics whose name does not say it.
        progress: Where to report.

    Returns:
        The comparison with its supplement.

    Raises:
        ConfigError: If a setting is out of range.
        DataError: If a column is missing or not of numbers, a case stands there twice or has no
            name, the tables hold other cases, or give a case other groups.
    """
    if higher_is_better is None:
        higher_is_better = known_direction(metric)
    joined = join_cases(
        tuple(zip(names, (first, second), strict=True)),
        metric,
        case=case,
        group=group,
        higher_is_better=higher_is_better,
    )
    (of_mean,) = rng.spawn(1)  # the supplement draws from the next ones
    return compare(
        joined.values[:, 0],
        joined.values[:, 1],
        groups=joined.groups,
        metric=metric,
        names=names,
        rng=of_mean,
        draws=draws,
        level=level,
        higher_is_better=higher_is_better,
        supplement=AskedSupplement(rng=rng, margin=margin, rope=rope),
        notes=joined.notes,
        progress=progress,
    )


def compare_tables_by_strata(
    tables: Mapping[str, pd.DataFrame],
    metric: str,
    strata: str,
    *,
    rng: np.random.Generator,
    group: str,
    case: str,
) -> Strata:
    """Compare two tables within each value of a column, and the values with each other.

    Args:
        tables: Two, by what to call them; the difference is second minus first.
        metric: Column of numbers in both.
        strata: Column that parts the cases, in one of them; many numbers are cut at their median.
        rng: Source of randomness.
        group: As for `compare_tables`.
        case: Column that names the cases.

    Raises:
        DataError: As `compare_tables`, or if there are fewer than two strata or more than twelve.
    """
    joined = join_cases(tuple(tables.items()), metric, case=case, group=group, strata=strata)
    first, second = tables
    return compare_strata(
        joined.values[:, 0],
        joined.values[:, 1],
        joined.strata,
        groups=joined.groups,
        metric=metric,
        names=(first, second),
        rng=rng,
    )


def rank_tables(
    tables: Mapping[str, pd.DataFrame],
    metric: str,
    *,
    group: str,
    case: str,
    higher_is_better: bool,
) -> ManyModels:
    """Rank the models of three tables or more within each group, by its mean.

    A case without a value in one of the tables is left out of all, and counted; a group without
    any whole case is undefined.

    Args:
        tables: By what to call each.
        metric: Column of numbers in all.
        group: As for `compare_tables`.
        case: Column that names the cases.
        higher_is_better: Whether the highest value has rank 1.

    Raises:
        DataError: As `compare_tables`.
    """
    joined = join_cases(
        tuple(tables.items()), metric, case=case, group=group, higher_is_better=higher_is_better
    )
    whole = ~np.isnan(joined.values).any(axis=1)
    values, groups = ranked_alike(joined.values[whole]), joined.groups[whole]
    units = np.unique(joined.groups)
    means = np.full((len(units), len(tables)), np.nan)
    there = np.isin(units, groups)
    for place in range(len(tables)):
        means[there, place] = group_totals(values[:, place], groups).means
    many = compare_many(means, tuple(tables), higher_is_better=higher_is_better)
    failed = [at_infinity(of_model) for of_model in joined.values[whole].T]
    undefined = np.isnan(joined.values).sum(axis=0).tolist()
    order = [list(tables).index(model) for model in many.models]
    return replace(
        many,
        infinite=tuple(failed[place] for place in order),
        undefined_of=tuple(undefined[place] for place in order),
        notes=joined.notes,
    )
