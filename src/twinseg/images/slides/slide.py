"""What a slide is to everyone who reads it: levels, resolution, and any place as a picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError

MOST_SIDE_PX, MOST_PIXELS = 2_000_000, 200_000_000_000
_FINEST_MPP, _COARSEST_MPP = 0.02, 20.0  # beyond: the 72 dots per inch that programs make up
_SQUARE = 0.02  # how far the two sides of a pixel may differ


@dataclass(frozen=True)
class Level:
    """One picture of the pyramid."""

    width_px: int
    height_px: int
    downsample: float  # pixels of level 0 along one pixel of this level


@dataclass(frozen=True)
class Tile:
    """A rectangle of a slide on a grid of any downsample; the grid begins at the first pixel."""

    downsample: float  # pixels of level 0 along one pixel of the grid
    x: int
    y: int
    width: int
    height: int


@runtime_checkable
class Slide(Protocol):
    """A picture too large to be held in memory. To be closed by whoever opened it."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """At least one; the finest first."""
        ...

    @property
    def mpp(self) -> float | None:
        """Micrometres along a pixel of level 0; None where the file does not say."""
        ...

    @property
    def scanned_from(self) -> tuple[int, int]:
        """Where the scanned area begins, (x, y) in pixels of level 0; (0, 0) if all is scanned."""
        ...

    @property
    def note(self) -> str:
        """What is converted when it is read, in plain words; "" if nothing."""
        ...

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Picture:
        """Return a rectangle in pixels of ``level``; what the scanner left out is white.

        Raises:
            DataError: If it cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Give the file back."""
        ...


def levels_of(sizes: Sequence[tuple[int, int]]) -> tuple[Level, ...]:
    """Return levels, finest first, for (width, height) of each.

    Raises:
        DataError: If a size is absurd: nothing of it is read then.
    """
    for width, height in sizes:
        if not (0 < width <= MOST_SIDE_PX and 0 < height <= MOST_SIDE_PX):
            raise DataError(f"declares {width}x{height} pixels, which no scanner makes")
        if width * height > MOST_PIXELS:
            raise DataError(f"declares {width}x{height} pixels, expected at most {MOST_PIXELS:,}")
    ordered = sorted(sizes, reverse=True)
    wide, high = ordered[0]
    return tuple(
        Level(width, height, 1.0 if number == 0 else (wide / width + high / height) / 2)
        for number, (width, height) in enumerate(ordered)
    )


def sound_mpp(along_x: float | None, along_y: float | None) -> float | None:
    """Return micrometres a pixel, None if they are unknown or cannot be a microscope's.

    Raises:
        DataError: If pixels are not square.
    """
    if along_x is None or along_y is None:
        return None
    if not all(
        math.isfinite(mpp) and _FINEST_MPP <= mpp <= _COARSEST_MPP for mpp in (along_x, along_y)
    ):
        return None
    if abs(along_x / along_y - 1) > _SQUARE:
        raise DataError(
            f"has pixels of {along_x:g} by {along_y:g} micrometres, expected square ones"
        )
    return (along_x + along_y) / 2


def level_for(levels: Sequence[Level], downsample: float) -> int:
    """Return the coarsest level that still has the detail of ``downsample``; 0 if none has."""
    fine = [n for n, level in enumerate(levels) if level.downsample <= downsample * (1 + 1e-9)]
    return max(fine, default=0)
