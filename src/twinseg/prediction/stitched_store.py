"""The probabilities of a slide on disk: band by band, so that a killed run goes on."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from scipy.special import expit
from zlib_ng import zlib_ng

from twinseg.core.arrays import Planes
from twinseg.core.errors import StoreError
from twinseg.core.progress import Progress, Silent
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.core.store import cannot_write, make_folder
from twinseg.images.slides.opening import open_slide
from twinseg.prediction.slide_tiles import SlideTiles, slide_tiles
from twinseg.prediction.stitched import Finish, Network, stitched_bands
from twinseg.records.input_spec import InputSpec

_BANDS, _RECORD = "bands.bin", "bands.json"
_LEVEL = 1  # of compression: glass shrinks to nothing, the rest hardly shrinks at all
_FORMAT = 1


@dataclass(frozen=True)
class StitchedSlide:
    """Finished probabilities of a slide on the grid of the network.

    Attributes:
        folder: Where they lie.
        tiles: How the grid lies over the slide.
        members: How many models answered.
        scanned_from: Where the scanned area begins, (x, y) in pixels of level 0: QuPath counts
            outlines from there.
    """

    folder: Path
    tiles: SlideTiles
    members: int
    scanned_from: tuple[int, int]

    def bands(self) -> Iterator[Planes]:
        """Yield the probabilities from above, float32 (member, y, x); rows add up to the height.

        Raises:
            StoreError: If the files are damaged.
        """
        record = read_sealed(self.folder / _RECORD, advice=self._advice)
        path = self.folder / _BANDS
        begin = 0
        for number, (size, checksum) in enumerate(record["bands"]):
            try:
                with path.open("rb") as file:
                    file.seek(begin)
                    packed = file.read(size)
            except OSError as error:
                raise self._damaged(path) from error
            if crc32(packed) != checksum:
                raise self._damaged(path)
            begin += size
            first, end = self.tiles.band(number)
            values = np.frombuffer(zlib_ng.decompress(packed), "<f4")
            yield values.reshape(self.members, end - first, self.tiles.width_px)

    def _damaged(self, path: Path) -> StoreError:
        return StoreError(f"cannot read {path}: it is absent or damaged; {self._advice}")

    @property
    def _advice(self) -> str:
        return f"delete the folder {self.folder} and give the same command again to make it anew"


def predict_slide(
    path: Path,
    network: Network,
    spec: InputSpec,
    folder: Path,
    *,
    members: int = 1,
    models: Mapping[str, Any] | None = None,
    mpp: float | None = None,
    title: str = "predicting a slide",
    progress: Progress | None = None,
    finish: Finish = expit,
) -> StitchedSlide:
    """Write the probabilities of a slide to ``folder``, or find them there, whole or in part.

    A run that was killed goes on behind the last band that is whole on the disk, and what it
    gives is equal bit by bit. What another slide, spec or models left there is made anew.

    Args:
        path: The slide.
        network: See `stitched_bands`.
        spec: How its models must be shown a picture.
        folder: For this slide and these models alone; one process at a time (`store.locked`).
        members: How many answers the network gives for a picture.
        models: What tells the models from others, for JSON: ids, digests of their weights.
        mpp: Micrometres along a pixel of level 0 where the slide itself does not say.
        title: Of the bar.
        progress: Where to report; nowhere by default.
        finish: See `stitched_bands`; ``models`` must tell it from others.

    Raises:
        DataError: If the slide cannot be read, has no such resolution, or the network answers
            what it should not. The caller names the slide.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    with closing(open_slide(path)) as slide:
        tiles, corner = slide_tiles(slide, spec, mpp=mpp), slide.scanned_from
    facts = _facts(path, tiles, spec, members, dict(models or {}))
    make_folder(folder)
    done = _whole_bands(folder, facts)
    total = len(tiles.rows)
    bands = stitched_bands(path, tiles, network, members=members, first=len(done), finish=finish)
    bar = (progress or Silent()).task(title, total, done=len(done), unit="bands")
    with bar as task, closing(bands):
        for planes in bands:
            done.append(_append(folder, planes, sum(size for size, _ in done)))
            write_sealed(folder / _RECORD, {"facts": facts, "bands": done})
            task.advance()
    return StitchedSlide(folder, tiles, members, corner)


def _facts(
    path: Path, tiles: SlideTiles, spec: InputSpec, members: int, models: dict[str, Any]
) -> dict[str, Any]:
    """Return all that the probabilities follow from; length and date stand for a file."""
    stat = path.stat()
    layout = {**asdict(tiles), "taken": crc32(np.packbits(tiles.taken).tobytes())}
    return {
        "format": _FORMAT,
        "slide": [stat.st_size, stat.st_mtime_ns],
        "tiles": {name: _plain(value) for name, value in layout.items()},
        "input": {name: _plain(value) for name, value in spec.as_facts().items()},
        "members": members,
        "models": models,
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _whole_bands(folder: Path, facts: dict[str, Any]) -> list[list[int]]:
    """Return length and CRC-32 of the bands that may be kept; cut off what lies behind them."""
    kept: list[list[int]] = []
    with suppress(StoreError, OSError):
        record = read_sealed(folder / _RECORD, advice="")
        if record["facts"] == facts:
            with (folder / _BANDS).open("rb") as file:
                for size, checksum in record["bands"]:
                    if crc32(file.read(size)) != checksum:
                        break
                    kept.append([size, checksum])
    try:
        with (folder / _BANDS).open("ab") as file:
            file.truncate(sum(size for size, _ in kept))
        write_sealed(folder / _RECORD, {"facts": facts, "bands": kept})
    except OSError as error:
        raise cannot_write(folder, error) from error
    return kept


def _append(folder: Path, planes: Planes, begin: int) -> list[int]:
    packed = zlib_ng.compress(planes.astype("<f4").tobytes(), _LEVEL)
    try:
        with (folder / _BANDS).open("r+b") as file:
            file.truncate(begin)
            file.seek(begin)
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(folder / _BANDS, error) from error
    return [len(packed), crc32(packed)]
