"""A linear mixed model of all runs at once; the only door to statsmodels."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMResultsWrapper, VCSpec

from twinseg.comparison.bca import Interval
from twinseg.comparison.number_text import number, percent, probability
from twinseg.core.arrays import Values
from twinseg.core.errors import DataError

_COLUMNS = ("case", "seed", "init", "design")
FRACTION, TRAIN_CASES = "fraction", "train_cases"
_LOGARITHMS = {FRACTION: "log(fraction)", TRAIN_CASES: "log2(train_cases)"}
_FEWEST_LEVELS = 5  # of a random effect, to know its variance at all
_MOST_ROWS = 20_000  # the fit takes about 4 s for 4,000 rows


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
    scores: pd.DataFrame,
    metric: str = "dice",
    *,
    data_amount: str = FRACTION,
    edge: float = 0.005,
    level: float = 0.95,
) -> MixedModel:
    """Fit logit(metric) ~ init * log(fraction) * design + (1|case) + (1|seed) by REML.

    Factors of one level are left out of the formula; with several cases in a group there is
    (1|group) too. The effect of init is taken to be the same in all cases and seeds: its p value
    is about these seeds.

    Args:
        scores: One row per run and case, columns ``case``, ``seed``, ``init``, ``design``,
            ``data_amount``, the metric, and maybe ``group``.
        metric: Column of shares in [0, 1].
        data_amount: ``fraction``; or ``train_cases``, whose logarithm is to the base 2, counted
            from the largest number: its term is what twice the cases bring, and all others are
            about the largest number.
        edge: Values below it, or above 1 - edge, are moved there, and counted.
        level: Of the intervals, between 0 and 1.

    Raises:
        DataError: If a column is missing, a value is no share, or there are too many rows.
    """
    data, undefined = _defined(scores, metric, data_amount)
    values = data[metric].to_numpy(dtype=float)
    inside = values.clip(edge, 1 - edge)
    design, columns = _fixed_effects(data, data_amount)
    effects = _random_effects(data)
    formula = f"{_fixed_words(data, data_amount)} + {' + '.join(f'(1|{name})' for name in effects)}"
    clipped = int((inside != values).sum())
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")  # what they warn of is asked of the fit below
        try:
            fitted = _fit(np.log(inside / (1 - inside)), design, columns, effects)
            terms = _terms(fitted, columns, level)
            failure = _failure(fitted, terms)
        except (np.linalg.LinAlgError, ValueError) as error:
            failure = str(error)
    if not failure:
        found = [*np.ravel(fitted.vcomp), fitted.scale]
        variances = tuple(zip([*effects, "rest"], map(float, found), strict=True))
        problems = _problems(fitted, variances, effects)
    else:
        terms, variances = (), ()
        advice = "Fewer factors, more seeds or more cases help."
        problems = (f"Use none of its numbers: {failure}. {advice}",)
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


def _defined(scores: pd.DataFrame, metric: str, data_amount: str) -> tuple[pd.DataFrame, int]:
    needed = (*_COLUMNS, data_amount, metric)
    absent = [column for column in needed if column not in scores.columns]
    if absent:
        raise DataError(f"a mixed model needs the columns {', '.join(absent)}, which are missing")
    data = scores[np.isfinite(scores[metric])].reset_index(drop=True)
    if not data[metric].between(0, 1).all():
        raise DataError(f"{metric} leaves [0, 1]: the logit is for shares; choose such a metric")
    if not 1 < len(data) <= _MOST_ROWS:
        raise DataError(
            f"a mixed model takes 2 to {_MOST_ROWS} scores, got {len(data)}; average the cases of "
            "each group first, or choose fewer fractions"
        )
    return data, len(scores) - len(data)


def _fixed_effects(data: pd.DataFrame, data_amount: str) -> tuple[np.ndarray, list[str]]:
    """All products of the factors that vary; the first init and design are the baseline."""
    parts: list[tuple[str, np.ndarray]] = [("intercept", np.ones(len(data)))]
    for factor in ("init", data_amount, "design"):
        new = []
        if factor == data_amount:
            if data[factor].nunique() > 1:
                amounts = data[factor].to_numpy(dtype=float)
                doublings = np.log2(amounts / amounts.max())
                logarithm = np.log(amounts) if factor == FRACTION else doublings
                new = [(_LOGARITHMS[factor], logarithm)]
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
    return np.stack([column for _, column in parts], axis=1), [name for name, _ in parts]


def _fixed_words(data: pd.DataFrame, data_amount: str) -> str:
    names = {"init": "init", data_amount: _LOGARITHMS[data_amount], "design": "design"}
    varying = [word for column, word in names.items() if data[column].nunique() > 1]
    return " * ".join(varying) or "1"


def _random_effects(data: pd.DataFrame) -> dict[str, np.ndarray]:
    effects = {"case": pd.factorize(data["case"])[0]}
    if "group" in data.columns and 1 < data["group"].nunique() < data["case"].nunique():
        effects = {"group": pd.factorize(data["group"])[0]} | effects
    if data["seed"].nunique() > 1:
        effects["seed"] = pd.factorize(data["seed"])[0]
    return effects


def _fit(
    logits: Values, design: np.ndarray, columns: list[str], effects: dict[str, np.ndarray]
) -> MixedLMResultsWrapper:
    indicators = [np.eye(codes.max() + 1)[codes] for codes in effects.values()]
    names = [[str(level) for level in range(one.shape[1])] for one in indicators]
    components = VCSpec(list(effects), [[one] for one in names], [[one] for one in indicators])
    everything = np.ones(len(logits))  # crossed effects are components of one single group
    fixed = pd.DataFrame(design, columns=columns)
    model = MixedLM(logits, fixed, everything, exog_vc=components)
    # One after another until one comes to rest; at the edge, where a spread is 0, gradients stall.
    return model.fit(reml=True, method=["bfgs", "lbfgs", "cg", "powell"])


def _terms(fitted: MixedLMResultsWrapper, columns: list[str], level: float) -> tuple[Term, ...]:
    estimates, errors = (np.asarray(part, float) for part in (fitted.fe_params, fitted.bse_fe))
    reach = float(stats.norm.ppf((1 + level) / 2)) * errors
    p_values = 2 * stats.norm.sf(np.abs(estimates / errors))
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


def _failure(fitted: MixedLMResultsWrapper, terms: tuple[Term, ...]) -> str:
    """Say why a fit cannot be used; nothing if it can."""
    if not fitted.converged:
        return "the search for the best fit did not come to rest"
    if not np.isfinite([term.standard_error for term in terms]).all():
        return "the errors of its effects cannot be computed"
    return ""


def _problems(
    fitted: MixedLMResultsWrapper,
    variances: tuple[tuple[str, float], ...],
    effects: dict[str, np.ndarray],
) -> tuple[str, ...]:
    problems = []
    for name, variance in variances:
        if variance < 1e-6 * fitted.scale:
            problems.append(f"The spread of {name} is estimated as 0, the edge of the possible.")
    for name, codes in effects.items():
        levels = int(codes.max()) + 1
        if levels < _FEWEST_LEVELS:
            problems.append(f"With {levels} levels, the spread of {name} is a guess.")
    if "seed" not in effects:
        problems.append("There is one seed: how much another one would change is not known.")
    residuals = np.asarray(fitted.resid)
    skewness, tails = float(stats.skew(residuals)), float(stats.kurtosis(residuals))
    if abs(skewness) > 1 or tails > 3:
        problems.append(
            f"The residuals are not normal (skewness {number(skewness)}, excess kurtosis "
            f"{number(tails)}): p values near the limit are not to be trusted."
        )
    growing = float(stats.spearmanr(np.abs(residuals), np.asarray(fitted.fittedvalues)).statistic)
    if abs(growing) > 0.3:
        problems.append(
            f"The spread changes with the level (rank correlation {number(growing)}): intervals "
            "are too narrow at one end and too wide at the other."
        )
    return tuple(problems)
