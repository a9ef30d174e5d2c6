"""Mean, median and spread of one metric over cases."""

from dataclasses import dataclass
from math import nan

import numpy as np

from twinseg.core.arrays import Values


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Mean, median and spread of one metric; all but the two counts are NaN without a value.

    Attributes:
        cases: Cases with a value; the numbers below are theirs.
        undefined: Cases left out because the metric is not a finite number there.
        standard_deviation: With divisor ``cases - 1``; NaN for fewer than two cases.
    """

    cases: int
    undefined: int
    mean: float
    median: float
    standard_deviation: float
    minimum: float
    maximum: float


def summarise(values: Values) -> Summary:
    """Summarise one metric over cases, (case,); undefined cases are left out and counted."""
    defined = values[np.isfinite(values)]
    some = defined.size > 0
    return Summary(
        cases=defined.size,
        undefined=values.size - defined.size,
        mean=float(defined.mean()) if some else nan,
        median=float(np.median(defined)) if some else nan,
        standard_deviation=float(defined.std(ddof=1)) if defined.size > 1 else nan,
        minimum=float(defined.min()) if some else nan,
        maximum=float(defined.max()) if some else nan,
    )
