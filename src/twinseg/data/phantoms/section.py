"""An axial cut through ellipsoids: how deep each pixel lies in them, and painting them."""

import math
from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Plane
from twinseg.data.phantoms.anatomy import Organ
from twinseg.data.phantoms.shapes import soft

_WALL_MM = 2.5
_MARGIN_MM = 20.0  # by which an uneven outline may leave its ellipse
_GAS_HOUNSFIELD = -900.0


@dataclass(frozen=True)
class Section:
    """Where each pixel lies in the patient, in mm, at one height."""

    x_mm: Plane
    y_mm: Plane
    z_mm: float
    pixel_mm: float

    def cuts(self, organ: Organ) -> bool:
        """Return whether ``organ`` reaches this height."""
        return abs(self.z_mm - organ.centre_mm[2]) < organ.half_axes_mm[2]

    def window(self, organ: Organ) -> tuple[slice, slice]:
        """Return rows and columns that hold all of ``organ``: the rest can be left alone."""
        size_px = len(self.x_mm)
        reach_mm = max(organ.half_axes_mm[:2]) + _MARGIN_MM
        x_mm, y_mm, _ = organ.centre_mm
        first, last = (
            [int(np.clip(edge / self.pixel_mm + size_px / 2, 0, size_px)) for edge in edges]
            for edges in ((y_mm - reach_mm, x_mm - reach_mm), (y_mm + reach_mm, x_mm + reach_mm))
        )
        return slice(first[0], last[0]), slice(first[1], last[1])

    def cropped(self, window: tuple[slice, slice]) -> "Section":
        """Return this section, only in ``window``."""
        return Section(self.x_mm[window], self.y_mm[window], self.z_mm, self.pixel_mm)

    def cover(self, depth_mm: Plane) -> Plane:
        """Return the share of each pixel, 0..1, inside a shape."""
        return soft(depth_mm / self.pixel_mm)

    def depth_mm(self, organ: Organ) -> Plane:
        """Return about how deep each pixel lies below the outline of ``organ``; < 0 outside."""
        x_mm, y_mm, z_mm = organ.centre_mm
        along_mm, across_mm, up_mm = organ.half_axes_mm
        right, back = self.x_mm - x_mm, self.y_mm - y_mm
        cosine, sine = math.cos(organ.turn_rad), math.sin(organ.turn_rad)
        along = (right * cosine + back * sine) / along_mm
        across = (back * cosine - right * sine) / across_mm
        reach = math.sqrt(max(0.0, 1 - ((self.z_mm - z_mm) / up_mm) ** 2))
        return (reach - np.sqrt(along**2 + across**2)) * min(along_mm, across_mm)

    def painted(self, hounsfield: Plane, organ: Organ, *, within_mm: Plane) -> Plane:
        """Return ``hounsfield`` with ``organ`` in it, as far as the depth ``within_mm`` is > 0."""
        depth_mm = np.minimum(self.depth_mm(organ), within_mm)
        if organ.wall_hounsfield is None:
            hounsfield = laid_over(hounsfield, organ.hounsfield, self.cover(depth_mm))
        else:
            hounsfield = laid_over(hounsfield, organ.wall_hounsfield, self.cover(depth_mm))
            depth_mm = depth_mm - _WALL_MM
            hounsfield = laid_over(hounsfield, organ.hounsfield, self.cover(depth_mm))
        if organ.gas > 0:  # it rises to the front of a patient who lies on the back
            level_mm = organ.centre_mm[1] + (2 * organ.gas - 1) * organ.half_axes_mm[1]
            gas_mm = np.minimum(depth_mm, level_mm - self.y_mm)
            hounsfield = laid_over(hounsfield, _GAS_HOUNSFIELD, self.cover(gas_mm))
        return hounsfield


def laid_over(hounsfield: Plane, value: float | Plane, cover: Plane) -> Plane:
    """Return ``hounsfield`` mixed with ``value`` where ``cover`` (0..1) says so."""
    return hounsfield + cover * (value - hounsfield)
