"""The noncentral t distribution, also where SciPy's series gives up (large noncentrality)."""

from functools import lru_cache
from math import sqrt

import numpy as np
from scipy import stats
from scipy.optimize import brentq

_SHARES = (np.arange(4000) + 0.5) / 4000


def noncentral_t_cdf(t: float, freedom: float, noncentrality: float) -> float:
    """Compute the chance of a value up to ``t``, to about 1e-5.

    Given its chi-square denominator the ratio is normal; the mean is over quantiles of that.
    """
    return float(np.mean(stats.norm.cdf(t * _scales(freedom) - noncentrality)))


@lru_cache(maxsize=128)  # both tails, and all differences, of one number of cases and seeds
def _scales(freedom: float) -> np.ndarray:
    scales: np.ndarray = np.sqrt(stats.chi2.ppf(_SHARES, freedom) / freedom)
    scales.flags.writeable = False
    return scales


def noncentrality_of(t: float, freedom: float, share: float) -> float:
    """Find the noncentrality under which ``share`` of all values lie below ``t``."""
    reach = 10.0 + 3 * abs(t) * max(1.0, sqrt(10 / freedom))
    return float(
        brentq(lambda shift: noncentral_t_cdf(t, freedom, shift) - share, t - reach, t + reach)
    )
