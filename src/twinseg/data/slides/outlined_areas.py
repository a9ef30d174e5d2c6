"""What an annotation file says: outlines with the names of their class, in pixels of level 0."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from twinseg.core.arrays import Outline

NO_CLASS = "(no class)"
TOO_FEW = "outlines of fewer than 3 corners skipped"
_FARTHEST_PX = 1e9  # from the corner of a slide: some hundred times the largest
NOT_AREAS = "points and lines skipped: they are no areas"


@dataclass(frozen=True, eq=False)
class Area:
    """One area: the pixels inside an odd number of its rings."""

    names: tuple[str, ...]  # of its class, then others that mean it: colour, groups above
    rings: tuple[Outline, ...]  # corners (x, y); (0, 0) is the corner of the first pixel
    cuts_out: bool = False  # takes away from the others


@dataclass(frozen=True, eq=False)
class Annotation:
    """All areas of one file, and what was odd about it."""

    shapes: tuple[Area, ...]
    oddities: Counter[str] = field(default_factory=Counter)  # in plain words, with counts
    mpp: float | None = None  # micrometres along a pixel of level 0, if the file says so
    program: str = ""  # that wrote it, if one can tell

    def classes(self) -> Counter[str]:
        """Count areas by class; those that cut out belong to no class."""
        return Counter(shape.names[0] for shape in self.shapes if not shape.cuts_out)


def sound_rings(rings: Iterable[Outline], oddities: Counter[str]) -> tuple[Outline, ...]:
    """Keep rings that have an inside; count the others. The last corner never repeats the first."""
    kept = []
    for ring in rings:
        if len(ring) > 1 and (ring[0] == ring[-1]).all():
            ring = ring[:-1]
        if not (np.abs(ring) < _FARTHEST_PX).all():  # nor what is no number
            oddities["outlines with impossible numbers skipped"] += 1
        elif len(ring) < 3:
            oddities[TOO_FEW] += 1
        else:
            kept.append(ring)
    return tuple(kept)


def moved(shape: Area, by_px: tuple[int, int]) -> Area:
    """Return the shape moved by (x, y) pixels of level 0."""
    if by_px == (0, 0):
        return shape
    return replace(shape, rings=tuple(ring + by_px for ring in shape.rings))


def outline(points: list[tuple[float, float]]) -> Outline:
    """Return corners (x, y) as an array, also of no points at all."""
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def bounds(shape: Area) -> np.ndarray:
    """Return left, top, right, bottom in pixels of level 0."""
    corners = np.concatenate(shape.rings)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def edges_of(shape: Area) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the first and the last points, (n, 2) each, of the edges of every ring."""
    for ring in shape.rings:
        yield ring, np.roll(ring, -1, axis=0)
