"""Everything that is said about the labels of a dataset, in one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinseg.core.arrays import Values
from twinseg.core.progress import Progress
from twinseg.data.case import Case
from twinseg.data.labels.distribution import Moments, NormalityTest, moments, normality_tests
from twinseg.data.labels.duplicates import Duplicate, exact_duplicates, near_duplicates
from twinseg.data.labels.rarity import log_odds, rarity
from twinseg.data.labels.table import Labelled, label_table

RAREST = 12
# Both, so that neither sets of single cases nor sets of even groups raise an alarm.
BIG_IQRS, BIG_MEDIANS = 3.0, 5.0


@dataclass(frozen=True)
class RareCase:
    """A case that has few like it in other groups."""

    position: int
    case: str
    distance: float  # mean, to its nearest cases, in robust SDs
    reason: str


@dataclass(frozen=True)
class BigGroup:
    """A group with suspiciously many cases."""

    group: str
    cases: int
    median_cases: float  # of all groups


@dataclass(frozen=True, kw_only=True)
class LabelReport:
    """What is in the labels; moments and tests are of the cases that mark something."""

    dataset: str
    fingerprint: str
    table: pd.DataFrame  # one row per case, with its rarity
    cases: int
    groups: int
    empty_masks: int
    full_masks: int
    touching_border: int
    moments: Mapping[str, Moments]
    tests: tuple[NormalityTest, ...]
    rarest: tuple[RareCase, ...]  # rarest first
    duplicates: tuple[Duplicate, ...]  # equal in every pixel
    near_duplicates: tuple[Duplicate, ...]  # of different groups, most alike first
    big_groups: tuple[BigGroup, ...]  # biggest first


def describe_labels(data: Labelled, progress: Progress | None = None) -> LabelReport:
    """Measure every case of a dataset and say how its labels are distributed."""
    cases = data.dataset.cases
    table = label_table(data, progress)
    rare = rarity(table)
    table["rarity"] = rare.score
    quantities = quantities_of(table)
    exact = exact_duplicates(cases)
    equal = {(pair.first, pair.second) for pair in exact}
    near = near_duplicates(data.pictures, [case.group for case in cases])
    order = np.argsort(-rare.distance, kind="stable")[:RAREST]  # undefined ones come last
    return LabelReport(
        dataset=data.dataset.name,
        fingerprint=data.dataset.fingerprint,
        table=table,
        cases=len(cases),
        groups=len(data.dataset.groups),
        empty_masks=data.dataset.empty_masks,
        full_masks=sum(case.foreground_share == 1 for case in cases),
        touching_border=int(table["touches_border"].sum()),
        moments={name: moments(values) for name, values in quantities.items()},
        tests=tuple(
            test for name, values in quantities.items() for test in normality_tests(name, values)
        ),
        rarest=tuple(
            RareCase(int(place), cases[place].id, float(rare.distance[place]), rare.reasons[place])
            for place in order
            if np.isfinite(rare.distance[place])
        ),
        duplicates=exact,
        near_duplicates=tuple(p for p in near if (p.first, p.second) not in equal),
        big_groups=big_groups(cases),
    )


def quantities_of(table: pd.DataFrame) -> dict[str, Values]:
    """Return what is tested for normality, of the cases that mark something."""
    marked = table[table["parts"] > 0]
    share = marked["foreground_share"].to_numpy(float)
    return {
        "foreground share": share,
        "log of foreground share": np.log(share),
        "log odds of foreground share": log_odds(share),
        "number of parts": marked["parts"].to_numpy(float),
    }


def big_groups(cases: tuple[Case, ...]) -> tuple[BigGroup, ...]:
    """List groups above the third quartile + 3 interquartile ranges and above 5 medians."""
    sizes = pd.Series([case.group for case in cases]).value_counts()
    low, median, high = np.quantile(sizes, [0.25, 0.5, 0.75])
    limit = max(high + BIG_IQRS * (high - low), BIG_MEDIANS * median)
    return tuple(
        BigGroup(str(group), int(size), float(median))
        for group, size in sizes.items()
        if size > limit
    )
