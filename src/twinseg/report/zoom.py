"""Where the axis of scores begins: at 0, or near the data, which is then marked and said."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Values

_FAR_FROM_0 = 0.4  # of the top: if no value lies below, an axis from 0 is mostly empty
_NEAR_1 = 0.8
_ROOM = 0.03  # of the axis, at both ends, for dots that lie on one


@dataclass(frozen=True)
class Zoom:
    """From where to where an axis is drawn."""

    start: float
    top: float

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, with room for dots."""
        room = _ROOM * (self.top - self.start)
        return self.start - room, self.top + room

    def label(self, text: str) -> str:
        """Return the label of the axis, which says where it begins if that is not at 0."""
        return f"{text} (axis begins at {self.start:g})" if self.start else text


def zoom_to(values: Values) -> Zoom:
    """Begin at 0, or at a round number below the data where all of them lie far from 0.

    Shares near 1 end at 1, all else at the largest value.
    """
    known = values[np.isfinite(values)]
    largest = float(known.max(initial=0.0))
    top = 1.0 if largest == 0 or _NEAR_1 < largest <= 1 else largest
    smallest = float(known.min(initial=top))
    if smallest < _FAR_FROM_0 * top or smallest == top:
        return Zoom(0.0, top)
    step = 10.0 ** np.floor(np.log10(top - smallest))
    return Zoom(round(float(np.floor(smallest / step) * step), 9), top)
