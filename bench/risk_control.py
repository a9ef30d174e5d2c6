"""Does risk control keep its promise on real predictions? 200 splits of a finished study.

    python bench/risk_control.py STUDY [--splits 200]

Three ways to split the groups of validation and test cases:

- pooled: both together, at random; groups are exchangeable by construction.
- test only: one half of the test groups sets the threshold, the other half checks it; no model has
  seen any of them in any way.
- as in a study: a random half of the validation groups sets it, a random half of the test groups
  checks it. The epoch of each model was picked on validation, so these groups may look too good.
"""

import argparse
from pathlib import Path

import numpy as np

from twinseg import Study
from twinseg.data.prepared import open_prepared
from twinseg.ensemble.risk_control import control, error_rates, group_losses

ALPHAS = (0.05, 0.1, 0.2)


def losses_of(study: Study, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Type II and type I rates by group and threshold, of the mean of the twins."""
    data = open_prepared(study.files.dataset)
    mean = study.predictions("mean", part)
    inside = {path.stem for path in study.files.masks(part, "mean").glob("*.png")}
    rates, groups = [], []
    for position, case in enumerate(data.dataset.cases):
        if case.id in inside and case.foreground_px:
            rates.append(error_rates(mean.probability(case.id), data.reference(position)))
            groups.append(case.group)
    type1, type2 = (np.stack(each) for each in zip(*rates, strict=True))
    return group_losses(type2, np.array(groups)), group_losses(type1, np.array(groups))


def split(
    name: str, validation: np.ndarray, test: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the groups that set the threshold and those that check it: rows, test ones last."""
    before, after = len(validation), len(test)
    if name == "pooled":
        order = rng.permutation(before + after)
        return order[:before], order[before:]
    seen, new = rng.permutation(before), before + rng.permutation(after)
    if name == "test only":
        return new[: after // 2], new[after // 2 :]
    return seen[: before // 2], new[after // 2 :]


def main() -> None:
    """Print the mean type II rate on the part that checks, and its price."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("--splits", type=int, default=200)
    arguments = parser.parse_args()
    study = Study(arguments.study)
    validation, test = (losses_of(study, part) for part in ("validation", "test"))
    type2, type1 = (np.concatenate(pair) for pair in zip(validation, test, strict=True))
    print(f"{len(validation[0])} validation groups, {len(test[0])} test groups with a target")
    print("split          groups  alpha  type II   error   type I  at most alpha")
    for name in ("pooled", "test only", "as in a study"):
        for alpha in ALPHAS:
            rng = np.random.default_rng(0)
            achieved, paid = [], []
            for _ in range(arguments.splits):
                here, there = split(name, validation[0], test[0], rng)
                found = control(type2[here], alpha)
                if found.rung is not None:
                    achieved.append(type2[there, found.rung].mean())
                    paid.append(type1[there, found.rung].mean())
            line = f"{name:<14}{len(here):>7}{alpha:>7}"
            if not achieved:
                print(f"{line}  impossible: alpha must be at least {found.smallest_alpha:.3f}")
                continue
            mean, error = np.mean(achieved), np.std(achieved) / np.sqrt(len(achieved))
            verdict = "yes" if mean <= alpha else "NO"
            print(f"{line}{mean:>9.4f}{error:>8.4f}{np.mean(paid):>9.4f}  {verdict}")


if __name__ == "__main__":
    main()
