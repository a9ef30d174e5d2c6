"""Verdicts by fixed criteria; whether disagreement announces an error."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twinseg.comparison import associate
from twinseg.findings.belief import CRITERIA, Judgement, judge

GOOD = {
    "deletion": 0.4,
    "deletion_random": 0.6,
    "deletion_edges": 0.5,
    "insertion": 0.8,
    "insertion_random": 0.7,
    "randomised": -0.1,
    "max_sensitivity": 0.3,
}


def table(groups: int = 20, spread: float = 0.01, **changed: float) -> pd.DataFrame:
    """Cases that differ a little around the numbers of a good map."""
    rng = np.random.default_rng(0)
    columns = {
        name: value + rng.normal(0, spread, groups) for name, value in (GOOD | changed).items()
    }
    return pd.DataFrame({"group": [f"g{n}" for n in range(groups)], **columns})


def verdict(**options: float) -> tuple[Judgement, dict[str, Judgement]]:
    found = judge(table(**options), "kind", np.random.default_rng(1))
    return found.believed, {one.criterion.name: one.answer for one in found.judged}


def test_a_map_for_which_every_rule_holds_may_be_believed() -> None:
    assert verdict() == (Judgement.HOLDS, {one.name: Judgement.HOLDS for one in CRITERIA})


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"deletion": 0.65, "deletion_edges": 0.9}, "deletion"),
        ({"insertion": 0.6}, "insertion"),
        ({"deletion_edges": 0.35}, "edges"),
        ({"randomised": 0.9}, "learnt"),
        ({"randomised": -0.9}, "learnt"),  # upside down is as like as upright
        ({"max_sensitivity": 1.5}, "stable"),
    ],
)
def test_one_broken_rule_is_enough(changed: dict[str, float], rule: str) -> None:
    believed, answers = verdict(**changed)
    assert believed is Judgement.FAILS
    assert [name for name, answer in answers.items() if answer is Judgement.FAILS] == [rule]
    found = judge(table(**changed), "kind", np.random.default_rng(1))
    assert found.sentence == f"should not be believed: {rule} failed"


def test_an_interval_across_the_threshold_leaves_the_rule_open() -> None:
    believed, answers = verdict(insertion=0.7005)
    assert (believed, answers["insertion"]) == (Judgement.OPEN, Judgement.OPEN)
    found = judge(table(insertion=0.7005), "kind", np.random.default_rng(1))
    assert found.sentence == "cannot be said at this number of groups: insertion open"


def test_with_few_groups_or_without_numbers_nothing_is_said() -> None:
    assert verdict(groups=5)[0] is Judgement.OPEN
    assert verdict(deletion=float("nan"))[1]["deletion"] is Judgement.OPEN


def test_rank_correlation_is_scipys_and_its_interval_is_over_groups() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=60)
    second = first + rng.normal(size=60)
    groups = np.repeat(np.arange(20), 3)
    found = associate(first, second, groups, rng=np.random.default_rng(1))
    assert found.value == pytest.approx(stats.spearmanr(first, second).statistic)
    assert found.interval.low < found.value < found.interval.high
    assert (found.cases, found.groups) == (60, 20)
    again = associate(first, second, groups, rng=np.random.default_rng(1))
    assert again == found
    one = associate(first, second, np.zeros(60, int), rng=rng)
    assert np.isnan(one.interval.low)
    assert np.isnan(associate(first, np.ones(60), groups, rng=rng).value)
    second[:6] = np.nan
    assert associate(first, second, groups, rng=rng).cases == 54


def test_the_interval_of_a_rank_correlation_is_that_of_resamples_written_out() -> None:
    rng = np.random.default_rng(0)
    first, groups = rng.integers(0, 5, 40), rng.integers(0, 12, 40)  # many equal values
    second = first + rng.integers(0, 4, 40)
    numbers = np.unique(groups, return_inverse=True)[1]
    members = [np.flatnonzero(numbers == number) for number in range(numbers.max() + 1)]
    drawing, found = np.random.default_rng(1), []
    for _ in range(1000):
        chosen = drawing.integers(len(members), size=len(members))
        cases = np.concatenate([members[one] for one in chosen])
        found.append(stats.spearmanr(first[cases], second[cases]).statistic)
    interval = associate(
        first.astype(float), second.astype(float), groups, rng=np.random.default_rng(1)
    ).interval
    expected = np.quantile(found, [0.025, 0.975])
    np.testing.assert_allclose([interval.low, interval.high], expected, atol=1e-9)
