"""Probabilities of a whole slide from overlapping tiles, without seams, in bounded memory.

As for heat maps (`explanation.tiles`), the logits of a slide are those of its tiles, blended by a
window that falls off towards the edges of a tile. They become probabilities after that.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from scipy.special import expit

from twinseg.core.arrays import Pictures, Planes
from twinseg.core.errors import DataError
from twinseg.data.batches import to_images
from twinseg.prediction.slide_tiles import Place, SlideTiles
from twinseg.prediction.tile_layout import falling_off
from twinseg.prediction.tile_reading import squares
from twinseg.training.trained_model import TrainedModel

TILES_AT_ONCE = 16
TILES_AT_ONCE_ON_CPU = 4  # more leave its cache: a third slower
Network = Callable[[Pictures], np.ndarray]  # to logits, float32 (member, picture, y, x)
Finish = Callable[[np.ndarray], np.ndarray]  # from the mean over tiles to what is kept of it


def as_they_are(means: np.ndarray) -> np.ndarray:
    """Keep the mean over tiles: of whatever is no logit."""
    return means


def network_of(models: Sequence[TrainedModel]) -> Network:
    """Return what answers for all ``models`` at once, in their order.

    Args:
        models: That see squares of the same side, cut from slides in the same way.
    """

    @torch.no_grad()
    def answer(pictures: Pictures) -> np.ndarray:
        images = to_images(pictures)
        logits = []
        for model in models:
            device = next(model.network.parameters()).device
            at_once = TILES_AT_ONCE_ON_CPU if device.type == "cpu" else len(images)
            parts = [
                model.folded(model.normalise(images[start : start + at_once].to(device)))
                for start in range(0, len(images), at_once)
            ]
            logits.append(torch.cat(parts).squeeze(1).float().cpu().numpy())
        return np.stack(logits)

    return answer


def stitched_bands(
    path: Path,
    tiles: SlideTiles,
    network: Network,
    *,
    members: int = 1,
    first: int = 0,
    finish: Finish = expit,
) -> Generator[Planes, None, None]:
    """Yield the probabilities of a slide from above, band by band as `SlideTiles.band` says.

    Tiles are decoded once, ahead of the network and in threads. The network is shown
    `TILES_AT_ONCE` tiles, and what is left at the end, the same ones together wherever the work
    begins, so that bands are equal bit by bit to those of an undisturbed run. Memory holds the
    rows of one tile.

    Args:
        path: The slide.
        tiles: What `slide_tiles` found on it.
        network: Answers pictures, uint8 (picture, side, side, 3), by logits, float32 (member,
            picture, side, side); for one member also (picture, side, side).
        members: How many answers the network gives for a picture.
        first: Band to begin with.
        finish: What becomes of the mean over tiles: probabilities of logits.

    Yields:
        float32 (member, y, x) on the grid of the network, probabilities in [0, 1]; 0 where no
        tile is.

    Raises:
        DataError: If the slide cannot be decoded, or the answers are of another shape or no
            numbers.
    """
    band = tiles.rows[first] if first < len(tiles.rows) else tiles.height_px
    above = [row for row, start in enumerate(tiles.rows) if start + tiles.size_px > band]
    done = min(above, default=len(tiles.rows))  # the first row of tiles that reaches the band
    flight = _RowsInFlight(tiles, members, finish)
    with closing(_answers(path, tiles, network, members, done)) as answers:
        for (row, column), logits in answers:
            while done < row:
                finished = flight.finish(done)
                if done >= first:
                    yield finished
                done += 1
            flight.add(column, logits)
    for number in range(done, len(tiles.rows)):
        finished = flight.finish(number)
        if number >= first:
            yield finished


class _RowsInFlight:
    """Sums over the tiles of rows that later tiles may still reach."""

    def __init__(self, tiles: SlideTiles, members: int, finish: Finish) -> None:
        self._tiles, self._finish = tiles, finish
        side, width = tiles.size_px, max(tiles.width_px, tiles.size_px)
        self._window = falling_off(side, 2).numpy()
        self._logits = np.zeros((members, side, width), np.float32)
        self._weight = np.zeros((side, width), np.float32)

    def add(self, column: int, logits: np.ndarray) -> None:
        """Add a tile of the row that is not yet finished; logits are (member, side, side)."""
        left = self._tiles.columns[column]
        over = np.s_[..., left : left + self._tiles.size_px]
        self._logits[over] += self._window * logits
        self._weight[over] += self._window

    def finish(self, number: int) -> Planes:
        """Return the probabilities of a band and make room for the row of tiles below it."""
        start, end = self._tiles.band(number)
        rows = end - start
        weight = self._weight[:rows]
        mean = self._logits[:, :rows] / np.where(weight > 0, weight, 1)
        probability: Planes = np.where(weight > 0, self._finish(mean), np.float32(0))
        if np.isnan(probability).any():
            raise DataError(
                "the network answers NaN (not a number) for a tile; train it again or choose "
                "another model"
            )
        for sums in (self._logits, self._weight):
            sums[..., :-rows, :] = sums[..., rows:, :].copy()
            sums[..., -rows:, :] = 0
        return np.ascontiguousarray(probability[..., : self._tiles.width_px])


def _answers(
    path: Path, tiles: SlideTiles, network: Network, members: int, from_row: int
) -> Generator[tuple[Place, np.ndarray], None, None]:
    """Yield the place and logits of every tile from a row of tiles on, in reading order."""
    places = tiles.places
    begin = next((number for number, (row, _) in enumerate(places) if row >= from_row), None)
    if begin is None:
        return
    whole = begin // TILES_AT_ONCE * TILES_AT_ONCE
    with closing(squares(path, tiles, places[whole:])) as waiting:
        for start in range(whole, len(places), TILES_AT_ONCE):
            pictures = np.stack(list(islice(waiting, TILES_AT_ONCE)))
            some = places[start : start + TILES_AT_ONCE]
            answer = _of_shape(network(pictures), members, pictures)
            for number, place in enumerate(some):
                if start + number >= begin:
                    yield place, answer[:, number]


def _of_shape(logits: np.ndarray, members: int, pictures: Pictures) -> np.ndarray:
    expected = (members, *pictures.shape[:3])
    if logits.shape != expected and (members > 1 or logits.shape != expected[1:]):
        raise DataError(
            f"the network answers an array of {logits.shape}, expected logits of {expected}: it "
            "must keep the size of its pictures"
        )
    return logits.reshape(expected)
