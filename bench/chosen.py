"""Is choosing per image worth it? New validation groups drawn from all unseen groups of a study.

    python bench/chosen.py STUDY... [--draws 40]

Each draw takes as many groups as the study has for validation from those of validation and test,
learns to choose on them, and compares the choice with the best fixed candidate on the others.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from twinseg import Study
from twinseg.ensemble.choice import fit_chooser
from twinseg.ensemble.rules_file import read_learnt
from twinseg.study.open_study import OpenStudy
from twinseg.study.rule_stages import features_of


def cases_of(study: Study, split: str, candidates: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features, and Dice of the candidates with the group of each case."""
    at_work = OpenStudy(study.files, study.settings, study.files.dataset)
    cases = at_work.twin_cases(study.settings.contrast, split)
    scores = at_work.table("validation_scores" if split == "validation" else "scores")
    dice = scores.pivot(index=["case", "group"], columns="model", values="dice")[candidates]
    dice = dice.reset_index("group").loc[cases.case_ids]
    return features_of(at_work, cases), dice


def main() -> None:
    """Print how often it falls back, what is gained, and what could be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("studies", type=Path, nargs="+")
    parser.add_argument("--draws", type=int, default=40)
    arguments = parser.parse_args()
    print("study      draws  falls back     gain    worst  possible")
    for folder in arguments.studies:
        study, rng = Study(folder), np.random.default_rng(0)
        candidates = list(read_learnt(study.files.rules)["chosen"]["candidates"])
        parts = [cases_of(study, part, candidates) for part in ("validation", "test")]
        features, dice = (pd.concat(both, ignore_index=True) for both in zip(*parts, strict=True))
        groups, worth = dice["group"].to_numpy(), dice[candidates].fillna(1.0).to_numpy()
        validated, names = parts[0][1]["group"].nunique(), np.unique(groups)
        backs, gains, possible = 0, [], []
        for _ in range(arguments.draws):
            seen = np.isin(groups, rng.permutation(names)[:validated])
            chooser = fit_chooser(features[seen], worth[seen], candidates, groups[seen], rng)
            places = [candidates.index(choice) for choice in chooser.choose(features[~seen])]
            fixed = worth[~seen, candidates.index(chooser.best_fixed)].mean()
            backs += chooser.falls_back
            gains.append(worth[~seen][range(len(places)), places].mean() - fixed)
            possible.append(worth[~seen].max(axis=1).mean() - fixed)
        print(
            f"{folder.name:<10}{arguments.draws:>6}{backs:>12}{np.mean(gains):>+9.4f}"
            f"{min(gains):>+9.4f}{np.mean(possible):>+10.4f}"
        )


if __name__ == "__main__":
    main()
