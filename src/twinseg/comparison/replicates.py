"""How well seeds agree, with an interval by resampling whole groups."""

import numpy as np

from twinseg.comparison.bca import percentile_interval, unknown
from twinseg.comparison.groups import Groups
from twinseg.comparison.resampling import case_counts
from twinseg.comparison.spread import Agreement, CaseBySeed, agreement_of, replicate_agreement


def replicate_agreement_by_groups(
    values: CaseBySeed,
    groups: Groups,
    *,
    rng: np.random.Generator,
    draws: int = 1999,
    level: float = 0.95,
) -> Agreement:
    """Compute ICC(2,1) as `replicate_agreement`, with a percentile interval over groups.

    The interval of Shrout & Fleiss takes cases to be independent, which those of one group are
    not. A resample in which all scores are equal has no correlation and is left out.

    Args:
        values: One score per case and replicate, (case, seed), all finite.
        groups: The group of each case.
        rng: Source of randomness.
        draws: Number of resamples.
        level: Of the interval, between 0 and 1.
    """
    found = replicate_agreement(values, level=level)
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    if np.isnan(found.value) or numbers.max() < 1:
        return Agreement(found.value, unknown(level), *values.shape)
    parts = [_agreements(values, counts) for counts in case_counts(numbers, rng, draws)]
    resampled = np.concatenate(parts)
    resampled = resampled[np.isfinite(resampled)]
    interval = percentile_interval(resampled, level) if len(resampled) else unknown(level)
    return Agreement(found.value, interval, *values.shape)


def _agreements(values: CaseBySeed, counts: np.ndarray) -> np.ndarray:
    """ICC(2,1) of each resample, from sums of squares that are weighted by its counts."""
    away = values - values.mean()  # small numbers: their squares lose no digits
    k, n = values.shape[1], counts.sum(axis=1)
    of_seeds = counts @ away / n[:, None]
    mean = of_seeds.mean(axis=1)
    correction = n * k * mean**2
    cases = k * (counts @ away.mean(axis=1) ** 2) - correction
    seeds = n * np.sum(of_seeds**2, axis=1) - correction
    everything = counts @ np.sum(away**2, axis=1) - correction
    rest = np.maximum(0.0, everything - cases - seeds) / ((n - 1) * (k - 1))
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing differs: NaN
        return np.asarray(agreement_of(cases / (n - 1), seeds / (k - 1), rest, n, k))
