"""Two tables of scores from anyone, one row per case, compared case by case."""

import numpy as np
import pandas as pd

from twinseg.comparison.analyse import analyse
from twinseg.comparison.analysis import Analysis
from twinseg.comparison.joined import join_cases
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
    within: bool = False,
    progress: Progress | None = None,
) -> Analysis:
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
        margin: As for `analyse`.
        rope: As for `analyse`.
        higher_is_better: For metrics whose name does not say it.
        within: Resample also the cases within groups.
        progress: Where to report.

    Returns:
        The frozen result; its ``sentence`` and ``row`` are ready.

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
    return analyse(
        joined.values[:, 0],
        joined.values[:, 1],
        groups=joined.groups,
        metric=metric,
        names=names,
        rng=rng,
        draws=draws,
        level=level,
        margin=margin,
        rope=rope,
        higher_is_better=higher_is_better,
        within=within,
        notes=joined.notes,
        progress=progress,
    )
