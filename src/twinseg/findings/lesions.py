"""Lesions and whole groups in short: who found how many, and the means of groups."""

import pandas as pd

from twinseg.comparison import estimate_mean, found_test
from twinseg.core.seeds import stream
from twinseg.metrics import METRICS
from twinseg.records.tables import TABLES


def lesion_counts(lesions: pd.DataFrame) -> pd.DataFrame:
    """Count, for each model, lesions of the references, those found, and parts marked falsely."""
    rows = []
    for model, own in lesions.groupby("model", sort=False):
        reference = own[own["side"] == "reference"]
        found = int(reference["found"].sum())
        rows.append(
            {
                "model": model,
                "lesions": len(reference),
                "lesions_found": found,
                "missed": len(reference) - found,
                "false_parts": len(own) - len(reference),
            }
        )
    return pd.DataFrame(rows, columns=TABLES["lesion_counts"].names)


def lesions_of_twins(lesions: pd.DataFrame, runs: list[str], *, seed: int) -> pd.DataFrame:
    """Test whether the twins find lesions equally often: one row, with the words for it."""
    reference = lesions[lesions["side"] == "reference"]
    # Second minus first, as everywhere: the comparison of the twins starts from the second.
    second, first = (reference[reference["model"] == run] for run in runs)
    found = found_test(
        first["found"].to_numpy(bool),
        second["found"].to_numpy(bool),
        first["group"].to_numpy(),
        rng=stream(seed, "lesions"),
    )
    about = {"first": runs[1], "second": runs[0], "p_value": found.p_value}
    return pd.DataFrame([about | {"method": found.method, "sentence": str(found)}])


def group_means(groups: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Mean over whole groups of Dice, and of the distance in space where slices are stacked."""
    rows = []
    for model, own in groups.groupby("model", sort=False):
        for metric in ("dice", "hausdorff95"):
            estimate = estimate_mean(
                own[metric].to_numpy(float),
                own["group"].to_numpy(),
                rng=stream(seed, "groups", str(model), metric),
                bounds=METRICS[metric].range,
            )
            interval = estimate.trusted
            rows.append(
                {
                    "model": model,
                    "metric": metric,
                    "mean": estimate.value,
                    "low": interval.low,
                    "high": interval.high,
                    "level": interval.level,
                    "groups": estimate.groups,
                    "volumes": int(own["volumes"].notna().sum()),
                }
            )
    return pd.DataFrame(rows)
