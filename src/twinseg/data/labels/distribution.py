"""How values are distributed: moments, and tests of normality with what they can say."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan

import numpy as np
from scipy import stats

from twinseg.core.arrays import Values

SIGNIFICANT = 0.05
FEW, MANY = 50, 300  # below: little power; above: departures of no weight are found


@dataclass(frozen=True)
class Moments:
    """Moments and quantiles of the values that are finite; NaN where too few define them."""

    n: int
    mean: float
    sd: float  # with n - 1
    skewness: float  # corrected for bias; 0 for symmetry
    excess_kurtosis: float  # corrected for bias; 0 for a normal distribution
    minimum: float
    p05: float
    p25: float
    median: float
    p75: float
    p95: float
    maximum: float


@dataclass(frozen=True)
class NormalityTest:
    """One test of the hypothesis that values come from a normal distribution."""

    quantity: str
    test: str
    n: int
    statistic: float  # NaN if the test was not run
    p_value: float
    p_range: tuple[float, float]  # the table behind the test ends here: at an end, p is beyond
    caution: str  # what the result cannot say at this n, or why there is none


@dataclass(frozen=True)
class _Test:
    fewest: int
    most: float
    run: Callable[[Values], tuple[float, float]]
    p_range: tuple[float, float] = (0.0, 1.0)


def moments(values: Values) -> Moments:
    """Summarise the finite values."""
    known = values[np.isfinite(values)]
    if not known.size:
        return Moments(0, *[nan] * 11)
    spread = np.ptp(known) > 1e-12 * max(1.0, float(np.abs(known).max()))
    return Moments(
        known.size,
        float(known.mean()),
        float(known.std(ddof=1)) if known.size > 1 else nan,
        float(stats.skew(known, bias=False)) if spread and known.size > 2 else nan,
        float(stats.kurtosis(known, bias=False)) if spread and known.size > 3 else nan,
        *(float(q) for q in np.quantile(known, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])),
    )


def normality_tests(quantity: str, values: Values) -> tuple[NormalityTest, ...]:
    """Run every test of normality on the finite values, where their number allows."""
    return tuple(normality_test(name, quantity, values) for name in TESTS)


def normality_test(name: str, quantity: str, values: Values) -> NormalityTest:
    """Run the test called ``name`` in `TESTS`; a test that cannot be run says why."""
    test = TESTS[name]
    known = values[np.isfinite(values)]
    n = int(known.size)
    if n < test.fewest or n > test.most:
        bound = f"at least {test.fewest}" if n < test.fewest else f"at most {test.most:g}"
        why = f"it takes {bound} values; there are {n}"
        return NormalityTest(quantity, name, n, nan, nan, test.p_range, why)
    if (different := len(np.unique(known))) < 3:
        why = f"it takes three different values; there are {different}"
        return NormalityTest(quantity, name, n, nan, nan, test.p_range, why)
    statistic, p_value = test.run(known)
    return NormalityTest(
        quantity, name, n, statistic, p_value, test.p_range, _caution(n, p_value < SIGNIFICANT)
    )


def _caution(n: int, rejected: bool) -> str:
    if rejected and n > MANY:
        return f"with {n} values even a departure of no weight is found: judge by the Q-Q plot"
    if not rejected and n < FEW:
        return f"with only {n} values a departure is easily missed: no proof of normality"
    return "" if rejected else "finding no departure is no proof of normality"


def _dagostino(values: Values) -> tuple[float, float]:
    found = stats.normaltest(values)
    return float(found.statistic), float(found.pvalue)


def _anderson(values: Values) -> tuple[float, float]:
    found = stats.anderson(values, "norm", method="interpolate")
    return float(found.statistic), float(found.pvalue)


def _shapiro(values: Values) -> tuple[float, float]:
    found = stats.shapiro(values)
    return float(found.statistic), float(found.pvalue)


# D'Agostino K2: its chi-squared limit does not hold below 20. Shapiro-Wilk: p of Royston (1995)
# ends at 5000. Anderson-Darling: mean and SD estimated; p by the table of Stephens (1974).
TESTS = {
    "D'Agostino K2": _Test(20, inf, _dagostino),
    "Anderson-Darling": _Test(8, inf, _anderson, p_range=(0.01, 0.15)),
    "Shapiro-Wilk": _Test(3, 5000.0, _shapiro),
}
