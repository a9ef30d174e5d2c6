"""One mixed model of all runs of a grid."""

import numpy as np
import pandas as pd

from twinseg.comparison.mixed_model import TRAIN_CASES, MixedModel, Term, fit_mixed_model
from twinseg.comparison.number_text import number, percent, probability
from twinseg.core.words import amount
from twinseg.findings.grid.rows import run_rows
from twinseg.findings.grid.words import LEVEL, as_declared, span

_MOST_SCORES = 4000  # a fit takes seconds then, and minutes with all scores of a large grid


def grid_model(scores: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the terms of logit(Dice) ~ init * log2(train_cases) * design, random case and seed.

    Of more than 4,000 scores, so many groups are drawn that no more are left.
    """
    runs = run_rows(scores)
    factors = ["init", "train_cases", "design"]
    if not (runs[factors].nunique() > 1).any() or np.isfinite(runs["dice"]).sum() < 2:
        return as_declared("grid_model", [])
    data = _some_groups(runs, rng)
    fitted = fit_mixed_model(data, data_amount=TRAIN_CASES, level=LEVEL)
    about = {"rows": fitted.rows, "groups": data["group"].nunique(), "formula": fitted.formula}
    about |= {"undefined": fitted.undefined, "problems": " ".join(fitted.problems)}
    if not fitted.converged:
        return as_declared("grid_model", [{"term": "", **about, "sentence": fitted.sentence}])
    rows = [
        {
            **about,
            **{name: vars(term)[name] for name in ("estimate", "standard_error", "p_value")},
            **span(term.interval),
            "term": term.name,
            "sentence": _words(term, fitted),
        }
        for term in fitted.terms
    ]
    return as_declared("grid_model", rows)


def _some_groups(runs: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    sizes = runs.groupby("group", sort=True).size()
    drawn = sizes.iloc[rng.permutation(len(sizes))]
    kept = drawn.index[: max(2, int((drawn.cumsum() <= _MOST_SCORES).sum()))]
    return runs[runs["group"].isin(kept)]


def _words(term: Term, fitted: MixedModel) -> str:
    low, high = (number(end, signed=True) for end in (term.interval.low, term.interval.high))
    return (
        f"`{term.name}` on the logit of Dice: {number(term.estimate, signed=True)} "
        f"({percent(term.interval.level)} interval {low} to {high}; "
        f"p {probability(term.p_value)}; {amount(fitted.rows, 'score')})."
    )
