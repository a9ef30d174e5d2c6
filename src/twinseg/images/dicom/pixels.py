"""The stored numbers of one frame, decoded only when they can be all there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pydicom
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from twinseg.core.errors import DataError
from twinseg.images.dicom.codestream import require_whole
from twinseg.images.dicom.elements import open_file, quiet, require_small_when_inflated

UNDEFINED = 2**32 - 1  # length of compressed pixels
_AS_THEY_ARE = {ImplicitVRLittleEndian: "<", ExplicitVRLittleEndian: "<", ExplicitVRBigEndian: ">"}
_MOST_PIXELS = 2**26  # of one frame: four times what the largest detectors have


@dataclass(frozen=True, kw_only=True)
class StoredFrame:
    """Where the numbers of one frame are, and how they are written."""

    path: Path
    frame: int  # from 0
    frames: int  # in the file
    rows: int
    columns: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    photometric: str
    syntax: str  # UID of the transfer syntax
    offset: int  # in the file, of the first byte behind tag and length of the pixels
    length: int  # bytes, or UNDEFINED

    def __post_init__(self) -> None:
        # Before anything is made of this size: a mask of it takes 4 GB.
        if not 0 < self.rows * self.columns <= _MOST_PIXELS:
            raise DataError(f"declares {self.columns}x{self.rows} pixels; no scanner has that")

    @property
    def bytes_unpacked(self) -> int:
        """Bytes that all frames of the file take when nothing is compressed."""
        return (self.frames * self.rows * self.columns * self.bits_allocated + 7) // 8


def read_stored(stored: StoredFrame) -> np.ndarray:
    """Return the numbers of one frame as stored, whole numbers (y, x).

    Raises:
        DataError: If they are not all there or cannot be decoded.
    """
    try:
        if stored.syntax == DeflatedExplicitVRLittleEndian:
            return _read_deflated(stored)
        if stored.length != UNDEFINED and stored.bits_allocated in (1, 8, 16, 32):
            return _read_as_they_are(stored)
        with quiet(), stored.path.open("rb") as file:
            return _decode(stored, file)
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or type(error).__name__}") from error
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a library in Rust panics, which is no Exception
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"pixels cannot be decoded ({UID(stored.syntax).name}): {line}") from error


def _read_as_they_are(stored: StoredFrame) -> np.ndarray:
    """Read from the place that the header gave: half the time of parsing the file again."""
    if stored.syntax not in _AS_THEY_ARE:
        raise DataError(f"says it is compressed ({UID(stored.syntax).name}) and is not")
    there = min(stored.length, stored.path.stat().st_size - stored.offset)
    if there < stored.bytes_unpacked:
        raise DataError(f"declares {stored.bytes_unpacked} bytes of pixels, {there} are there")
    pixels, bits = stored.rows * stored.columns, stored.bits_allocated
    first, last = (frame * pixels * bits for frame in (stored.frame, stored.frame + 1))
    kind = "u1" if bits == 1 else f"{'i' if stored.signed else 'u'}{bits // 8}"
    count = (last + 7) // 8 - first // 8 if bits == 1 else pixels
    numbers = np.fromfile(
        stored.path,
        _AS_THEY_ARE[UID(stored.syntax)] + kind,
        count,
        offset=stored.offset + first // 8,
    )
    if bits == 1:  # frames follow each other bit by bit, the first pixel in the lowest bit
        numbers = np.unpackbits(numbers, bitorder="little")[first % 8 :][:pixels]
    return numbers.astype(numbers.dtype.newbyteorder("="), copy=False).reshape(
        stored.rows, stored.columns
    )


def _read_deflated(stored: StoredFrame) -> np.ndarray:
    with open_file(stored.path) as file:
        require_small_when_inflated(file)
        file.seek(0)
        dataset = pydicom.dcmread(file)
        if len(dataset.PixelData) < stored.bytes_unpacked:
            raise DataError(f"declares {stored.bytes_unpacked} bytes of pixels; fewer are there")
        return pixel_array(dataset, index=stored.frame)


def _decode(stored: StoredFrame, file: BinaryIO) -> np.ndarray:
    file.seek(stored.offset)
    if stored.syntax != RLELossless:  # which declares no size
        compressed = get_frame(file, stored.frame, number_of_frames=stored.frames)
        require_whole(compressed, stored.rows, stored.columns)
        file.seek(stored.offset)
    options: dict[str, Any] = {
        "rows": stored.rows,
        "columns": stored.columns,
        "number_of_frames": stored.frames,
        "samples_per_pixel": 1,
        "bits_allocated": stored.bits_allocated,
        "bits_stored": stored.bits_stored,
        "pixel_representation": int(stored.signed),
        "photometric_interpretation": stored.photometric,
        "pixel_keyword": "PixelData",
    }
    decoder = get_decoder(UID(stored.syntax))
    numbers: np.ndarray = decoder.as_array(file, index=stored.frame, **options)[0]
    return numbers
