"""Scores of runs drawn from known variances."""

import numpy as np
import pandas as pd


def runs(*, cases=30, seeds=3, inits=("random", "imagenet"), fractions=(1.0,)) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    of_case, of_seed = rng.normal(0, 1, cases), rng.normal(0, 0.4, seeds)
    of_run = rng.normal(0, 0.2, (seeds, len(inits), len(fractions)))
    rows = [
        {
            "case": f"c{case}",
            "seed": seed,
            "init": init,
            "train_cases": 100 * fraction,
            "design": "random",
            "logit": 1.2
            + of_case[case]
            + of_seed[seed]
            + of_run[seed, inits.index(init), fractions.index(fraction)]
            + 0.6 * (init == "imagenet")
            + 0.3 * np.log(fraction)
            + rng.normal(0, 0.3),
        }
        for case in range(cases)
        for seed in range(seeds)
        for init in inits
        for fraction in fractions
    ]
    table = pd.DataFrame(rows)
    return table.assign(dice=1 / (1 + np.exp(-table["logit"])))
