"""A picture as read: pixels with their geometry, and where they come from; it needs no mask."""

from dataclasses import dataclass, replace

import numpy as np

from twinseg.core.arrays import Picture


@dataclass(frozen=True)
class Origin:
    """Where the untouched picture is; each format has a class of its own that says more."""

    file: str  # relative to the source, with forward slashes


@dataclass(frozen=True)
class Layer:
    """Where a slice lies in a stack of parallel slices of one grid."""

    stack: str  # its name, unique in a source
    height_mm: float  # along the normal of the slices


@dataclass(frozen=True, kw_only=True)
class SourcePicture:
    """One picture on its source grid."""

    id: str
    group: str
    pixels: Picture
    is_grey: bool = False  # three equal channels by construction: the first one says all
    spacing_mm: tuple[float, float] | None = None  # (row, column); None where nobody says
    layer: Layer | None = None  # None if it is no slice of a volume
    origin: Origin | None = None  # where the untouched picture is
    notes: tuple[str, ...] = ()  # what was converted, in plain words
    turned: int = 0  # the orientation of its EXIF that was undone, 2 to 8; 0: as stored

    def without_pixels(self) -> "SourcePicture":
        """Return the same without its pixels, of which none is left."""
        return replace(self, pixels=np.empty((0, 0, 3), np.uint8))
