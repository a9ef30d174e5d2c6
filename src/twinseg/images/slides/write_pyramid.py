"""Write masks and maps of slides as OME-TIFF in tiles, each coarser level in a SubIFD."""

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import tifffile

from twinseg.core.errors import ConfigError, DataError
from twinseg.core.plain_text import visible
from twinseg.core.store import scratch_beside, whole_file

TILE_PX = 512
SUFFIXES = (".ome.tiff", ".ome.tif", ".tiff", ".tif")
_LEVEL = 4  # of compression: further ones take longer and save next to nothing
_MOST_PLAIN_BYTES = 2**31  # of values: further than that, offsets of plain TIFF may not reach
_MICROMETRES_IN_CM = 1e4
_KINDS = (np.bool_, np.uint8, np.float32)
_Size = tuple[int, int]  # rows and columns


def write_pyramid(
    path: Path,
    bands: Iterable[np.ndarray],
    *,
    height_px: int,
    width_px: int,
    mpp: float | None = None,
    name: str = "",
) -> None:
    """Write one plane that comes in bands of rows, from above; the file is whole or absent.

    Bands of bool are a mask and become 0 and 255; a pixel of a coarser level is marked if half of
    what falls into it is. Others keep their values, coarser levels are means of 2 x 2 pixels.
    Memory holds a row of tiles; a third of the plane lies beside the file for a while. The same
    bands make the same bytes.

    Args:
        path: File to write; its name ends in one of `SUFFIXES`.
        bands: bool, uint8 or float32, all of one kind, (rows, ``width_px``).
        height_px: Of the plane: rows of all bands.
        width_px: Of the plane.
        mpp: Micrometres along one pixel, if known.
        name: Of what is shown, for whoever opens the file.

    Raises:
        ConfigError: If the suffix is another.
        DataError: If the bands do not fit the size or are of another kind.
        CannotWriteError: If the disk is full or the folder cannot be written.
    """
    if not path.name.lower().endswith(SUFFIXES):
        raise ConfigError(
            f"cannot write {path.name}: expected a name that ends in one of {', '.join(SUFFIXES)}"
        )
    blocks = _in_blocks(bands, (height_px, width_px))
    first = next(blocks)
    is_mask = first.dtype == np.bool_
    kind = np.dtype(np.uint8) if is_mask else first.dtype
    blocks = (_as_stored(block) for block in chain([first], blocks))
    sizes = level_sizes(height_px, width_px)
    is_big = height_px * width_px * kind.itemsize * 4 // 3 > _MOST_PLAIN_BYTES
    with (
        whole_file(path) as scratch,
        _coarser_rows(path) as rows,
        tifffile.TiffWriter(scratch, bigtiff=is_big, ome=True) as file,
    ):
        for number, size in enumerate(sizes):
            begin, is_last = rows.seek(0, os.SEEK_END), number + 1 == len(sizes)
            passed = blocks if is_last else _halving(blocks, rows)
            shown = (_as_mask(block) for block in passed) if is_mask else passed
            if number == 0:
                more = {"subifds": len(sizes) - 1, "metadata": _metadata(sizes[0], mpp, name)}
            else:
                more = {"subfiletype": 1, "metadata": None}
            options = _options(mpp, 2**number) | more
            file.write(_tiles(shown), shape=size, dtype=kind, **options)
            if not is_last:
                blocks = _read_blocks(rows, begin, sizes[number + 1], kind)


def level_sizes(height_px: int, width_px: int) -> list[_Size]:
    """Return rows and columns of each level: halves, rounded up, until one tile holds all."""
    sizes = [(height_px, width_px)]
    while max(sizes[-1]) > TILE_PX:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes


@contextmanager
def _coarser_rows(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside ``path`` for the rows of coarser levels; it is gone afterwards."""
    # Plain reads and writes, no memory map: on a full disk a map ends the process without a word.
    scratch = scratch_beside(path, "rows")
    try:
        with scratch.open("w+b") as file:
            yield file
    finally:
        scratch.unlink(missing_ok=True)


def _in_blocks(bands: Iterable[np.ndarray], size: _Size) -> Iterator[np.ndarray]:
    """Yield the same rows, `TILE_PX` of them at a time, fewer at the end.

    Raises:
        DataError: If they do not make up a plane of ``size``.
    """
    waiting: list[np.ndarray] = []
    rows = seen = 0
    kind = None
    for band in bands:
        kind = kind or band.dtype
        if band.dtype != kind or kind not in _KINDS or band.shape[1:] != size[1:]:
            raise DataError(
                f"a band of {band.dtype} values, {band.shape}; expected bool, uint8 or float32, "
                f"all alike, (rows, {size[1]})"
            )
        waiting.append(band)
        rows, seen = rows + len(band), seen + len(band)
        while rows >= TILE_PX:
            joined = np.concatenate(waiting)
            yield joined[:TILE_PX]
            waiting, rows = [joined[TILE_PX:]], rows - TILE_PX
    if seen != size[0] or not seen:
        raise DataError(f"bands of {seen} rows in all, expected {size[0]}, at least one")
    if rows:
        yield np.concatenate(waiting)


def _as_stored(block: np.ndarray) -> np.ndarray:
    return block.view(np.uint8) * np.uint8(255) if block.dtype == bool else block


def _as_mask(block: np.ndarray) -> np.ndarray:
    """Return 255 where at least half is marked: coarser levels are kept as means on the way."""
    return (block >= 128) * np.uint8(255)


def _halving(blocks: Iterable[np.ndarray], rows: IO[bytes]) -> Iterator[np.ndarray]:
    """Yield ``blocks`` and append means of 2 x 2 of their pixels to ``rows``."""
    for block in blocks:
        odd = [(0, side % 2) for side in block.shape]
        even = np.pad(block, odd, mode="edge").astype(np.float32)
        mean = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
        if block.dtype == np.uint8:
            mean = np.floor(mean + 0.5)
        rows.seek(0, os.SEEK_END)
        rows.write(np.ascontiguousarray(mean.astype(block.dtype)).data)
        yield block


def _read_blocks(rows: IO[bytes], begin: int, size: _Size, kind: np.dtype) -> Iterator[np.ndarray]:
    for first in range(0, size[0], TILE_PX):
        high = min(TILE_PX, size[0] - first)
        rows.seek(begin + first * size[1] * kind.itemsize)
        values = np.frombuffer(rows.read(high * size[1] * kind.itemsize), kind)
        yield values.reshape(high, size[1])


def _tiles(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Cut blocks into whole tiles, filled up by zeros."""
    for block in blocks:
        beyond = [(0, -side % TILE_PX) for side in block.shape]
        whole = np.pad(block, beyond)
        for left in range(0, whole.shape[1], TILE_PX):
            yield np.ascontiguousarray(whole[:, left : left + TILE_PX])


def _options(mpp: float | None, step: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "tile": (TILE_PX, TILE_PX),
        "photometric": "minisblack",
        "compression": "zlib",
        "compressionargs": {"level": _LEVEL},
        "maxworkers": 1,  # more of them take in many tiles ahead
    }
    if mpp is not None:
        dots = _MICROMETRES_IN_CM / (mpp * step)
        options |= {"resolution": (dots, dots), "resolutionunit": "CENTIMETER"}
    return options


def _metadata(size: _Size, mpp: float | None, name: str) -> dict[str, Any]:
    # By default the id would hold the address of this machine and the time.
    told = f"{size[0]}x{size[1]} {mpp} {name}"
    metadata: dict[str, Any] = {
        "axes": "YX",
        "UUID": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, told)}",
    }
    if name:
        metadata["Name"] = visible(name)
    if mpp is not None:
        for axis in "XY":
            metadata |= {f"PhysicalSize{axis}": mpp, f"PhysicalSize{axis}Unit": "µm"}
    return metadata
