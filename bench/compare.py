"""Seconds of BCa over groups against SciPy's bootstrap of the same statistic, vectorised.

SciPy can be asked in two ways: to resample the numbers of the groups and look up their totals
(`index`), or to resample pairs of totals made ready beforehand (`totals`), which is faster. Prints
name, ours, rival, ratio (of the seconds) for each, and fails if the two intervals lie farther
apart than the draws explain.

    python bench/compare.py
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import stats

from twinseg.comparison import bootstrap_mean, group_totals


def fastest_s(run: Callable[[], object], turns: int) -> float:
    """Return the shortest of some turns, in seconds."""
    times = []
    for _ in range(turns):
        started_s = time.perf_counter()
        run()
        times.append(time.perf_counter() - started_s)
    return min(times)


def mean_of_totals(sums: np.ndarray, cases: np.ndarray, axis: int = -1) -> np.ndarray:
    """Mean over cases of drawn groups."""
    return sums.sum(axis=axis) / cases.sum(axis=axis)


def measure(cases: int, groups: int, draws: int, turns: int) -> None:
    """Compare ours with both ways to ask SciPy."""
    rng = np.random.default_rng(0)
    numbers = np.concatenate([np.arange(groups), rng.integers(groups, size=cases - groups)])
    values = rng.normal(size=groups)[numbers] + rng.gamma(1.0, size=cases)
    totals = group_totals(values, numbers)
    sums, counts = totals.sums, totals.cases.astype(float)

    def ours() -> object:
        return bootstrap_mean(values, numbers, rng=np.random.default_rng(1), draws=draws)

    def mean_of_numbers(chosen: np.ndarray, axis: int = -1) -> np.ndarray:
        return sums[chosen].sum(axis=axis) / counts[chosen].sum(axis=axis)

    scipys = partial(
        stats.bootstrap, vectorized=True, n_resamples=draws, method="BCa", rng=0, paired=True
    )
    rivals = {
        "totals": partial(scipys, (sums, counts), mean_of_totals),
        "index": partial(scipys, (np.arange(groups),), mean_of_numbers),
    }
    found = bootstrap_mean(values, numbers, rng=np.random.default_rng(2), draws=20 * draws).bca
    for name, rival in rivals.items():
        theirs = rival().confidence_interval
        apart = max(abs(found.low - theirs.low), abs(found.high - theirs.high))
        if apart > 0.05 * (found.high - found.low):
            raise SystemExit(f"not the same interval: {found} and {theirs}")
        ours_s, rival_s = fastest_s(ours, turns), fastest_s(rival, turns)
        about = f"bca_s_{cases}_cases_{groups}_groups_scipy_{name}"
        print(f"{about} {ours_s:.4f} {rival_s:.4f} {rival_s / ours_s:.1f}")


def main() -> None:
    """Print one line per number of groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--groups", type=int, nargs="+", default=[50, 200, 1000])
    asked = parser.parse_args()
    for groups in asked.groups:
        measure(asked.cases, groups, asked.draws, asked.turns)


if __name__ == "__main__":
    main()
