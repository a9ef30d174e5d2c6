"""Two columns compared with everything that can be asked for."""

import numpy as np

from twinseg.comparison import AskedSupplement, Comparison, compare


def compared(first, second, *, margin=None, rope=None, **settings) -> Comparison:
    """Compare A and B, each case a group, with a supplement of few draws."""
    rng = np.random.default_rng(0)
    (of_mean,) = rng.spawn(1)
    asked = AskedSupplement(rng=rng, margin=margin, rope=rope)
    usual = {"names": ("A", "B"), "groups": range(len(first)), "draws": 99, "supplement": asked}
    return compare(np.array(first, float), np.array(second, float), rng=of_mean, **usual | settings)
