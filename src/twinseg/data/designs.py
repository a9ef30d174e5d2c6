"""Designs: which training groups a fraction takes, nested in the fraction and drawn from a seed.

Every design puts the training groups into one order for a seed; a fraction takes them from the
front, so that a smaller fraction is held by a larger one. No design can touch other positions
than those it is given: what is tested on stays out of reach.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from twinseg.core.arrays import Indices, Values
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.registry import choose
from twinseg.data.case import Case
from twinseg.data.labels.distribution import Moments, NormalityTest, moments, normality_test
from twinseg.data.labels.rarity import log_odds, rarity

RARE_SHARE = 0.1  # of the cases, that `no-rare` leaves out
HEAVY_TAILS_DF = 2  # Student's t: its tails hold far more than a normal distribution's
NARROW_CORE = 0.35  # width of the common cases that `sparse` keeps, in robust SDs
_GOLDEN = (math.sqrt(5) - 1) / 2
_NORMAL_IQR = 1.349


@dataclass(frozen=True)
class Pool:
    """The training cases, group by group in a random order."""

    groups: tuple[Indices, ...]  # positions of the cases of each group
    sizes: Values  # mean label size of each group: log odds of the foreground share; NaN if none
    features: pd.DataFrame  # one row per case of the dataset
    rng: np.random.Generator


@dataclass(frozen=True)
class Design:
    """How a subset is drawn."""

    aim: str  # in words, after "to"
    arrange: Callable[[Pool], list[Indices]]  # groups, or what is left of them, in order
    counts_cases: bool = False  # a fraction takes as many cases as `random` would, not groups
    # Whether the first is nearer to the aim than the second, which is `random`.
    better: Callable[["LabelSizes", "LabelSizes"], bool] | None = None


@dataclass(frozen=True)
class LabelSizes:
    """Label sizes (log odds of the foreground share, of cases that have one) of some cases."""

    cases: int
    groups: int
    moments: Moments
    test: NormalityTest  # Anderson-Darling; its statistic grows with the number of cases


@dataclass(frozen=True, kw_only=True)
class Subset:
    """The training cases of one design at one fraction, and what that did to them."""

    design: str
    fraction: float
    positions: Indices  # sorted
    before: LabelSizes  # all training cases
    random: LabelSizes  # what `random` takes at this fraction for this seed
    after: LabelSizes

    @property
    def sentence(self) -> str:
        """Say what the design did, against all cases and against a random subset."""
        return (
            f"{self.design} at fraction {self.fraction:g} keeps {_counts(self.after)} of "
            f"{_counts(self.before)} to {DESIGNS[self.design].aim}: label sizes have "
            f"{_numbers(self.after)}; all training cases {_numbers(self.before)}; a random subset "
            f"({_counts(self.random)}) {_numbers(self.random)}.{self._verdict}"
        )

    @property
    def _verdict(self) -> str:
        better = DESIGNS[self.design].better
        if better is None or np.isnan([_measured(self.after), _measured(self.random)]).any():
            return ""
        if better(self.after, self.random):
            return " This comes nearer to the aim than random."
        return " This comes no nearer to the aim than random: these groups do not allow it."


def draw_subset(
    design: str,
    cases: tuple[Case, ...],
    features: pd.DataFrame,
    positions: Indices,
    *,
    fraction: float,
    rng: np.random.Generator,
) -> Subset:
    """Draw training cases from ``positions``, nested in ``fraction`` for one ``rng`` seed.

    Args:
        design: A name in `DESIGNS`.
        cases: Of the whole dataset.
        features: Table of `label_table`, one row per case; ``no-rare`` reads it.
        positions: Of the training cases.
        fraction: Share of the training groups to take, in (0, 1].
        rng: Its first draw orders the groups: ``random`` takes the first ones of that order.

    Raises:
        ConfigError: If the design is unknown, the fraction is not in (0, 1], or fewer than two
            cases are left.
        DataError: If ``features`` is the table of another dataset.
    """
    chosen = choose(DESIGNS, design, "design")
    if not 0 < fraction <= 1:
        raise ConfigError(f"fraction is {fraction:g}, expected above 0 and at most 1")
    if features["case"].tolist() != [case.id for case in cases]:
        raise DataError(
            f"{len(features)} rows of label features do not belong to these {len(cases)} cases; "
            "measure the labels of this dataset"
        )
    pool = _pool(cases, features, positions, rng)
    take = max(1, math.ceil(fraction * len(pool.groups) - 1e-9))
    at_random = np.concatenate(pool.groups[:take])
    queue = chosen.arrange(pool)
    if chosen.counts_cases:
        drawn = np.concatenate(queue)[: len(at_random)]
    else:
        drawn = np.concatenate(queue[:take])
    if len(drawn) < 2:
        raise ConfigError(
            f"fraction {fraction:g} leaves {len(drawn)} training case; take a larger one"
        )
    return Subset(
        design=design,
        fraction=fraction,
        positions=np.sort(drawn),
        before=_effect(cases, positions),
        random=_effect(cases, at_random),
        after=_effect(cases, drawn),
    )


def _as_drawn(pool: Pool) -> list[Indices]:
    return list(pool.groups)


def _without_rare(pool: Pool) -> list[Indices]:
    """Leave out the rarest training cases; a group goes only if all of its cases do.

    Rarity is scored among the training cases alone, so that nothing of the test cases enters.
    """
    everything = np.sort(np.concatenate(pool.groups))
    score = rarity(pool.features.iloc[everything].reset_index(drop=True)).score
    if np.isnan(score).any():
        raise ConfigError("rarity takes cases of at least two groups; choose another design")
    common = everything[score <= 1 - RARE_SHARE]
    left = (group[np.isin(group, common)] for group in pool.groups)
    return [group for group in left if len(group)]


def _largest_first(pool: Pool) -> list[Indices]:
    """Order by number of cases; the order of equal ones, and within a group, stays random."""
    order = sorted(range(len(pool.groups)), key=lambda place: -len(pool.groups[place]))
    return [pool.rng.permutation(pool.groups[place]) for place in order]


def _normal_sizes(pool: Pool) -> list[Indices]:
    return _towards(pool, stats.norm.ppf)


def _heavy_tailed_sizes(pool: Pool) -> list[Indices]:
    return _towards(pool, lambda shares: NARROW_CORE * stats.t(HEAVY_TAILS_DF).ppf(shares))


def _towards(pool: Pool, quantiles: Callable[[Values], Values]) -> list[Indices]:
    """Order groups so that the label sizes of every prefix are near a target distribution.

    Shares that a golden-ratio sequence spreads evenly over (0, 1) from a random start are turned
    into sizes by the quantile function of the target, and each takes the unused group of the
    nearest size. The target has median and interquartile range of the training groups. Groups
    without a size keep their random places in the order. Where the target asks for more groups
    of a size than there are, neighbours in size step in; at fraction 1 nothing is left to choose.
    """
    known = np.flatnonzero(np.isfinite(pool.sizes))
    if not len(known):
        return list(pool.groups)
    sizes = pool.sizes[known]
    start = pool.rng.random()
    shares = (start + _GOLDEN * np.arange(len(known))) % 1
    shares = np.clip(shares, 1e-9, 1 - 1e-9)
    wanted = np.median(sizes) + stats.iqr(sizes) / _NORMAL_IQR * quantiles(shares)
    free = np.ones(len(known), dtype=bool)
    order = np.arange(len(pool.groups))
    for turn, size in zip(known, wanted, strict=True):
        nearest = int(np.where(free, np.abs(sizes - size), np.inf).argmin())
        free[nearest] = False
        order[turn] = known[nearest]
    return [pool.groups[place] for place in order]


def _nearer_to_normal(one: LabelSizes, other: LabelSizes) -> bool:
    return one.test.statistic < other.test.statistic


def _heavier_tails(one: LabelSizes, other: LabelSizes) -> bool:
    return one.moments.excess_kurtosis > other.moments.excess_kurtosis


def _fewer_groups(one: LabelSizes, other: LabelSizes) -> bool:
    return one.groups < other.groups


DESIGNS = {
    "random": Design("be like all of them", _as_drawn),
    "sparse": Design(
        "thin common sizes, so that sizes are heavy-tailed",
        _heavy_tailed_sizes,
        better=_heavier_tails,
    ),
    "gaussian": Design(
        "bring sizes near a normal distribution", _normal_sizes, better=_nearer_to_normal
    ),
    "no-rare": Design(f"do without the rarest {RARE_SHARE:.0%} of the cases", _without_rare),
    "few-groups": Design(
        "have as many cases as random from as few groups as possible",
        _largest_first,
        counts_cases=True,
        better=_fewer_groups,
    ),
}


def _pool(
    cases: tuple[Case, ...], features: pd.DataFrame, positions: Indices, rng: np.random.Generator
) -> Pool:
    names = sorted({cases[position].group for position in positions})
    members: dict[str, list[int]] = {name: [] for name in names}
    for position in positions:
        members[cases[position].group].append(int(position))
    groups = tuple(np.array(members[names[place]]) for place in rng.permutation(len(names)))
    sizes = [_label_sizes(cases, group) for group in groups]
    means = [float(np.mean(known)) if known.size else np.nan for known in sizes]
    return Pool(groups, np.array(means), features, rng)


def _label_sizes(cases: tuple[Case, ...], positions: Indices) -> Values:
    sizes = log_odds(np.array([cases[position].foreground_share for position in positions]))
    known: Values = sizes[np.isfinite(sizes)]
    return known


def _effect(cases: tuple[Case, ...], positions: Indices) -> LabelSizes:
    sizes = _label_sizes(cases, positions)
    return LabelSizes(
        cases=len(positions),
        groups=len({cases[position].group for position in positions}),
        moments=moments(sizes),
        test=normality_test("Anderson-Darling", "log odds of foreground share", sizes),
    )


def _counts(effect: LabelSizes) -> str:
    return f"{effect.cases} cases of {effect.groups} groups"


def _numbers(effect: LabelSizes) -> str:
    found = effect.moments
    if np.isnan(_measured(effect)):
        return f"too few values to say ({found.n})"
    return (
        f"skewness {found.skewness:+.2f}, excess kurtosis {found.excess_kurtosis:+.2f}, "
        f"Anderson-Darling {effect.test.statistic:.2f}"
    )


def _measured(effect: LabelSizes) -> float:
    """Return NaN if anything that the sentence says is undefined."""
    return effect.moments.excess_kurtosis + effect.test.statistic
