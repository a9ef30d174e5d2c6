"""One mixed model of all runs of a grid."""

import numpy as np
import pandas as pd

from twinseg.comparison.mixed_model import MixedModel, Term, fit_mixed_model
from twinseg.comparison.number_text import number, probability
from twinseg.core.words import amount
from twinseg.findings.grid.rows import run_rows
from twinseg.findings.grid.words import LEVEL, as_declared, span


def grid_model(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the terms of logit(Dice) ~ init * log2(train_cases) * design.

    Random are case, group, seed and run, see `fit_mixed_model`.
    """
    runs = run_rows(scores)
    factors = ["init", "train_cases", "design"]
    if not (runs[factors].nunique() > 1).any() or np.isfinite(runs["dice"]).sum() < 2:
        return as_declared("grid_model", [])
    fitted = fit_mixed_model(runs, level=LEVEL)
    about = {"rows": fitted.rows, "groups": runs["group"].nunique(), "formula": fitted.formula}
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


def _words(term: Term, fitted: MixedModel) -> str:
    return (
        f"`{term.name}` on the logit of Dice: {number(term.estimate, signed=True)} "
        f"({term.interval.text(signed=True)}; "
        f"p {probability(term.p_value)}; {amount(fitted.rows, 'score')})."
    )
