"""How rare a case is: how far the nearest cases of other groups are, in labels and pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats
from scipy.spatial.distance import cdist

from twinseg.core.arrays import Values

NEIGHBOURS = 10
_BLOCK = 128  # rows of distances at once: memory grows by this alone
_STEP_TO_EMPTY = 3.0  # in robust SDs, between masks that mark something and masks that do not
_NORMAL_IQR = 1.349  # interquartile range of a normal distribution of SD 1

Features = Float[np.ndarray, "case feature"]


@dataclass(frozen=True)
class Feature:
    """One axis of the space in which cases are near or far."""

    column: str
    low: str  # in words: what a small value means
    high: str
    scale: Callable[[Values], Values]


@dataclass(frozen=True)
class Rarity:
    """Rarity of each case, in the order of the table."""

    score: Values  # rank in [0, 1]; 1 is the rarest; NaN without cases of another group
    distance: Values  # mean distance to the nearest cases, in robust SDs
    reasons: tuple[str, ...]  # what sets the case apart from its nearest cases most


def _as_it_is(values: Values) -> Values:
    return values


def log_odds(values: Values) -> Values:
    """Return log(share / (1 - share)), the label size that tests and designs look at.

    NaN for 0 and 1, which have none.
    """
    inside = (values > 0) & (values < 1)
    known = np.where(inside, values, nan)
    odds: Values = np.log(known / (1 - known))
    return odds


def _log_count(values: Values) -> Values:
    counts: Values = np.log(np.where(values > 0, values, nan))
    return counts


FEATURES = (
    Feature("foreground_share", "small target", "large target", log_odds),
    Feature("parts", "few parts", "many parts", _log_count),
    Feature("border_share", "target away from the border", "target at the border", _as_it_is),
    Feature("compactness", "ragged or elongated target", "round target", _as_it_is),
    Feature("contrast", "target darker than usual", "target brighter than usual", _as_it_is),
    Feature("lightness_outside", "darker surroundings", "brighter surroundings", _as_it_is),
    Feature("red_inside", "greener target", "redder target", _as_it_is),
    Feature("yellow_inside", "bluer target", "yellower target", _as_it_is),
    Feature("red_outside", "greener surroundings", "redder surroundings", _as_it_is),
    Feature("yellow_outside", "bluer surroundings", "yellower surroundings", _as_it_is),
)


def rarity(table: pd.DataFrame) -> Rarity:
    """Score every case by its mean distance to the `NEIGHBOURS` nearest cases of other groups.

    Features are brought to median 0 and robust SD 1 (interquartile range / 1.349; the SD where
    that is 0) and weigh the same; one without any spread is left out. What a case lacks (an
    empty mask has no compactness) is taken as the median, and empty masks stand a fixed step
    apart from all others, so that few of them are rare and many are not. Cases of the same group
    do not count as neighbours: ten slices of one odd patient do not make it common.

    Args:
        table: Of `label_table`.
    """
    features, names = _standardised(table)
    groups = pd.factorize(table["group"])[0]
    distance = np.full(len(table), nan)
    apart = np.zeros_like(features)  # mean squared distance to the neighbours, feature by feature
    kth = min(NEIGHBOURS, len(table)) - 1
    for start in range(0, len(table), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = cdist(features[rows], features)
        distances[groups[rows, None] == groups] = np.inf
        near = np.argpartition(distances, kth, axis=1)[:, : kth + 1]
        for row, nearest in enumerate(near):
            nearest = nearest[np.argsort(distances[row, nearest], kind="stable")]
            nearest = nearest[np.isfinite(distances[row, nearest])]
            if nearest.size:
                distance[start + row] = distances[row, nearest].mean()
                apart[start + row] = ((features[start + row] - features[nearest]) ** 2).mean(0)
    reasons = tuple(
        _reason(position, features, apart, names) if np.isfinite(distance[position]) else ""
        for position in range(len(table))
    )
    return Rarity(_ranked(distance), distance, reasons)


def _standardised(table: pd.DataFrame) -> tuple[Features, list[tuple[str, str]]]:
    columns, names = [], []
    for feature in FEATURES:
        values = feature.scale(table[feature.column].to_numpy(float))
        known = values[np.isfinite(values)]
        spread = stats.iqr(known) / _NORMAL_IQR or known.std() if known.size else 0.0
        if spread > 1e-4:  # less is rounding: the colours of grey pictures
            columns.append(np.nan_to_num((values - np.median(known)) / spread, nan=0.0))
            names.append((feature.low, feature.high))
    empty = (table["parts"] == 0).to_numpy(float)
    columns.append(_STEP_TO_EMPTY * empty)
    names.append(("target marked", "nothing marked"))
    return np.stack(columns, axis=1), names


def _reason(
    position: int, features: Features, apart: Features, names: list[tuple[str, str]]
) -> str:
    """Name the features that make up most of the distance: one, or two if no single one does."""
    order = np.argsort(-apart[position])[:2]
    first_alone = apart[position, order[0]] > 0.5 * apart[position].sum()
    chosen = order[:1] if first_alone else order
    return ", ".join(names[place][int(features[position, place] > 0)] for place in chosen)


def _ranked(distance: Values) -> Values:
    score = np.full(len(distance), nan)
    known = np.isfinite(distance)
    if known.sum() > 1:
        score[known] = (stats.rankdata(distance[known]) - 1) / (known.sum() - 1)
    return score
