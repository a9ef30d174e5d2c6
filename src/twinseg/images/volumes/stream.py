"""From stored bytes to values: one pass that decompresses, checks, scales and narrows.

Nothing is in memory twice: KiTS stores CT as 64-bit numbers, two gibibytes for a long series.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from zlib_ng import zlib_ng

from twinseg.core.errors import DataError
from twinseg.images.volumes.encoding import GZIP_OR_ZLIB, INFLATE_ERROR, Encoding

_MOST_EXPANSION = 1032  # of deflate, https://zlib.net/zlib_tech.html
_CHUNK_BYTES = 1 << 15
_BLOCK_BYTES = 1 << 17  # inflated at once: small enough to stay in the processor's cache
_GZIP = b"\x1f\x8b"
_LONGEST_TAIL = 1 << 24  # after the voxels; check sums are at the very end


def kept_type(encoding: Encoding) -> np.dtype:
    """Return the type of values in memory: at most four bytes each."""
    if encoding.type.kind == "f" or (encoding.slope, encoding.intercept) != (1.0, 0.0):
        return np.dtype(np.float32)
    if encoding.type.itemsize == 8:
        return np.dtype(np.int32)
    return encoding.type.newbyteorder("=")


def require_possible(path: Path, encoding: Encoding, count: int) -> None:
    """Refuse a file that cannot hold ``count`` voxels: costs no decoding.

    Raises:
        DataError: If it is too short, even if it shrank as far as compression can.
    """
    length = path.stat().st_size - encoding.start
    needed = encoding.before + count * encoding.type.itemsize
    if length * (_MOST_EXPANSION if encoding.compressed else 1) < needed:
        raise DataError(f"is cut off: {length} bytes cannot hold the {needed} it declares")


def read_values(path: Path, encoding: Encoding, count: int) -> np.ndarray:
    """Read ``count`` values in the order of the file, scaled, as `kept_type`.

    Raises:
        DataError: If the file is damaged or ends too early, or a value is too large.
    """
    values = np.empty(count, kept_type(encoding))
    filled, rest = 0, b""
    for block in _blocks(path, encoding, count * encoding.type.itemsize):
        block = rest + block
        whole = len(block) // encoding.type.itemsize
        part = np.frombuffer(block, encoding.type, whole)
        values[filled : filled + whole] = _scaled(part, encoding)
        filled, rest = filled + whole, block[whole * encoding.type.itemsize :]
    return values


def _scaled(part: np.ndarray, encoding: Encoding) -> np.ndarray:
    if (encoding.slope, encoding.intercept) != (1.0, 0.0):
        with np.errstate(over="ignore", invalid="ignore"):  # judged when the values are looked at
            scaled: np.ndarray = part * encoding.slope + encoding.intercept
            return scaled.astype(np.float32)
    if encoding.type.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            return part.astype(np.float32)
    bound = np.iinfo(np.int32)
    if part.itemsize == 8 and part.size and (part.min() < bound.min or part.max() > bound.max):
        raise DataError("holds numbers beyond 32 bits, expected measured values or labels")
    return part


def _blocks(path: Path, encoding: Encoding, size: int) -> Iterator[bytes]:
    """Yield the bytes of the voxels in pieces, and check what there is to check."""
    skip, got, tail = encoding.before, 0, 0
    with path.open("rb") as file:
        file.seek(encoding.start)
        for block in (
            _inflated(file) if encoding.compressed else iter(lambda: file.read(1 << 20), b"")
        ):
            wanted = block[skip : skip + size - got]
            skip = max(0, skip - len(block))
            got += len(wanted)
            if wanted:
                yield wanted
            elif got == size:  # read on to the check sum, but not through a bomb
                tail += len(block)
            if tail > _LONGEST_TAIL:
                return
    if got < size:
        raise DataError(f"is cut off: holds {got} of the {size} bytes of voxels it declares")


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    """Decompress streams that follow each other, as gzip files may, in blocks of bounded size."""
    stream = zlib_ng.decompressobj(GZIP_OR_ZLIB)
    try:
        while chunk := file.read(_CHUNK_BYTES):
            while chunk:
                if stream.eof:
                    if not chunk.startswith(_GZIP):
                        return
                    stream = zlib_ng.decompressobj(GZIP_OR_ZLIB)
                yield stream.decompress(chunk, _BLOCK_BYTES)
                chunk = stream.unused_data or stream.unconsumed_tail
        while not stream.eof and (block := stream.decompress(b"", _BLOCK_BYTES)):
            yield block
    except INFLATE_ERROR as error:
        raise DataError(f"is damaged: {error}") from error
    if not stream.eof:
        raise DataError("is cut off: its compressed data do not end")
