"""The target as outlines: which of them are meant, and their mask on any tile."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.polygons import fill_outlines
from twinseg.data.slides.crossing import crosses_itself
from twinseg.data.slides.geojson import read_geojson
from twinseg.data.slides.outlined_areas import Annotation, Area, bounds, edges_of, moved
from twinseg.data.slides.xml_files import read_xml
from twinseg.images.slides.slide import Slide, Tile
from twinseg.images.slides.tiles import Grid

_MOST_XML_BYTES = 200_000_000


def read_annotation(path: Path) -> Annotation:
    """Read an annotation file; the ones read last in this process are kept at hand.

    Raises:
        DataError: If it cannot be used.
    """
    try:
        facts = path.stat()
        return _read(path, facts.st_size, facts.st_mtime_ns)
    except OSError as error:
        raise DataError(f"annotation {path.name} cannot be read: {error.strerror}") from error
    except DataError as error:
        raise DataError(f"annotation {path.name} {error}") from error


@lru_cache(maxsize=4)
def _read(path: Path, size: int, _changed: int) -> Annotation:
    if path.suffix.lower() != ".xml":
        return read_geojson(path)
    if size > _MOST_XML_BYTES:
        raise DataError(f"has more than {_MOST_XML_BYTES // 10**6} MB; export fewer objects")
    return read_xml(path)


def chosen_outlines(
    path: Path, foreground: tuple[str, ...], corner: tuple[int, int] = (0, 0)
) -> "Outlines":
    """Read the outlines that are the target; those used last are kept at hand.

    Args:
        path: Annotation.
        foreground: Classes; see `Outlines`.
        corner: What outlines count from, (x, y) on the slide in pixels of level 0.

    Raises:
        DataError: If the file cannot be used.
    """
    return _chosen(read_annotation(path), foreground, corner)


class Outlines:
    """Areas that are the target, less those that are cut out of them.

    Areas are put together, so that overlaps are no holes; of one area, the rings inside are.
    """

    def __init__(self, annotation: Annotation, foreground: tuple[str, ...]) -> None:
        """Choose by names of classes in any case, or ``#rrggbb``; ``-name`` cuts out a class."""
        wanted = [name.lower() for name in foreground]
        self.shapes = [one for one in annotation.shapes if not one.cuts_out and _is(one, wanted)]
        cut = [name[1:] for name in wanted if name.startswith("-")]
        self._cuts = [one for one in annotation.shapes if one.cuts_out or (cut and _is(one, cut))]
        self._bounds = np.array([bounds(one) for one in self.shapes]).reshape(-1, 4)
        self._cut_bounds = np.array([bounds(one) for one in self._cuts]).reshape(-1, 4)

    def mask(self, tile: Tile) -> Mask:
        """Mark the pixels of a tile whose middle is inside."""
        mask = _filled(self.shapes, self._bounds, tile)
        if self._cuts and mask.any():
            mask &= ~_filled(self._cuts, self._cut_bounds, tile)
        return mask

    def marked(self, grid: Grid) -> Mask:
        """Mark the tiles that an area touches, (tile row, tile column)."""
        touched = np.zeros(grid.shape, dtype=np.bool_)
        for shape in self.shapes:
            _touch(touched, shape, grid)
        return touched

    def outside(self, slide: Slide) -> tuple[int, int]:
        """Count areas that lie outside the slide: wholly, and in part."""
        left, top, right, bottom = self._bounds.T
        width, height = slide.levels[0].width_px, slide.levels[0].height_px
        wholly = (left >= width) | (top >= height) | (right <= 0) | (bottom <= 0)
        # Programs draw along the edge with up to a pixel beyond it.
        beyond = (left < -1) | (top < -1) | (right > width + 1) | (bottom > height + 1)
        return int(wholly.sum()), int((beyond & ~wholly).sum())

    def crossed(self) -> int:
        """Count areas with an outline that crosses itself."""
        return sum(any(crosses_itself(ring) for ring in one.rings) for one in self.shapes)


def check_classes(
    classes: Mapping[str, int], known: Collection[str], asked: tuple[str, ...]
) -> str:
    """Check over all annotations of a source that the target is settled.

    Args:
        classes: How many areas each class has.
        known: Everything that classes answer to, in lower case.
        asked: What ``--foreground`` names.

    Returns:
        A note on names that no annotation knows; "" if there are none.

    Raises:
        MaskValuesError: If there are several classes and nothing was asked for, or nothing of
            what was asked for is there.
    """
    listed = ", ".join(f"{name} ({count})" for name, count in Counter(classes).most_common(12))
    example = max(classes, key=lambda name: classes[name], default="")
    if not asked:
        if len(classes) > 1:
            raise MaskValuesError(
                f"annotations hold several classes: {listed}; choose the target, such as "
                f'--foreground "{example}"'
            )
        return ""
    missing = [name for name in asked if name.lower().removeprefix("-") not in known]
    if classes and len(missing) == len(asked):
        raise MaskValuesError(
            f"no annotation holds {', '.join(asked)}; there are {listed}: choose the target, such "
            f'as --foreground "{example}"'
        )
    return f"no annotation holds {', '.join(missing)} of --foreground" if missing else ""


@lru_cache(maxsize=4)
def _chosen(
    annotation: Annotation, foreground: tuple[str, ...], corner: tuple[int, int]
) -> Outlines:
    shapes = tuple(moved(one, corner) for one in annotation.shapes)
    return Outlines(replace(annotation, shapes=shapes), foreground)


def _is(shape: Area, wanted: list[str]) -> bool:
    return not wanted or any(name.lower() in wanted for name in shape.names if name)


def _filled(shapes: list[Area], boxes: np.ndarray, tile: Tile) -> Mask:
    mask = np.zeros((tile.height, tile.width), dtype=np.bool_)
    # Middle of the first pixel of the tile: (0, 0).
    left, top, right, bottom = (boxes / tile.downsample - np.tile([tile.x, tile.y], 2) - 0.5).T
    near = (right >= 0) & (bottom >= 0) & (left <= tile.width - 1) & (top <= tile.height - 1)
    for place in np.flatnonzero(near):
        x, y = max(0, int(np.ceil(left[place]))), max(0, int(np.ceil(top[place])))
        last_x = min(tile.width, int(right[place]) + 1)
        last_y = min(tile.height, int(bottom[place]) + 1)
        corner = np.array([tile.x + x, tile.y + y]) + 0.5
        rings = [ring / tile.downsample - corner for ring in shapes[place].rings]
        if last_x > x and last_y > y:
            mask[y:last_y, x:last_x] |= fill_outlines(rings, (last_y - y, last_x - x))
    return mask


def _touch(touched: Mask, shape: Area, grid: Grid) -> None:
    """Mark every tile with a part of the shape in it; some that it only nearly touches, too."""
    side = np.array([grid.columns[1], grid.rows[1]])
    rings = tuple(ring / grid.downsample for ring in shape.rings)
    # A tile without an edge in it lies inside or outside as a whole: any point of it will tell.
    touched |= fill_outlines([ring / side - 0.25 for ring in rings], touched.shape)
    rows, columns = np.asarray(grid.rows), np.asarray(grid.columns)
    shortest = min(np.diff(rows).min(), np.diff(columns).min())
    for start, end in edges_of(Area(shape.names, rings)):
        halves = np.ceil(2 * np.abs(end - start).max(axis=1) / shortest)
        pieces = np.maximum(1, halves).astype(int)
        edge = np.repeat(np.arange(len(start)), pieces)
        step = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        along = (end - start)[edge] / pieces[edge, None]
        first = start[edge] + along * step[:, None]
        # No piece is longer than half a tile: it stays within the tiles of its two ends.
        across = [_place(columns, point[:, 0]) for point in (first, first + along)]
        down = [_place(rows, point[:, 1]) for point in (first, first + along)]
        for row in down:
            for column in across:
                inside = (row >= 0) & (row < len(rows) - 1)
                inside &= (column >= 0) & (column < len(columns) - 1)
                touched[row[inside], column[inside]] = True


def _place(edges: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.searchsorted(edges, at, side="right") - 1
