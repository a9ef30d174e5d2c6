"""What chosen cases share: planted facts come first, chance seldom alarms, groups count once."""

import numpy as np
import pandas as pd
import pytest

from tests.test_subgroups import random_facts
from twinseg.core.errors import ConfigError, DataError
from twinseg.findings.shared_traits import SharedTraits, shared_traits


def found(
    facts: pd.DataFrame, chosen: np.ndarray, groups: np.ndarray | None = None, seed: int = 0
) -> SharedTraits:
    own = np.arange(len(facts)) if groups is None else groups
    return shared_traits(facts, chosen, own, rng=np.random.default_rng(seed), draws=199)


def test_counts_on_paper() -> None:
    facts = pd.DataFrame({"site": ["north"] * 8 + ["south"] * 12})
    chosen = np.array([True] * 7 + [False] * 12 + [True])
    answer = found(facts, chosen)
    assert (answer.chosen, answer.rest, answer.searched) == (8, 12, 2)
    (row,) = answer.rows  # the south holds of one of eight, and is no trait of the chosen
    assert (row.label, row.where) == ("site is north", 'site == "north"')
    assert (row.chosen, row.rest) == (7, 1)
    assert row.p_adjusted <= 0.015  # 97 + 0.5 ways of 8 of 20 are as uneven: 97 / 125,970


def test_a_planted_fact_stands_first_and_its_twin_is_left_out() -> None:
    rng = np.random.default_rng(1)
    facts = random_facts(rng, 400).assign(area=lambda table: table["size"] * 3 + 1)
    small = np.flatnonzero(facts["size"] < facts["size"].quantile(0.1))
    chosen = np.zeros(400, bool)
    chosen[rng.choice(small, 12, replace=False)] = True
    first, *others = found(facts, chosen).rows
    assert first.label.startswith("size below ")
    assert (first.chosen, first.rest) == (12, 28)
    assert first.p_adjusted == pytest.approx(1 / 200)
    labels = [row.label.split()[0] for row in others]
    assert "size" not in labels  # another cut of the same numbers
    assert not any(row.label.startswith("area below") and row.rest == 28 for row in others)


def test_cases_chosen_by_lot_seldom_alarm() -> None:
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(20), rng.geometric(0.3, 20) + 1)
        facts = random_facts(rng, 20).iloc[groups].reset_index(drop=True)
        chosen = rng.random(20)[groups] < 0.3  # whole groups, as neighbours fail together
        if 2 <= chosen.sum() <= len(chosen) - 2:
            rows = found(facts, chosen, groups, seed).rows
            alarms += any(row.p_adjusted < 0.05 for row in rows)
    assert alarms <= 10  # of 5 expected


def test_facts_that_tell_nothing_give_no_rows() -> None:
    same = pd.DataFrame({"site": ["north"] * 30})
    chosen = np.arange(30) < 10
    assert found(same, chosen).rows == ()
    assert found(same, chosen).searched == 0


def test_too_few_are_refused() -> None:
    facts = pd.DataFrame({"size": np.arange(30.0)})
    for chosen in (np.arange(30) < 1, np.arange(30) < 29):
        with pytest.raises(ConfigError, match="choose at least 2 and leave as many"):
            found(facts, chosen)
    with pytest.raises(DataError, match="30 rows of facts need as many choices"):
        found(facts, np.ones(20, bool))
