"""Where in a file the voxels are, and as what: asked of the bytes alone."""

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from zlib_ng import zlib_ng

from twinseg.core.errors import DataError

GZIP_OR_ZLIB = 47  # window bits that let zlib find out which
INFLATE_ERROR: type[Exception] = zlib_ng.error  # type: ignore[assignment]  # its stub errs
NIFTI_HEADER_BYTES = 348
_HEADER_BYTES = 1 << 16  # text headers are some hundred bytes long
_NIFTI_TYPES = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8",
    1280: "u8",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How the voxels are written."""

    start: int  # byte of the file where they, or their compressed stream, begin
    before: int = 0  # bytes of the stream that come before them
    compressed: bool
    type: np.dtype
    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Nifti:
    """What only the bytes of a NIfTI header tell.

    NIfTI-1: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
    """

    encoding: Encoding
    sform_mm: np.ndarray | None  # (3, 4), in RAS; None if there is none
    oriented: bool


def read_nifti(path: Path) -> Nifti:
    """Read the fields that SimpleITK does not hand on, or mixes with others.

    Raises:
        DataError: If it is no NIfTI-1 file of one piece, or cannot be made sense of.
    """
    compressed = path.name.lower().endswith(".gz")
    head = read_nifti_head(path)
    if head[344:348] != b"n+1\0":  # of Analyze files nobody knows where left is
        raise DataError("is no NIfTI-1 file of one piece, whatever its name says")
    order = nifti_order(head)
    (code,) = struct.unpack_from(order + "h", head, 70)
    offset, slope, intercept = struct.unpack_from(order + "3f", head, 108)
    units, qform, sform = head[123] & 7, *struct.unpack_from(order + "hh", head, 252)
    if code not in _NIFTI_TYPES:
        raise DataError(f"holds voxels of type {code}, expected one real number each")
    if not math.isfinite(offset):
        raise DataError("does not say where its voxels begin")
    if slope == 0 or not math.isfinite(slope):  # "not scaled", by the standard and by habit
        slope, intercept = 1.0, 0.0
    affine = np.array(struct.unpack_from(order + "12f", head, 280)).reshape(3, 4)
    return Nifti(
        encoding=Encoding(
            start=0,
            before=max(NIFTI_HEADER_BYTES + 4, int(offset)),
            compressed=compressed,
            type=np.dtype(order + _NIFTI_TYPES[code]),
            slope=slope,
            intercept=intercept,
        ),
        sform_mm=affine * {1: 1000.0, 3: 0.001}.get(units, 1.0) if sform else None,
        oriented=bool(sform or qform),
    )


def read_nifti_head(path: Path) -> bytes:
    """Read the 348 bytes of a NIfTI-1 header, out of gzip if its name ends so.

    Raises:
        DataError: If it is damaged or cut off.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    if path.name.lower().endswith(".gz"):
        try:
            head = zlib_ng.decompressobj(GZIP_OR_ZLIB).decompress(head, NIFTI_HEADER_BYTES)
        except INFLATE_ERROR as error:
            raise DataError(f"is damaged: {error}") from error
    if len(head) < NIFTI_HEADER_BYTES:
        raise DataError("is cut off within its header")
    return head


def nifti_order(head: bytes) -> str:
    """Return the order of bytes of a NIfTI header, as `struct` names it."""
    return "<" if head[:4] == struct.pack("<i", NIFTI_HEADER_BYTES) else ">"


def find_in_nrrd(path: Path, kind: np.dtype) -> Encoding:
    """Find the voxels after the text header of an NRRD file.

    Raises:
        DataError: If they are in another file or neither raw nor gzip.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    ends = [(head.find(mark), len(mark)) for mark in (b"\n\n", b"\r\n\r\n") if mark in head]
    if not head.startswith(b"NRRD") or not ends:
        raise DataError("is no NRRD file, or its header is damaged")
    end, length = min(ends)
    fields = _fields(head[:end], ":")
    if fields.keys() & {"data file", "datafile", "byte skip", "line skip"}:
        raise DataError("keeps its voxels elsewhere; save it as one file")
    if fields.get("encoding") not in ("raw", "gzip", "gz"):
        raise DataError(f"has encoding {fields.get('encoding')}, expected raw or gzip")
    return Encoding(
        start=end + length,
        compressed=fields["encoding"] != "raw",
        type=kind.newbyteorder(">" if fields.get("endian") == "big" else "<"),
    )


def find_in_mha(path: Path, kind: np.dtype) -> Encoding:
    """Find the voxels after the text header of a MetaImage file.

    Raises:
        DataError: If they are in another file, or as text.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    end = head.find(b"\n", head.find(b"ElementDataFile"))
    fields = _fields(head[:end], "=")
    if end < 0 or "elementdatafile" not in fields:
        raise DataError("is no MetaImage file, or its header is damaged")
    if fields["elementdatafile"] != "local":
        raise DataError("keeps its voxels elsewhere; save it as one file")
    if fields.get("binarydata", "true") != "true":
        raise DataError("has its voxels as text; save it in binary")
    big = fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb")) == "true"
    return Encoding(
        start=end + 1,
        compressed=fields.get("compresseddata") == "true",
        type=kind.newbyteorder(">" if big else "<"),
    )


def _fields(text: bytes, mark: str) -> dict[str, str]:
    pairs = (line.partition(mark) for line in text.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
