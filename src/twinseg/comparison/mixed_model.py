"""A linear mixed model of all runs at once."""

from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd
from scipy import stats

from twinseg.comparison.bca import Interval
from twinseg.comparison.number_text import number, percent, probability
from twinseg.comparison.reml import Fitted, fit_reml
from twinseg.core.errors import DataError

_COLUMNS = ("case", "seed", "init", "train_cases", "design")
_FEWEST_LEVELS = 5  # of a random effect, to know its variance at all
_MOST_CELLS = 20_000_000  # cases by groups, seeds and runs: 160 MB


@dataclass(frozen=True)
class Term:
    """A fixed effect on the logit scale; `exp(estimate)` multiplies the odds of Dice."""

    name: str
    estimate: float
    standard_error: float
    interval: Interval
    p_value: float


@dataclass(frozen=True, kw_only=True)
class MixedModel:
    """A fitted model and whether to believe it.

    Attributes:
        formula: What was fitted, random effects in brackets.
        metric: Whose logit it is.
        rows: Scores used.
        undefined: Scores left out because they have no value.
        clipped: Scores moved to the edge because the logit of 0 and 1 is infinite.
        terms: Fixed effects.
        variances: Of each random effect and of the rest, on the logit scale.
        converged: False: use none of the numbers.
        problems: What stands against the numbers, in words; empty if nothing was found.
    """

    formula: str
    metric: str
    rows: int
    undefined: int
    clipped: int
    terms: tuple[Term, ...]
    variances: tuple[tuple[str, float], ...]
    converged: bool
    problems: tuple[str, ...]

    @property
    def shares(self) -> dict[str, float]:
        """Share of each random effect in the spread that fixed effects leave, adding up to 1."""
        total = sum(variance for _, variance in self.variances)
        return {name: variance / total for name, variance in self.variances}

    @property
    def sentence(self) -> str:
        """The fit for readers who know no statistics."""
        problems = " ".join(self.problems)
        if not self.converged:
            return f"The model {self.formula} could not be fitted to {self.metric}. {problems}"
        effects = "; ".join(
            f"{term.name} {number(term.estimate, signed=True)} (p {probability(term.p_value)})"
            for term in self.terms[1:]
        )
        shares = ", ".join(f"{name} {percent(share)}" for name, share in self.shares.items())
        text = (
            f"On the logit of {self.metric}, {self.formula}: {effects}. Of the remaining spread: "
            f"{shares} ({self.rows} scores, {self.undefined} undefined, {self.clipped} moved to "
            f"the edge)."
        )
        return f"{text} {problems}".rstrip()


def fit_mixed_model(
    scores: pd.DataFrame, metric: str = "dice", *, edge: float = 0.005, level: float = 0.95
) -> MixedModel:
    """Fit logit(metric) ~ init * log2(train_cases) * design with crossed random effects by REML.

    Random are case, seed and run, and group where it has several cases. Without the run, what all
    cases of one training share would pass for evidence; it is left out where there are no more
    runs than fixed effects and seeds. Amounts count from the largest one, so that an effect of init
    is the one there. Factors of one level, and products that no run can tell, are left out.

    Args:
        scores: One row per run and case, columns ``case``, ``seed``, ``init``, ``train_cases``,
            ``design``, the metric, and maybe ``group`` and ``fold``.
        metric: Column of shares in [0, 1].
        edge: Values below it, or above 1 - edge, are moved there, and counted.
        level: Of the intervals, between 0 and 1.

    Raises:
        DataError: If a column is missing, a value is no share, or there are too many cases.
    """
    data, undefined = _defined(scores, metric)
    values = data[metric].to_numpy(dtype=float)
    inside = values.clip(edge, 1 - edge)
    design, columns, lost = _fixed_effects(data)
    effects = _random_effects(data, len(columns))
    formula = f"{_fixed_words(data)} + {' + '.join(f'(1|{name})' for name in effects)}"
    clipped = int((inside != values).sum())
    terms: tuple[Term, ...] = ()
    variances: tuple[tuple[str, float], ...] = ()
    problems: tuple[str, ...] = ()
    try:
        fitted = fit_reml(np.log(inside / (1 - inside)), design, effects)
        terms = _terms(fitted, columns, _freedom(effects, len(columns)), level)
        failure = _failure(fitted, terms)
    except (np.linalg.LinAlgError, ValueError) as error:
        failure = str(error)
    if failure:
        advice = "Fewer factors, more seeds or more cases help."
        terms, problems = (), (f"Use none of its numbers: {failure}. {advice}",)
    else:
        found = [*fitted.variances, fitted.rest]
        variances = tuple(zip([*effects, "rest"], map(float, found), strict=True))
        problems = _problems(fitted, variances, effects, lost)
    return MixedModel(
        formula=formula,
        metric=metric,
        rows=len(data),
        undefined=undefined,
        clipped=clipped,
        terms=terms,
        variances=variances,
        converged=not failure,
        problems=problems,
    )


def _defined(scores: pd.DataFrame, metric: str) -> tuple[pd.DataFrame, int]:
    absent = [column for column in (*_COLUMNS, metric) if column not in scores.columns]
    if absent:
        raise DataError(f"a mixed model needs the columns {', '.join(absent)}, which are missing")
    data = scores[np.isfinite(scores[metric])].reset_index(drop=True)
    if not data[metric].between(0, 1).all():
        raise DataError(f"{metric} leaves [0, 1]: the logit is for shares; choose such a metric")
    if len(data) < 2:
        raise DataError(f"a mixed model takes two scores or more, got {len(data)}")
    return data, len(scores) - len(data)


def _fixed_effects(data: pd.DataFrame) -> tuple[np.ndarray, list[str], list[str]]:
    """All products of the factors that vary, and the names of those that no run can tell.

    The first init, the design "random" and the largest amount are the baseline.
    """
    amounts = data["train_cases"].to_numpy(dtype=float)
    parts: list[tuple[str, np.ndarray]] = [("intercept", np.ones(len(data)))]
    for factor in ("init", "train_cases", "design"):
        new = []
        if factor == "train_cases":
            if len(np.unique(amounts)) > 1:
                new = [(_amount_word(data), np.log2(amounts / amounts.max()))]
        else:
            levels = sorted(data[factor].unique(), key=lambda name: (name != "random", str(name)))
            new = [
                (f"{factor} {name}", (data[factor] == name).to_numpy(float)) for name in levels[1:]
            ]
        parts += [
            (name if old == "intercept" else f"{old} x {name}", before * column)
            for old, before in list(parts)
            for name, column in new
        ]
    parts.sort(key=lambda part: part[0].count(" x "))  # a product gives way to what it is made of
    told = _told_apart([column for _, column in parts])
    names = [name for name, _ in parts]
    kept = [at for at, is_told in enumerate(told) if is_told]
    lost = [name for name, is_told in zip(names, told, strict=True) if not is_told]
    return np.stack([parts[at][1] for at in kept], axis=1), [names[at] for at in kept], lost


def _told_apart(columns: list[np.ndarray]) -> list[bool]:
    """Whether each column is more than a mixture of those before it."""
    basis: list[np.ndarray] = []
    told = []
    for column in columns:
        rest = column.copy()
        for _ in range(2):  # twice is enough (Kahan) against rounding
            for one in basis:
                rest -= (one @ rest) * one
        size = float(np.linalg.norm(rest))
        told.append(size > 1e-8 * float(np.linalg.norm(column)))
        if told[-1]:
            basis.append(rest / size)
    return told


def _amount_word(data: pd.DataFrame) -> str:
    return f"log2(train_cases / {number(float(data['train_cases'].max()))})"


def _fixed_words(data: pd.DataFrame) -> str:
    names = {"init": "init", "train_cases": _amount_word(data), "design": "design"}
    varying = [word for column, word in names.items() if data[column].nunique() > 1]
    return " * ".join(varying) or "1"


def _random_effects(data: pd.DataFrame, columns: int) -> dict[str, np.ndarray]:
    effects: dict[str, np.ndarray] = {"case": pd.factorize(data["case"])[0]}
    if "group" in data.columns and 1 < data["group"].nunique() < data["case"].nunique():
        effects["group"] = pd.factorize(data["group"])[0]
    seeds = data["seed"].nunique()
    if seeds > 1:
        effects["seed"] = pd.factorize(data["seed"])[0]
    about = [name for name in (*_COLUMNS[1:], "fold") if name in data.columns]
    runs = data.groupby(about, dropna=False, sort=False).ngroup().to_numpy()
    if runs.max() + 1 > columns + seeds - 1:
        effects["run"] = runs
    sizes = [int(codes.max()) + 1 for codes in effects.values()]
    if sizes[0] * sum(sizes[1:]) > _MOST_CELLS:
        raise DataError(
            f"a mixed model of {sizes[0]} cases and {sum(sizes[1:])} groups, seeds and runs is too "
            "large; average the cases of each group first"
        )
    return effects


def _freedom(effects: dict[str, np.ndarray], columns: int) -> float:
    """Degrees of freedom of a fixed effect: it differs between runs, of which there are few."""
    return float(effects["run"].max() + 1 - columns) if "run" in effects else inf


def _terms(fitted: Fitted, columns: list[str], freedom: float, level: float) -> tuple[Term, ...]:
    estimates, errors = fitted.coefficients, np.sqrt(np.diag(fitted.covariance))
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * errors
    with np.errstate(invalid="ignore", divide="ignore"):  # no errors are a failure, said below
        p_values = 2 * stats.t.sf(np.abs(estimates / errors), freedom)
    return tuple(
        Term(
            name,
            float(estimates[k]),
            float(errors[k]),
            Interval(float(estimates[k] - reach[k]), float(estimates[k] + reach[k]), level),
            float(p_values[k]),
        )
        for k, name in enumerate(columns)
    )


def _failure(fitted: Fitted, terms: tuple[Term, ...]) -> str:
    """Say why a fit cannot be used; nothing if it can."""
    if not fitted.converged:
        return "the search for the best fit did not come to rest"
    errors = np.array([term.standard_error for term in terms])
    if not (np.isfinite(errors) & (errors > 1e-9)).all():
        return "the errors of its effects cannot be computed"
    return ""


def _problems(
    fitted: Fitted,
    variances: tuple[tuple[str, float], ...],
    effects: dict[str, np.ndarray],
    lost: list[str],
) -> tuple[str, ...]:
    problems = []
    if lost:
        problems.append(f"Left out, for no run tells them: {', '.join(lost)}.")
    for name, variance in variances:
        if variance < 1e-6 * fitted.rest:
            problems.append(f"The spread of {name} is estimated as 0, the edge of the possible.")
    for name, codes in effects.items():
        levels = int(codes.max()) + 1
        if levels < _FEWEST_LEVELS:
            problems.append(f"With {levels} levels, the spread of {name} is a guess.")
    if "seed" not in effects:
        problems.append("There is one seed: how much another one would change is not known.")
    if "run" not in effects:
        problems.append(
            "There are too few runs to tell the luck of single ones: p values are too small."
        )
    residuals = fitted.residuals
    skewness, tails = float(stats.skew(residuals)), float(stats.kurtosis(residuals))
    if abs(skewness) > 1 or tails > 3:
        problems.append(
            f"The residuals are not normal (skewness {number(skewness)}, excess kurtosis "
            f"{number(tails)}): p values near the limit are not to be trusted."
        )
    growing = float(stats.spearmanr(np.abs(residuals), fitted.expected).statistic)
    if abs(growing) > 0.3:
        problems.append(
            f"The spread changes with the level (rank correlation {number(growing)}): intervals "
            "are too narrow at one end and too wide at the other."
        )
    return tuple(problems)
