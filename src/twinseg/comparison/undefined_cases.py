"""Cases without a value, of the one model and of the other: a verdict stands on the rest."""

from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Values
from twinseg.core.words import amount

_LOPSIDED = 0.9  # share of the cases that one model alone has no value for


@dataclass(frozen=True)
class Undefined:
    """Cases left out because a metric has no value for a model or both."""

    cases: int
    first: int  # of them, those without a value of the first model
    second: int

    @property
    def alone(self) -> tuple[int, int]:
        """Cases without a value of the first model alone, and of the second alone."""
        return self.cases - self.second, self.cases - self.first

    @property
    def is_lopsided(self) -> bool:
        """Whether nine in ten or more of the cases that one model alone has no value for are its.

        Such a model may have left out what it could not solve.
        """
        fewer, more = sorted(self.alone)
        return more > 0 and more >= _LOPSIDED * (fewer + more)

    def more_of(self, *, second: bool) -> bool:
        """Whether the second model, or else the first, has no value more often than the other."""
        of_first, of_second = self.alone
        return of_second > of_first if second else of_first > of_second

    def warning(self, first: str, second: str, metric: str) -> str:
        """Say where the one has no value and the other has, and what all numbers stand on."""
        of_first, of_second = self.alone
        return (
            f"Warning: in {amount(of_first, 'case')} `{first}` has no {metric} where `{second}` "
            f"has one, and in {of_second} the other way round: all of this stands on the cases "
            "that both solved."
        )


def undefined_of(first: Values, second: Values) -> Undefined:
    """Count the cases without a value, NaN, of two models."""
    without = np.isnan([first, second])
    return Undefined(int(without.any(axis=0).sum()), *map(int, without.sum(axis=1)))
