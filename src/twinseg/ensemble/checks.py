"""What every rule asks of its members."""

from collections.abc import Sequence

import numpy as np

from twinseg.core.errors import DataError


def require_one_shape(planes: Sequence[np.ndarray]) -> None:
    """Refuse fewer than two masks or planes, and different grids: they would be stretched.

    Raises:
        DataError: Says what came.
    """
    if len(planes) < 2:
        raise DataError(f"a rule combines two or more masks, got {len(planes)}")
    shapes = {plane.shape for plane in planes}
    if len(shapes) > 1:
        raise DataError(
            f"masks to combine must have one shape, got {' and '.join(map(str, sorted(shapes)))}; "
            "bring all to the grid of the source image first"
        )
