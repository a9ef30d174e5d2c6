"""The scores in short: mean, interval and median of each metric and model, and what they hide."""

import numpy as np
import pandas as pd

from twinseg.comparison import compare_strata, estimate_mean, halves
from twinseg.core.seeds import stream
from twinseg.metrics import DISTANCE, METRICS, summarise
from twinseg.records.tables import TABLES

ALL, BOTH_TWINS = "all", "both twins"  # cases that a mean is of
_STRATA = {
    "size of the object": ("foreground_share", ("small objects", "large objects")),
    "rarity": ("rarity", ("frequent cases", "rare cases")),
}


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


def strata_of_twins(
    scores: pd.DataFrame, labels: pd.DataFrame, runs: list[str], *, seed: int
) -> pd.DataFrame:
    """Compare the twins among small and large, frequent and rare test cases, cut at the median.

    A half with fewer than two cases, or halves that cannot be cut, are left out.

    Args:
        scores: Of the test cases.
        labels: One row a case, as `label_table` makes it.
        runs: Ids of the twins; the difference is the first minus the second.
        seed: Of the study.

    Returns:
        A row for each half; ``sentence`` says all halves of a column and whether they differ.
    """
    of_run = {run: scores[scores["model"] == run].set_index("case") for run in runs}
    cases, second = of_run[runs[0]].index, runs[0]
    groups = of_run[runs[0]]["group"].to_numpy(dtype=object)
    about = labels.set_index("case").loc[cases]
    rows = []
    for name, (column, names) in _STRATA.items():
        values = pd.Series(about[column].to_numpy(float), name=name)
        if column == "foreground_share":
            values = values.where(values > 0)  # no object has no size
        parts = halves(values, names=names)
        if parts.value_counts().reindex(names, fill_value=0).min() < 2:
            continue
        found = compare_strata(
            of_run[runs[1]].loc[cases, "dice"].to_numpy(float),
            of_run[second].loc[cases, "dice"].to_numpy(float),
            parts,
            groups=groups,
            metric="Dice",
            names=(runs[1], second),
            rng=stream(seed, "strata", column),
            draws=1999,
        )
        rows += [
            {
                "column": column,
                "stratum": part.name,
                "first": found.first,
                "second": found.second,
                "cases": part.cases,
                "groups": part.mean.groups,
                "undefined": part.undefined,
                "mean_difference": part.mean.value,
                "low": part.mean.interval.low,
                "high": part.mean.interval.high,
                "level": part.mean.interval.level,
                "p_value": part.p_value,
                "p_adjusted": part.p_adjusted,
                "p_interaction": found.interaction.p_value,
                "sentence": found.sentence,
            }
            for part in found.strata
        ]
    return pd.DataFrame(rows, columns=TABLES["strata"].names)
