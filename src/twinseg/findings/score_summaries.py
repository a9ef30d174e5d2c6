"""The scores in short: mean, interval and median of each metric and model, and what they hide."""

import numpy as np
import pandas as pd

from twinseg.comparison import estimate_mean
from twinseg.core.seeds import stream
from twinseg.metrics import DISTANCE, METRICS, summarise

ALL, BOTH_TWINS = "all", "both twins"  # cases that a mean is of


def score_summaries(scores: pd.DataFrame, runs: list[str], *, seed: int) -> pd.DataFrame:
    """Summarise every metric of every model.

    Args:
        scores: Of the test cases.
        runs: Ids of the twins.
        seed: Of the study.

    Returns:
        A row for each model, metric and ``cases_of``: ``all``, and for Dice also ``both twins``,
        the cases in which both have one. ``low`` and ``high`` are of the mean, over groups.
    """
    dataset, models = str(scores["dataset"].iloc[0]), list(scores["model"].unique())
    of_model = {model: scores[scores["model"] == model].set_index("case") for model in models}
    cases = of_model[runs[0]].index
    groups = of_model[runs[0]]["group"].to_numpy(dtype=object)
    one_unit = scores["distance_unit"].nunique() == 1
    both = np.all(
        [np.isfinite(of_model[run].loc[cases, "dice"].to_numpy(float)) for run in runs], axis=0
    )
    rows = []
    for model in models:
        for metric, cases_of in [*((metric, ALL) for metric in METRICS), ("dice", BOTH_TWINS)]:
            values = of_model[model].loc[cases, metric].to_numpy(float)
            if cases_of == BOTH_TWINS:
                values = np.where(both, values, np.nan)
            if METRICS[metric].unit == DISTANCE and not one_unit:
                values = np.full_like(values, np.nan)  # mm and px have no common mean
            rng = stream(seed, "report", dataset, metric, str(model))
            estimate = estimate_mean(values, groups, rng=rng, bounds=METRICS[metric].range)
            low, high = estimate.trusted.low, estimate.trusted.high
            rows.append(
                {"model": model, "metric": metric, "cases_of": cases_of}
                | vars(summarise(values))
                | {"low": low, "high": high, "level": estimate.trusted.level}
                | {"interval_method": estimate.believed}
            )
    return pd.DataFrame(rows)


def objects_missed(scores: pd.DataFrame) -> pd.DataFrame:
    """Count, for each model, the test cases with an object and those of which no pixel is found."""
    with_object = scores["reference_pixels"] > 0
    missed = with_object & (scores["dice"] == 0)
    counts = pd.DataFrame({"model": scores["model"], "with_object": with_object, "missed": missed})
    return counts.groupby("model", sort=False)[["with_object", "missed"]].sum().reset_index()
