"""How often intervals hold the truth and tests raise a false alarm, on clustered Dice.

Two models on the same patients: the mean Dice of a patient is beta distributed for each model and
correlated between them, the Dice of a patient's images is beta distributed about that mean. The
true difference is known by formula. Prints the tables of docs/statistics.md, and draws the first.

    nice python bench/coverage.py --trials 2000 --figure docs/pictures/coverage.png
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from twinseg.comparison import (
    bayesian_signed_rank,
    bootstrap_mean,
    bootstrap_median,
    equivalence_test,
    group_totals,
    interaction_test,
    sign_flip_test,
    signed_rank_test,
)
from twinseg.comparison.estimate import GROUPS_FOR_BCA
from twinseg.comparison.student import mean_and_error

CONCENTRATION = 20.0  # of images about their patient's mean: standard deviation 0.09 at Dice 0.8


@dataclass(frozen=True)
class Setting:
    """What the two models are like.

    Attributes:
        name: As printed.
        better: Added to the second model's share of good, in units of the beta distribution.
        missed: Chance that the first model misses a whole patient (Dice 0).
    """

    name: str
    better: float
    missed: float

    @property
    def truth(self) -> float:
        """True mean difference."""
        return (7 + self.better) / (9 + self.better) - 7 / 9 * (1 - self.missed)


SETTINGS = (Setting("second better", 1.0, 0.0), Setting("and 5 % missed", 1.0, 0.05))
ALIKE = Setting("alike", 0.0, 0.0)


def draw(
    setting: Setting, groups: int, rng: np.random.Generator, images: float = 4.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw differences of Dice, (case,), and the patient of each."""
    shared, bad = rng.gamma(5.0, size=groups), rng.gamma(2.0, size=(2, groups))
    good = shared + rng.gamma([[2.0], [2.0 + setting.better]], size=(2, groups))
    means = good / (good + bad)
    patients = np.repeat(np.arange(groups), 1 + rng.poisson(images - 1, size=groups))
    of_images = means[:, patients]
    dice = rng.beta(CONCENTRATION * of_images, CONCENTRATION * (1 - of_images))
    dice[0, (rng.random(groups) < setting.missed)[patients]] = 0.0
    return dice[1] - dice[0], patients


def median_truth(setting: Setting) -> float:
    """Median of very many differences."""
    return float(np.median(draw(setting, 400_000, np.random.default_rng(0))[0]))


def coverage(setting: Setting, groups: int, trials: int, draws: int, seed: int) -> dict[str, float]:
    """Share of 95 % intervals that hold the truth."""
    rng, held = (
        np.random.default_rng(seed),
        dict.fromkeys(("believed", "Student", "percentile", "BCa", "naive", "median"), 0),
    )
    middle = median_truth(setting)
    for _ in range(trials):
        values, patients = draw(setting, groups, rng)
        resampled = bootstrap_mean(values, patients, rng=rng, draws=draws)
        student = mean_and_error(group_totals(values, patients)).interval(0.95)
        naive = bootstrap_mean(values, range(len(values)), rng=rng, draws=200).percentile
        median = bootstrap_median(values, patients, rng=rng, draws=200).percentile
        held["believed"] += (resampled.bca if groups >= GROUPS_FOR_BCA else student).holds(
            setting.truth
        )
        held["Student"] += student.holds(setting.truth)
        held["percentile"] += resampled.percentile.holds(setting.truth)
        held["BCa"] += resampled.bca.holds(setting.truth)
        held["naive"] += naive.holds(setting.truth)
        held["median"] += median.holds(middle)
    return {name: count / trials for name, count in held.items()}


def false_alarms(groups: int, trials: int, seed: int) -> dict[str, float]:
    """Share of p values below 0.05 where nothing is there to be found.

    The margin of the equivalence test is the true difference, where its claim is just wrong.
    """
    rng, alarms = np.random.default_rng(seed), {}
    for _ in range(trials):
        for name, p_value in _p_values(groups, rng):
            alarms[name] = alarms.get(name, 0) + (p_value < 0.05)
    return {name: count / trials for name, count in alarms.items()}


def _p_values(groups: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    values, patients = draw(ALIKE, groups, rng)
    totals = group_totals(values, patients)
    yield "Wilcoxon on groups", signed_rank_test(totals.means.round(12))[0]
    yield "paired t", mean_and_error(totals).p_value()
    yield "sign-flip by group", sign_flip_test(totals, rng=rng, draws=499).p_value
    yield "Wilcoxon on images (naive)", signed_rank_test(values)[0]
    strata = np.where(np.arange(groups) % 3 == 0, "a", "b")
    by_patient = interaction_test(values, patients, strata[patients], rng=rng, draws=199)
    yield "interaction, strata of patients", by_patient.p_value
    of_images = np.where(rng.random(len(values)) < 0.3, "a", "b")
    yield (
        "interaction, strata of images",
        interaction_test(values, patients, of_images, rng=rng).p_value,
    )
    posterior = bayesian_signed_rank(totals.means, rope=0.0, rng=rng, draws=400)
    yield "Bayes, 97.5 % on one side", min(posterior.first_higher, posterior.second_higher) * 2
    shifted = group_totals(values + 0.1, patients)
    yield "equivalence at its margin", equivalence_test(shifted, margin=0.1).p_value


def main() -> None:
    """Print both tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--groups", type=int, nargs="+", default=[6, 10, 20, 50, 100, 200])
    parser.add_argument("--figure", type=Path)
    asked = parser.parse_args()
    for number, setting in enumerate(SETTINGS):
        rows = {
            groups: coverage(setting, groups, asked.trials, asked.draws, 100 * number + groups)
            for groups in asked.groups
        }
        _print(f"{setting.name}, groups", rows)
        if asked.figure and setting is SETTINGS[0]:
            draw_coverage(rows, asked.figure)
    _print("groups", {groups: false_alarms(groups, asked.trials, groups) for groups in (20, 50)})


def draw_coverage(rows: dict[int, dict[str, float]], path: Path) -> None:
    """Draw coverage over the number of groups; the band is what 95 % intervals should keep."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.axhspan(93, 97, color="#dfe4ea")
    for name, style in (
        ("believed", "o-"), ("Student", ":"), ("percentile", "s--"), ("BCa", "^--"), ("naive", "x-")
    ):  # fmt: skip
        held = [100 * row[name] for row in rows.values()]
        axes.plot(list(rows), held, style, label={"naive": "naive, by image"}.get(name, name))
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(list(rows), [str(groups) for groups in rows])
    axes.set_xlabel("groups (patients)")
    axes.set_ylabel("95 % intervals that hold the truth, %")
    axes.legend()
    figure.savefig(path, dpi=110)


def _print(corner: str, rows: dict[int, dict[str, float]]) -> None:
    names = list(next(iter(rows.values())))
    print(f"| {corner} | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for groups, row in rows.items():
        print(f"| {groups} | {' | '.join(f'{100 * row[name]:.1f}' for name in names)} |")
    print()


if __name__ == "__main__":
    main()
