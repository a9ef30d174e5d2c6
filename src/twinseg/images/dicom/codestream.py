"""What a compressed frame says of itself: checked before a decoder makes room for it."""

from struct import unpack_from

from twinseg.core.errors import DataError

_JPEG2000 = b"\xff\x4f\xff\x51"
_JP2_BOX = b"\x00\x00\x00\x0cjP  "
_JPEG = b"\xff\xd8"
_END = b"\xff\xd9"  # of all three formats
_FRAME_MARKERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # SOF of JPEG and JPEG-LS


def require_whole(frame: bytes, rows: int, columns: int) -> None:
    """Check a JPEG, JPEG-LS or JPEG 2000 stream.

    A size that differs makes decoders reserve what it declares, and a stream without its end
    keeps the library for JPEG-LS busy for ten seconds.

    Raises:
        DataError: If it declares another size, or none, or has no end.
    """
    declared = declared_size(frame)
    if declared is None:
        raise DataError("its compressed pixels are damaged: they declare no size")
    if declared != (rows, columns):
        raise DataError(
            f"declares {columns}x{rows} pixels, its compressed data {declared[1]}x{declared[0]}"
        )
    if not frame.rstrip(b"\0").endswith(_END):
        raise DataError("its compressed pixels are cut short")


def declared_size(frame: bytes) -> tuple[int, int] | None:
    """Return rows and columns that a stream declares; None if it is none or ends before.

    Places of the numbers: T.81 B.2.2 (JPEG), T.87 C.2.2 (JPEG-LS), T.800 A.5.1 (JPEG 2000).
    """
    if frame.startswith(_JP2_BOX):
        frame = frame[max(frame.find(_JPEG2000), 0) :]
    if frame.startswith(_JPEG2000) and len(frame) >= 24:
        right, bottom, left, top = unpack_from(">4L", frame, 8)
        return bottom - top, right - left
    if not frame.startswith(_JPEG):
        return None
    at = 2
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in _FRAME_MARKERS:
            rows, columns = unpack_from(">2H", frame, at + 5)
            return rows, columns
        at += 1 if marker == 0xFF else 2 + unpack_from(">H", frame, at + 2)[0]
    return None
