"""May the heat maps of a study be believed? Fixed criteria, printed with their answers."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd

from twinseg.comparison import Interval, estimate_mean
from twinseg.comparison.estimate import FEWEST_GROUPS
from twinseg.core.seeds import stream


class Judgement(Enum):
    """What a criterion says of one kind of map."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True)
class Criterion:
    """A number that must lie on one side of a threshold, with its interval over groups.

    Attributes:
        name: Short.
        number: What is averaged over cases, in words.
        of: The number of each case, from the columns of `explanations.parquet`.
        below: Whether it must lie below the threshold; else above.
        threshold: Fixed before any study was looked at.
        reason: Why this threshold.
    """

    name: str
    number: str
    of: Callable[[pd.DataFrame], pd.Series]
    below: bool
    threshold: float
    reason: str

    @property
    def demand(self) -> str:
        """The side and the threshold in words."""
        return f"{'below' if self.below else 'above'} {self.threshold:g}"


CRITERIA = (
    Criterion(
        "deletion",
        "deletion area of the map less that of random order",
        lambda table: table["deletion"] - table["deletion_random"],
        True,
        0.0,
        "Without the pixels that the map calls important the model must lose its answer sooner "
        "than without any pixels.",
    ),
    Criterion(
        "insertion",
        "insertion area of the map less that of random order",
        lambda table: table["insertion"] - table["insertion_random"],
        False,
        0.0,
        "With these pixels alone it must find its answer sooner than with any pixels.",
    ),
    Criterion(
        "edges",
        "deletion area of the map less that of an edge detector",
        lambda table: table["deletion"] - table["deletion_edges"],
        True,
        0.0,
        "A map that does no better than the edges of the picture says nothing of the model.",
    ),
    Criterion(
        "learnt",
        "rank correlation with the map of the same network without learnt weights, its size",
        lambda table: table["randomised"].abs(),
        True,
        0.5,
        "A map that stays when everything learnt is gone is drawn by the picture. One half leaves "
        "a quarter of the ranks' variance to it.",
    ),
    Criterion(
        "stable",
        "largest change of the map under noise, in its own size",
        lambda table: table["max_sensitivity"],
        True,
        1.0,
        "Noise that nobody sees must not change a map by as much as the map itself.",
    ),
)


@dataclass(frozen=True)
class Judged:
    """One criterion applied to one kind of map: the mean, its interval over groups, the answer."""

    criterion: Criterion
    value: float
    interval: Interval
    groups: int
    answer: Judgement


@dataclass(frozen=True)
class Verdict:
    """All criteria applied to one kind of map of one twin."""

    map: str
    judged: tuple[Judged, ...]

    @property
    def believed(self) -> Judgement:
        """Holds if every criterion does, fails if any does, open otherwise."""
        answers = [one.answer for one in self.judged]
        if Judgement.FAILS in answers:
            return Judgement.FAILS
        return Judgement.HOLDS if set(answers) == {Judgement.HOLDS} else Judgement.OPEN

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        broken = [one.criterion.name for one in self.judged if one.answer is not Judgement.HOLDS]
        if self.believed is Judgement.HOLDS:
            return "may be believed: every criterion holds"
        if self.believed is Judgement.FAILS:
            failed = [one.criterion.name for one in self.judged if one.answer is Judgement.FAILS]
            return f"should not be believed: {', '.join(failed)} failed"
        return f"cannot be said at this number of groups: {', '.join(broken)} open"


def judge(table: pd.DataFrame, map_name: str, rng: np.random.Generator) -> Verdict:
    """Apply every criterion to one kind of map of one twin.

    Args:
        table: Its rows of ``explanations``; cases without costly numbers are left out.
        map_name: Of the kind.
        rng: Of the intervals.
    """
    return Verdict(map_name, tuple(_judge(criterion, table, rng) for criterion in CRITERIA))


def _judge(criterion: Criterion, table: pd.DataFrame, rng: np.random.Generator) -> Judged:
    values = criterion.of(table).to_numpy(float)
    estimate = estimate_mean(values, table["group"].to_numpy(), rng=rng, draws=1999)
    low, high = (
        side - criterion.threshold for side in (estimate.interval.low, estimate.interval.high)
    )
    if criterion.below:
        low, high = -high, -low
    answer = Judgement.HOLDS if low > 0 else Judgement.FAILS if high < 0 else Judgement.OPEN
    if estimate.groups < FEWEST_GROUPS:
        answer = Judgement.OPEN
    return Judged(criterion, estimate.value, estimate.trusted, estimate.groups, answer)


def belief_table(explanations: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Judge every kind of map of every run: one row for each criterion."""
    rows = []
    for (model, name), own in explanations.groupby(["model", "map"], sort=False):
        rng = stream(seed, "belief", str(model), str(name))
        about = {"model": model, "map": name, **own[["layer", "region"]].iloc[0]}
        for one in judge(own, str(name), rng).judged:
            spread = {"low": one.interval.low, "high": one.interval.high}
            spread |= {"level": one.interval.level, "groups": one.groups}
            found = {"criterion": one.criterion.name, "value": one.value, **spread}
            rows.append(about | found | {"answer": one.answer.value})
    return pd.DataFrame(rows)


def verdict_of(table: pd.DataFrame, model: str, name: str) -> Verdict:
    """Read the verdict on one kind of map of one run back from `belief_table`."""
    own = table[(table["model"] == model) & (table["map"] == name)]
    criteria = {criterion.name: criterion for criterion in CRITERIA}
    judged = [
        Judged(
            criteria[row["criterion"]],
            row["value"],
            Interval(row["low"], row["high"], row["level"]),
            int(row["groups"]),
            Judgement(row["answer"]),
        )
        for row in own.to_dict("records")
    ]
    return Verdict(name, tuple(judged))
