"""One page of a TIFF file, strip by strip or tile by tile: never the whole page in memory."""

import math
import re
import struct
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tifffile

from twinseg.core.errors import DataError

_MOST_CHUNK_BYTES = 256 * 2**20
_MOST_KEPT_BYTES = 128 * 2**20
_NONE, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS = 1, 5, 7, 8, 32946, 32773
_ZSTD, _APERIO_JPEG_2000, _JPEG_2000 = 50000, 33005, 34712
LOSSY = frozenset({_JPEG, _APERIO_JPEG_2000, _JPEG_2000})
# Decoders of which the size of the output is bounded before they begin.
_READ = LOSSY | {_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _ZSTD}
# SOF0 to SOF15 with length, bits, height, width and components (ITU-T T.81, B.2.2); looked for
# everywhere, since decoders skip garbage before it.
_JPEG_FRAME = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf](?=(.{8}))", re.DOTALL)
# SOC and SIZ, length and capabilities, then width and height (ITU-T T.800, A.5.1).
_JPEG_2000_SIZE = re.compile(rb"\xff\x4f\xff\x51.{4}(.{8})", re.DOTALL)


class Chunks:
    """Strips or tiles of one page, with those decoded last kept at hand."""

    def __init__(self, page: tifffile.TiffPage) -> None:
        self.page = page
        self.width_px, self.height_px = page.imagewidth, page.imagelength
        separate = page.planarconfig == 2
        self.samples = page.samplesperpixel
        self._planes = self.samples if separate else 1
        if page.is_tiled:
            self._wide, self._high = page.tilewidth, page.tilelength
        else:
            self._wide, self._high = page.imagewidth, min(page.rowsperstrip, page.imagelength)
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()
        self._require_readable()
        self._columns = math.ceil(self.width_px / self._wide)
        self._rows = math.ceil(self.height_px / self._high)

    def read(self, x: int, y: int, width: int, height: int, missing: int) -> np.ndarray:
        """Return values as stored, (height, width, samples); absent ones are ``missing``."""
        out = np.full((height, width, self.samples), missing, dtype=self.page.dtype)
        for column, row in self._touched(x, y, width, height):
            left, top = column * self._wide, row * self._high
            for plane in range(self._planes):
                chunk = self._chunk((plane * self._rows + row) * self._columns + column)
                if chunk is not None:
                    only = slice(plane, plane + 1) if self._planes > 1 else slice(None)
                    inside = chunk[: self.height_px - top, : self.width_px - left]
                    _paste(out[..., only], inside, left - x, top - y)
        return out

    def _touched(self, x: int, y: int, width: int, height: int) -> Iterator[tuple[int, int]]:
        columns = range(max(x, 0) // self._wide, math.ceil((x + width) / self._wide))
        rows = range(max(y, 0) // self._high, math.ceil((y + height) / self._high))
        for row in rows[: max(0, self._rows - rows.start)]:
            for column in columns[: max(0, self._columns - columns.start)]:
                yield column, row

    def _chunk(self, number: int) -> np.ndarray | None:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        chunk = self._decoded(number)
        if chunk is not None:
            self._kept[number] = chunk
            while sum(kept.nbytes for kept in self._kept.values()) > _MOST_KEPT_BYTES:
                self._kept.popitem(last=False)
        return chunk

    def _decoded(self, number: int) -> np.ndarray | None:
        """Decode one strip or tile; None where the file leaves it out."""
        try:
            offset = self.page.dataoffsets[number]
            count = self.page.databytecounts[number]
        except IndexError:
            raise DataError("is cut off: the list of its parts is too short") from None
        if count == 0:
            return None
        if count > _MOST_CHUNK_BYTES:
            raise DataError(f"one of its parts has {count:,} bytes, more than it can need")
        file = self.page.parent.filehandle
        file.seek(offset)
        data = file.read(count)
        if len(data) < count:
            raise DataError("is cut off: parts of the picture are missing")
        self._require_modest(data)
        try:
            # Every page carries its own tables; pages without leave the argument None.
            chunk, _place, _shape = self.page.decode(
                data, number, jpegtables=self.page.jpegtables, jpegheader=self.page.jpegheader
            )
        except Exception as error:  # codecs raise whatever a damaged file makes of them
            line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DataError(f"cannot be decoded: {line[:200]}") from error
        return None if chunk is None else chunk[0]

    def _require_modest(self, data: bytes) -> None:
        """Refuse images that unpack to more than their place: their decoders would obey."""
        if self.page.compression not in LOSSY:
            return
        for high, wide in _declared(data):
            if wide > 2 * self._wide or high > 2 * self._high:
                raise DataError(
                    f"has a part that declares {wide}x{high} pixels, more than its place"
                )

    def _require_readable(self) -> None:
        page = self.page
        if page.compression not in _READ:
            name = getattr(page.compression, "name", page.compression)
            raise DataError(f"is compressed by {name}, which is not read; save it as LZW or JPEG")
        if page.dtype is None or page.dtype not in (np.uint8, np.uint16, np.bool_):
            raise DataError(f"holds {page.dtype} values, expected whole numbers of 8 bits; convert")
        if self._wide < 1 or self._high < 1 or self.samples not in (1, 2, 3, 4):
            raise DataError("declares an impossible layout")
        own = self.samples // self._planes * np.dtype(page.dtype).itemsize
        if self._wide * self._high * own > _MOST_CHUNK_BYTES:
            raise DataError(
                f"is stored in parts of {self._wide}x{self._high} pixels, too large to be read "
                "one by one; save it tiled"
            )


def _declared(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield height and width of every header of JPEG and of JPEG 2000 in ``data``."""
    for frame in _JPEG_FRAME.finditer(data):
        length, _bits, high, wide, components = struct.unpack(">HBHHB", frame[1])
        if length == 8 + 3 * components:
            yield high, wide
    for size in _JPEG_2000_SIZE.finditer(data):
        wide, high = struct.unpack(">II", size[1])
        yield high, wide


@dataclass(frozen=True)
class _Span:
    """Where two ranges overlap: in the picture asked for and in the chunk."""

    out: slice
    chunk: slice


def _paste(out: np.ndarray, chunk: np.ndarray, x: int, y: int) -> None:
    """Copy ``chunk`` into ``out`` with its corner at (x, y); what sticks out is cut off."""
    rows = _overlap(out.shape[0], chunk.shape[0], y)
    columns = _overlap(out.shape[1], chunk.shape[1], x)
    out[rows.out, columns.out] = chunk[rows.chunk, columns.chunk]


def _overlap(room: int, length: int, begin: int) -> _Span:
    first, last = max(begin, 0), max(min(begin + length, room), 0)
    first = min(first, last)
    return _Span(slice(first, last), slice(first - begin, last - begin))
