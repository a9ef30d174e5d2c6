"""Slides by deep zoom: square pieces at any halving of the finest level, read when looked at."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import ConfigError
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.resampling import read_tile
from twinseg.images.slides.slide import Slide, Tile

PIECE_PX = 256
_MOST_OPEN = 8


@dataclass(frozen=True)
class Piece:
    """Which piece is meant.

    Attributes:
        halved: How often the finest level was halved.
        column: From the left, in pieces.
        row: From above, in pieces.
    """

    halved: int
    column: int
    row: int

    def tile(self, width_px: int, height_px: int) -> Tile:
        """Return where it lies on a slide; those at the right and at the bottom are smaller.

        Raises:
            ConfigError: If the slide does not reach as far.
        """
        downsample = 2.0**self.halved
        sides = (math.ceil(side / downsample) for side in (width_px, height_px))
        begins = (self.column * PIECE_PX, self.row * PIECE_PX)
        (x, width), (y, height) = (
            (begin, min(PIECE_PX, side - begin)) for begin, side in zip(begins, sides, strict=True)
        )
        if min(width, height) < 1:
            raise ConfigError(f"the slide of {width_px} x {height_px} px has no piece {self}")
        return Tile(downsample, x, y, width, height)


@dataclass
class _Open:
    slide: Slide | None = None  # until the first of its readers has opened it
    readers: int = 0
    alone: Lock = field(default_factory=Lock)  # a file is opened and read by one at a time

    def close(self) -> None:
        if self.slide:
            self.slide.close()


class OpenSlides:
    """The slides that were looked at last, open; for many readers at once."""

    def __init__(self) -> None:
        self._open: dict[Path, _Open] = {}  # what was asked for last comes last
        self._alone = Lock()

    def size(self, file: Path) -> tuple[int, int]:
        """Return width and height of the finest level, in pixels.

        Raises:
            DataError: If it cannot be opened.
        """
        with self._reading(file) as slide:
            return _size(slide)

    def picture(self, file: Path, piece: Piece) -> Picture:
        """Read a piece.

        Raises:
            ConfigError: If the slide does not reach as far.
            DataError: If it cannot be decoded.
        """
        with self._reading(file) as slide:
            return read_tile(slide, piece.tile(*_size(slide)))

    def mask(self, file: Path, grid: tuple[int, int], piece: Piece) -> Mask:
        """Read a piece of a mask that covers a slide; marked is what at least half of a pixel is.

        Args:
            file: Of the mask, at any resolution.
            grid: Width and height of the slide, which the piece is of.
            piece: Of the slide.
        """
        of_slide = piece.tile(*grid)
        with self._reading(file) as slide:
            step = of_slide.downsample * _size(slide)[0] / grid[0]
            at = Tile(step, of_slide.x, of_slide.y, of_slide.width, of_slide.height)
            marked: Mask = read_tile(slide, at)[..., 0] >= 128
        return marked

    def close(self) -> None:
        """Give all files back."""
        with self._alone:
            for one in self._open.values():
                one.close()
            self._open.clear()

    @contextmanager
    def _reading(self, file: Path) -> Iterator[Slide]:
        with self._alone:
            one = self._open.pop(file, None) or _Open()
            self._open[file] = one
            one.readers += 1
        try:
            with one.alone:
                one.slide = one.slide or open_slide(file)
                yield one.slide
        finally:
            with self._alone:
                one.readers -= 1
                self._close_oldest()

    def _close_oldest(self) -> None:
        idle = [file for file, one in self._open.items() if not one.readers]
        for file in idle[: max(0, len(self._open) - _MOST_OPEN)]:
            self._open.pop(file).close()


def _size(slide: Slide) -> tuple[int, int]:
    return slide.levels[0].width_px, slide.levels[0].height_px
