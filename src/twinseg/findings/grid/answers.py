"""All answers of a grid, and the few sentences that say most."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from twinseg.core.seeds import stream
from twinseg.findings.grid.amounts import (
    contrasts_by_amount,
    designs_against_random,
    learning_points,
)
from twinseg.findings.grid.mixed_model import grid_model
from twinseg.findings.grid.needs import learning_laws, seeds_and_cases
from twinseg.findings.grid.rules import rules_by_amount
from twinseg.findings.grid.spread import components_of_dice, replicates

Tables = Mapping[str, pd.DataFrame]
_MOST = 6


def answers(
    scores: pd.DataFrame, better_twins: Mapping[str, str], *, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return the tables of `GRID_TABLES`, by their names.

    What a grid does not hold (a second seed, three amounts, another design) leaves a table empty.

    Args:
        scores: Of all runs and rules of the grid on test cases: the columns of ``scores``, with
            ``fold`` and ``contrast``, the id of that on which a rule stands.
        better_twins: By the id of each contrast, that of the run that is better on validation.
        rng: Of all intervals; each answer has a stream of its own.
    """
    seed = int(rng.integers(2**63))

    def of(answer: Callable[..., pd.DataFrame]) -> pd.DataFrame:
        return answer(scores, rng=stream(seed, answer.__name__))

    return {
        "learning_points": of(learning_points),
        "learning_laws": of(learning_laws),
        "contrasts_by_amount": of(contrasts_by_amount),
        "variance_components": components_of_dice(scores),
        "replicates": of(replicates),
        "grid_model": grid_model(scores),
        "designs_against_random": of(designs_against_random),
        "rules_by_amount": rules_by_amount(scores, better_twins, rng=stream(seed, "rules")),
        "seeds_and_cases": seeds_and_cases(scores),
    }


def takeaways(tables: Tables) -> list[str]:
    """Return at most six sentences of `answers`, the most important first.

    The first two inits with all data and with least; what more data promise; the best rule and
    the worst design with most data; how well seeds agree there.
    """
    chosen = [
        *_first_pair(tables["contrasts_by_amount"]),
        *_sentence(tables["learning_laws"], by="expected"),
        *_sentence(_best_rules(tables["rules_by_amount"]), by="train_cases"),
        *_worst_design(tables["designs_against_random"]),
        *_sentence(tables["replicates"], by="train_cases"),
    ]
    return chosen[:_MOST]


def _first_pair(contrasts: pd.DataFrame) -> list[str]:
    """Say the first contrast with most training cases and with fewest."""
    if contrasts.empty:
        return []
    same = ["first", "second", "design"]
    own = contrasts[(contrasts[same] == contrasts[same].iloc[0]).all(axis=1)]
    ordered = own.sort_values("train_cases", ascending=False, kind="stable")["sentence"]
    return [*dict.fromkeys([ordered.iloc[0], ordered.iloc[-1]])]


def _best_rules(rules: pd.DataFrame) -> pd.DataFrame:
    return rules[rules["best"]]


def _worst_design(designs: pd.DataFrame) -> list[str]:
    of_dice = designs[designs["metric"] == "dice"]
    return _sentence(of_dice.assign(worse=-of_dice["mean_difference"]), by="worse")


def _sentence(table: pd.DataFrame, *, by: str) -> list[str]:
    """Return the sentence of the row with the highest value; none without one."""
    ordered = table.dropna(subset=[by]).sort_values(by, ascending=False, kind="stable")
    return [*ordered["sentence"][:1]]
