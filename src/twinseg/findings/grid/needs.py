"""What more would bring: more training cases, more seeds and test cases."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from twinseg.comparison import (
    CasesNeeded,
    LearningCurve,
    cases_needed,
    fit_learning_curve,
    group_totals,
    needed,
    with_more_data,
)
from twinseg.comparison.bca import unknown
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.comparison.learning_curve import FEWEST_SIZES
from twinseg.comparison.number_text import number, percent
from twinseg.comparison.power import Needed
from twinseg.core.seeds import stream
from twinseg.core.words import amount
from twinseg.findings.grid.rows import (
    POINT,
    by_case,
    paired,
    pairs_of,
    points,
    run_rows,
    whole_seeds,
)
from twinseg.findings.grid.words import LEVEL, as_declared, between, span, where

DIFFERENCES = (0.01, 0.02)  # of Dice that somebody would want to see
MORE = 0.01  # Dice above the best measured mean: what is wished for
_TIMES = 2.0


def learning_laws(scores: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the law of Dice over training cases of each init and design with three amounts.

    Only seeds that have runs with every amount are taken. The wished Dice is the same for all:
    the best measured mean of any init, design and amount, and 0.01 more.
    """
    seed, runs = int(rng.integers(2**63)), run_rows(scores)
    means = [by_case(cases, "dice").values.mean() for _, cases in points(runs, ["init", *POINT])]
    rows = []
    for (init, design), all_cases in runs.groupby(["init", "design"], sort=False):
        cases = _for_law(all_cases)
        if cases.empty:
            continue
        one_rng = stream(seed, str(init), str(design))
        law = fit_learning_curve(cases, rng=one_rng, level=LEVEL)
        row = {"init": init, "design": design} | _of_law(law, np.nanmax(means) + MORE)
        rows.append(row | {"sentence": _law_words(row, law)})
    return as_declared("learning_laws", rows)


def seeds_and_cases(scores: pd.DataFrame) -> pd.DataFrame:
    """Return how many seeds and groups would show a difference of Dice of 0.01, and of 0.02."""
    runs = run_rows(scores)
    rows = []
    for first, second in pairs_of(runs):
        of_first, of_second = (runs[runs["init"] == init] for init in (first, second))
        both = paired(of_first, of_second, on=[*POINT, "seed", "case"])
        for at, cases in points(both, POINT):
            about = {"first": first, "second": second, **at}
            rows += [about | row for row in _needed(about, _of_groups(cases))]
    return as_declared("seeds_and_cases", rows)


def _for_law(cases: pd.DataFrame) -> pd.DataFrame:
    """Return what a law can be fitted to; nothing if it cannot."""
    amounts = cases.drop_duplicates("train_cases")["fraction"]  # the larger of equal numbers
    cases = whole_seeds(cases[cases["fraction"].isin(amounts)], ["fraction"])
    table = cases.pivot(index="case", columns=["train_cases", "seed"], values="dice")
    has_cases = np.isfinite(table.to_numpy(dtype=float)).all(axis=1).any()
    return cases if has_cases and len(amounts) >= FEWEST_SIZES else cases[:0]


def _of_law(law: LearningCurve, wished: float) -> dict[str, Any]:
    more, wish = with_more_data(law, times=_TIMES), _wish(law, wished)
    a, b, c = law.law
    return {
        "train_cases": int(law.sizes[-1]),
        **{"law_a": a, "law_b": b, "law_c": c, "expected": more.expected},
        **span(more.interval if law.groups >= FEWEST_GROUPS else unknown(LEVEL)),
        **{"wished": wished, "train_cases_needed": wish.train_cases},
        **{"needed_low": wish.low, "needed_high": wish.high, "unreachable": wish.unreachable},
        **{"seeds": law.seeds, "groups": law.groups, "undefined": law.undefined},
    }


def _wish(law: LearningCurve, wished: float) -> CasesNeeded:
    found = replace(cases_needed(law, wished=wished), metric="Dice")
    return found if law.groups >= FEWEST_GROUPS else replace(found, low=None, high=None)


def _law_words(row: dict[str, Any], law: LearningCurve) -> str:
    drawn = "" if row["design"] == "random" else f" by design {row['design']}"
    twice = amount(round(_TIMES * row["train_cases"]), "training case")
    expected = f"`{row['init']}` with {twice}{drawn}, twice as many: a mean Dice of "
    expected += f"{number(row['expected'])} is expected ({between(row)})."
    return " ".join((expected, _wish(law, row["wished"]).sentence))


def _of_groups(cases: pd.DataFrame) -> np.ndarray:
    """Return mean differences of groups, (group, seed), of the cases that every seed has."""
    table = cases.pivot(index="case", columns="seed", values="difference").astype(float)
    table = table.loc[np.isfinite(table.to_numpy()).all(axis=1)]
    groups = by_case(cases, "difference").groups.loc[table.index].to_numpy(dtype=object)
    means = [group_totals(table[seed].to_numpy(), groups).means for seed in table.columns]
    return np.stack(means, axis=1)


def _needed(about: dict[str, Any], differences: np.ndarray) -> Iterator[dict[str, Any]]:
    if len(differences) < 2:
        return
    for difference in DIFFERENCES:
        found = needed(differences, difference=difference)
        for seeds, groups in found.cases_of_seeds:
            row = {"difference": difference, "power": found.power, "seeds": seeds}
            words = _needed_words(about, found, seeds, groups)
            yield row | {"groups_needed": groups, "sentence": words}


def _needed_words(about: dict[str, Any], found: Needed, seeds: int, groups: int | None) -> str:
    inits = f"`{about['first']}` and `{about['second']}`"
    takes = "no number of test groups suffices"
    if groups is not None:
        takes = f"it takes {amount(groups, 'test group')}"
    alone = "" if found.seeds_known else " (the luck of one seed is left out: it is not known)"
    return (
        f"To show a difference of {number(found.difference)} in Dice between {inits} "
        f"{where(about)} with power {percent(found.power)} and {amount(seeds, 'seed')} of each, "
        f"{takes}{alone}."
    )
