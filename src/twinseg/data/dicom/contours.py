"""One region of an RTSTRUCT: its outlines as written, and what cannot be used of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydicom.dataset import Dataset

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError
from twinseg.core.words import amount
from twinseg.data.nesting import fill_nested
from twinseg.data.polygons import fill_outlines
from twinseg.images.dicom.elements import items, text
from twinseg.images.slice_grid import SliceGrid

_EXCLUSIVE = "CLOSEDPLANAR_XOR"
_CLOSED = {"CLOSED_PLANAR", _EXCLUSIVE}
_OPEN = {"POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"}
_MOST_MM = 1e6


@dataclass(frozen=True)
class Contour:
    """A closed outline."""

    corners_mm: np.ndarray  # (corner, 3)
    exclusive: bool  # what lies inside two such outlines is outside

    def height_mm(self, normal: np.ndarray) -> float:
        """Return where it lies along ``normal``, on average."""
        return float((self.corners_mm @ normal).mean())


@dataclass(frozen=True, kw_only=True)
class RegionOfInterest:
    """A region of interest."""

    number: int
    name: str
    contours: tuple[Contour, ...]
    damage: str = ""  # of the first outline that cannot be read
    unused: int = 0  # points, open lines, and outlines of one or two corners

    @cached_property
    def outlines(self) -> tuple[np.ndarray, ...]:
        """Corners of the closed outlines, each (corner, 3) in mm."""
        return tuple(contour.corners_mm for contour in self.contours)

    @property
    def amount(self) -> str:
        """How many outlines there are, in words."""
        return amount(len(self.contours), "outline")


def fill_region(contours: Sequence[Contour], grid: SliceGrid) -> Mask:
    """Mark the pixels of a slice that the outlines of one region hold; see `fill_nested`.

    Only of outlines that the file calls exclusive is the overlap left out.
    """
    shape = grid.rows, grid.columns
    pixels = [(grid.to_pixels(contour.corners_mm), contour.exclusive) for contour in contours]
    mask = fill_nested([corners for corners, exclusive in pixels if not exclusive], shape)
    if exclusive := [corners for corners, exclusive in pixels if exclusive]:
        mask |= fill_outlines(exclusive, shape)
    return mask


def read_region(number: int, name: str, drawn: Iterable[Dataset]) -> RegionOfInterest:
    """Read the outlines of a region from its items of ROIContourSequence.

    Outlines without a corner mark nothing. One that is damaged is told in `Region.damage`: the
    region is not known then, while others of the file are.
    """
    contours: list[Contour] = []
    damage, unused, count = "", 0, 0
    for item in drawn:
        try:
            written = items(item, "ContourSequence")
        except Exception as error:
            damage = damage or f"its outlines are damaged ({type(error).__name__})"
            continue
        for contour in written:
            count += 1
            try:
                kind = text(contour, "ContourGeometricType").upper()
                corners = np.empty((0, 3)) if kind in _OPEN else _corners(contour)
                if len(corners) and kind not in _CLOSED:
                    raise DataError("does not say whether it is closed")
            except DataError as error:
                damage = damage or f"outline {count} of the region {error}"
            except Exception as error:
                damage = damage or f"outline {count} of the region ends in {type(error).__name__}"
            else:
                if len(corners) > 2:
                    contours.append(Contour(corners, kind == _EXCLUSIVE))
                else:
                    unused += bool(len(corners)) or kind in _OPEN
    return RegionOfInterest(
        number=number, name=name, contours=tuple(contours), damage=damage, unused=unused
    )


def _corners(contour: Dataset) -> np.ndarray:
    """Return the corners of an outline, (corner, 3) in mm; there may be none."""
    written = text(contour, "ContourData")
    if not written.strip("\\ "):
        return np.empty((0, 3))
    try:
        # A region has up to a million numbers: NumPy splits them a hundred times faster.
        parts = np.fromstring(written, sep="\\")
    except ValueError:
        parts = np.empty(0)
    if parts.size != written.count("\\") + 1:
        raise DataError("holds something that is no number")
    if parts.size % 3:
        raise DataError(f"holds {parts.size} numbers, expected three for each corner")
    if not np.isfinite(parts).all() or np.abs(parts).max() > _MOST_MM:
        raise DataError("lies beyond a kilometre")
    return parts.reshape(-1, 3)
