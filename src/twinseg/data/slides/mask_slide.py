"""The target as a mask slide (PANDA and others): one value per pixel, in the first channel."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from twinseg.core.arrays import Mask
from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.classes import Value, check_names, choose_values
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.resampling import area_mean
from twinseg.images.slides.slide import Level, Slide, Tile, level_for
from twinseg.images.slides.tiles import Grid
from twinseg.images.slides.with_openslide import vendor_of
from twinseg.images.slides.with_pillow import PlainSlide
from twinseg.images.slides.with_tifffile import TiffSlide, is_tiff

_MOST_PIXELS_SEEN = 64_000_000  # of the level on which classes and tiles are looked for
_ROWS_AT_ONCE = 256
_MOST_VALUES = 64
_SAME_FORM = 0.01  # how far the sides of slide and mask may differ in their ratio


class MaskSlide:
    """A mask slide laid over its slide. To be closed by whoever opened it."""

    def __init__(self, path: Path, size_px: tuple[int, int]) -> None:
        """Open a mask slide; its slide has ``size_px`` rows and columns at level 0."""
        try:
            self._file = TiffSlide(path) if is_tiff(path) else _other(path)
            if isinstance(self._file, TiffSlide) and self._file.is_lossy:
                self._file.close()
                raise DataError("is compressed with loss: its values are smeared; save it as LZW")
        except OSError as error:
            raise DataError(f"mask {path.name} cannot be read: {error.strerror}") from error
        except DataError as error:
            raise DataError(f"mask {path.name} {error}") from error
        self.levels: tuple[Level, ...] = self._file.levels
        mine = self.levels[0]
        # Pixels of the slide along one of the mask, down and across.
        self._scale = np.array([size_px[0] / mine.height_px, size_px[1] / mine.width_px])
        if abs(self._scale[0] / self._scale[1] - 1) > _SAME_FORM:
            self.close()
            raise DataError(
                f"mask {path.name} has {mine.width_px}x{mine.height_px} pixels, which is not "
                f"the form of the slide, {size_px[1]}x{size_px[0]}"
            )

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def shares(self) -> dict[Value, float]:
        """Return the values with their share of the pixels, on a level of bounded size."""
        counts: Counter[int] = Counter()
        level = self._level_seen()
        for y in range(0, self.levels[level].height_px, _ROWS_AT_ONCE):
            found, number = np.unique(self._band(level, y), return_counts=True)
            counts.update(dict(zip(found.tolist(), number.tolist(), strict=True)))
            if len(counts) > _MOST_VALUES:
                raise DataError(f"mask holds more than {_MOST_VALUES} values: is it a picture?")
        total = sum(counts.values())
        return {Value(value): count / total for value, count in counts.items()}

    def mask(self, tile: Tile, target: Sequence[int], known: Collection[int] | None) -> Mask:
        """Mark the pixels of a tile of which at least half is target.

        Args:
            tile: Tile of the slide that the mask belongs to.
            target: Values that are the target.
            known: Values that were seen when the target was settled; None: the user named it.

        Raises:
            MaskValuesError: If a value turns up that nobody has decided on.
        """
        number = level_for(self.levels, tile.downsample / float(self._scale.max()))
        level = self.levels[number]
        down, across = self._steps(tile.downsample, number)
        rows = np.minimum(np.arange(tile.y, tile.y + tile.height + 1) * down, level.height_px)
        columns = np.minimum(np.arange(tile.x, tile.x + tile.width + 1) * across, level.width_px)
        left, top = int(columns[0]), int(rows[0])
        wide, high = int(np.ceil(columns[-1])) - left, int(np.ceil(rows[-1])) - top
        values = self._values(number, left, top, wide, high)
        if known is not None and (strange := set(np.unique(values).tolist()) - set(known)):
            raise MaskValuesError(
                f"mask holds the values {sorted({*known, *strange})}; choose the target, such as "
                f"--foreground {min(strange)}"
            )
        marked = np.isin(values, target)
        if down == across == 1 and marked.shape == (tile.height, tile.width):
            return marked
        return area_mean(marked, rows - top, columns - left) >= 0.5

    def marked(self, grid: Grid, target: Sequence[int]) -> Mask:
        """Mark the tiles in which the mask holds target, (tile row, tile column)."""
        number = self._level_seen()
        level = self.levels[number]
        down, across = self._steps(grid.downsample, number)
        touched = np.zeros(grid.shape, dtype=np.bool_)
        row_edges, column_edges = np.asarray(grid.rows) * down, np.asarray(grid.columns) * across
        for y in range(0, level.height_px, _ROWS_AT_ONCE):
            found = np.argwhere(np.isin(self._band(number, y), target))
            row = np.searchsorted(row_edges, found[:, 0] + y + 0.5) - 1
            column = np.searchsorted(column_edges, found[:, 1] + 0.5) - 1
            rows, columns = grid.shape
            touched[np.minimum(row, rows - 1), np.minimum(column, columns - 1)] = True
        return touched

    def _steps(self, downsample: float, number: int) -> tuple[float, float]:
        """Pixels of a level of the mask along one pixel of a tile, down and across."""
        level, finest = self.levels[number], self.levels[0]
        down = downsample / self._scale[0] * level.height_px / finest.height_px
        across = downsample / self._scale[1] * level.width_px / finest.width_px
        return float(down), float(across)

    def _level_seen(self) -> int:
        small = [
            number
            for number, level in enumerate(self.levels)
            if level.width_px * level.height_px <= _MOST_PIXELS_SEEN
        ]
        return min(small, default=len(self.levels) - 1)

    def _band(self, level: int, y: int) -> np.ndarray:
        height = min(_ROWS_AT_ONCE, self.levels[level].height_px - y)
        return self._values(level, 0, y, self.levels[level].width_px, height)

    def _values(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        if isinstance(self._file, TiffSlide):
            return self._file.read_values(level, x, y, width, height)[..., 0]
        return self._file.read(level, x, y, width, height)[..., 0]


def target_of(
    shares: dict[Value, float], foreground: tuple[str, ...]
) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Return the values that are the target, and those seen if that was settled by them alone.

    Raises:
        MaskValuesError: If several values could be meant.
        DataError: If ``foreground`` names what no mask slide has.
    """
    names = check_names(foreground)
    if any(name.startswith(("#", ">")) for name in names):
        raise DataError("mask slides hold values; give values such as 3,4,5")
    chosen = choose_values(shares, names)
    target = {int(value.name) for value in chosen}
    if not names:
        return tuple(sorted(target)), tuple(sorted(int(value.name) for value in shares))
    target |= {int(name) for name in names if name.isdigit()}
    return tuple(sorted(target)), None


def _other(path: Path) -> Slide:
    if vendor_of(path):
        return open_slide(path)
    return PlainSlide(path)
