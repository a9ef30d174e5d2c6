"""Tiles of a slide in order, decoded ahead of whoever asks for them."""

import threading
from collections import OrderedDict, deque
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from twinseg.core.arrays import Picture, SquarePicture
from twinseg.core.machine import cores
from twinseg.images.slides.opening import PLAIN_SUFFIXES, open_slide
from twinseg.images.slides.slide import Slide
from twinseg.prediction.slide_tiles import Place, SlideTiles

_TILES_AHEAD = 32
_MOST_THREADS = 4  # each keeps a slide open, with what was decoded last
_KEPT_BYTES = 256 * 2**20  # of cells: two rows of most slides


def squares(
    path: Path, tiles: SlideTiles, places: Sequence[Place]
) -> Generator[SquarePicture, None, None]:
    """Yield tiles as the model sees them, in the order of ``places``.

    Overlapping tiles are put together from cells of half their side, which are decoded once as
    long as those of a row fit into memory.

    Args:
        path: The slide; each thread opens it for itself.
        tiles: How they lie.
        places: Which of them, in reading order.

    Raises:
        DataError: If one cannot be decoded.
    """
    mine, opened = threading.local(), list[Slide]()

    def read(cell: Place) -> Picture:
        if not hasattr(mine, "slide"):
            mine.slide = open_slide(path)
            opened.append(mine.slide)
        return tiles.read_cell(mine.slide, cell)

    def put_together(place: Place, cells: Mapping[Place, Future[Picture]]) -> SquarePicture:
        # Cells are begun before the tile: a thread that waits here waits for one that works.
        return tiles.square(*place, {cell: future.result() for cell, future in cells.items()})

    is_held_whole = path.suffix.lower() in PLAIN_SUFFIXES
    pool = ThreadPoolExecutor(1 if is_held_whole else min(_MOST_THREADS, cores()))
    kept: OrderedDict[Place, Future[Picture]] = OrderedDict()
    most_kept = max(1, _KEPT_BYTES // (3 * tiles.cell_px**2))
    waiting: deque[Future[SquarePicture]] = deque()
    try:
        for place in places:
            cells = tiles.cells(*place)
            for cell in cells:
                if cell not in kept:
                    kept[cell] = pool.submit(read, cell)
                kept.move_to_end(cell)
            waiting.append(pool.submit(put_together, place, {cell: kept[cell] for cell in cells}))
            while len(kept) > most_kept:
                kept.popitem(last=False)
            if len(waiting) > _TILES_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for slide in opened:
            slide.close()
