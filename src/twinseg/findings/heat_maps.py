"""What the maps of a study say on the whole: means, curves, likeness of twins, errors, scales."""

import math
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, nan
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg.comparison import associate
from twinseg.core.planes import PlaneFile
from twinseg.core.seeds import stream
from twinseg.explanation import open_heat_maps

TOP_PERCENTILE = 99
_CASES_AT_ONCE = 256


def map_means(explanations: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Mean of each measure over the test cases, for each run and kind of map."""
    means = explanations.groupby(["model", "map"], sort=False)[list(measures)].mean()
    return means.reset_index().melt(["model", "map"], var_name="measure", value_name="mean")


def mean_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """Mean of each curve of evidence over the cases it was drawn for, point by point."""
    keys = ["model", "map", "curve", "at"]
    return curves.groupby(keys, sort=False)["value"].mean().reset_index()


def twin_map_means(twin_maps: pd.DataFrame) -> pd.DataFrame:
    """How alike the maps of twins are on the whole, for each kind of map."""
    columns = ["rank_correlation", "top_agreement", "mean_absolute_difference"]
    return twin_maps.groupby("map", sort=False)[columns].mean().reset_index()


def map_errors(
    twin_maps: pd.DataFrame, scores: pd.DataFrame, runs: Sequence[str], *, seed: int
) -> pd.DataFrame:
    """Does disagreement of the twins' maps go with errors? The mean of both twins' errors.

    Returns:
        A row for each kind of map and error: Spearman's rank correlation, interval over groups.
    """
    of_runs = {run: scores[scores["model"] == run].set_index("case") for run in runs}
    cases, groups = of_runs[runs[0]].index, of_runs[runs[0]]["group"].to_numpy(dtype=object)
    rows = []
    for name, own in twin_maps.groupby("map", sort=False):
        apart = 1 - own.set_index("case")["rank_correlation"].loc[cases].to_numpy(float)
        for error in ("type2_rate", "type1_rate"):
            each = [rows_.loc[cases, error].to_numpy(float) for rows_ in of_runs.values()]
            rng = stream(seed, "announces", str(name), error)
            found = associate(apart, np.mean(each, axis=0), groups, rng=rng)
            rows.append(
                {
                    "map": name,
                    "error": error,
                    "correlation": found.value,
                    "low": found.interval.low,
                    "high": found.interval.high,
                    "level": found.interval.level,
                    "cases": found.cases,
                    "groups": found.groups,
                }
            )
    return pd.DataFrame(rows)


def heat_scales(folders: Mapping[str, Mapping[str, Path]], case_ids: Sequence[str]) -> pd.DataFrame:
    """What the brightest colour of each kind of map stands for, in the unit of its score.

    Args:
        folders: By kind of map, the folder of each run.
        case_ids: Of the test cases.

    Returns:
        Columns ``map, model, top``: a row for each run alone, and one with an empty ``model`` for
        all together, which is the scale that pictures are drawn on. NaN without a value above 0.
    """
    rows = []
    for name, of_runs in folders.items():
        maps = {run: open_heat_maps(folder) for run, folder in of_runs.items()}
        for run, of_run in maps.items():
            rows.append({"map": name, "model": run, "top": _top([of_run], case_ids)})
        rows.append({"map": name, "model": "", "top": _top([*maps.values()], case_ids)})
    return pd.DataFrame(rows)


def _top(maps: Sequence[PlaneFile], case_ids: Sequence[str]) -> float:
    values = sum(len(case_ids) * math.prod(one.values.shape) for one in maps)
    blocks = (
        one.read(case_ids[start : start + _CASES_AT_ONCE])
        for one in maps
        for start in range(0, len(case_ids), _CASES_AT_ONCE)
    )
    return scale_top(blocks, values=values)


def scale_top(blocks: Iterable[np.ndarray], *, values: int) -> float:
    """Return the 99th percentile of all values above 0: exactly, of any number of maps.

    Only the largest hundredth of the values is held at once.

    Args:
        blocks: Raw maps, some at a time; NaN where undefined.
        values: How many values there are in all, at most.

    Returns:
        NaN if no value is above 0.
    """
    most = ceil(values * (1 - TOP_PERCENTILE / 100)) + 2
    largest, positive = np.empty(0, np.float32), 0
    for block in blocks:
        above = block[block > 0]
        positive += above.size
        largest = np.concatenate([largest, above])
        if largest.size > most:
            largest = np.partition(largest, -most)[-most:]
    if not positive:
        return nan
    largest.sort()
    # As np.percentile does it: linear between the two values around the rank.
    rank = (positive - 1) * (TOP_PERCENTILE / 100)
    low, high = floor(rank), min(floor(rank) + 1, positive - 1)
    pair = largest[[low - positive, high - positive]]
    return float(np.quantile(pair, rank - low))
