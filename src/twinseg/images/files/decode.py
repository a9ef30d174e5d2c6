"""The one way to the decoders of Pillow: size first, then pixels; damage becomes a DataError."""

import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from twinseg.core.errors import DataError
from twinseg.images.silence import without_chatter

MOST_PIXELS = 100_000_000
_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF")  # no other decoder is let near a file
_MOST_PAGES = 64
_BITS_PER_SAMPLE, _NEW_SUBFILE_TYPE, _ORIENTATION = 258, 254, 0x0112
_DESCRIPTION, _PHOTOMETRIC = 270, 262
_REDUCED_COPY, _TRANSPARENCY_MASK = 1, 4  # TIFF 6.0, NewSubfileType


@dataclass(frozen=True)
class Decoded:
    """One image file, decoded whole and turned as its EXIF says."""

    image: Image.Image
    format: str  # JPEG, PNG, TIFF, BMP or GIF, by content and not by suffix
    bits: int  # of a channel in the file; more than 8 also where Pillow hands on 8
    notes: tuple[str, ...]  # what was done or found, in plain words
    turned: int  # the orientation of its EXIF that was undone, 2 to 8; 0: as stored
    white_is_zero: bool = False  # TIFF that stores white as 0; Pillow inverts up to 8 bits
    of_imagej: bool = False


def decode(path: Path) -> Decoded:
    """Decode a JPEG, PNG, TIFF, BMP or GIF file.

    Of a camera's JPEG with further pictures (MPO) and of a TIFF whose other pages declare
    themselves reduced copies or transparency masks, the first page is used and a note says so.

    Raises:
        DataError: If the file declares more than `MOST_PIXELS` pixels (then no pixel is decoded),
            is damaged or of another format, or has several pages of equal standing.
    """
    # Sizes are judged here; what else Pillow warns of must not reach the user's screen.
    with warnings.catch_warnings(record=True, action="always") as warned:
        try:
            with Image.open(path, formats=_FORMATS) as image:
                _require_size(image)
                notes = _page_notes(image)
                # Of damaged files rather a refusal than a picture of half the rows.
                bits = _bits(image)
                with without_chatter() if image.format == "TIFF" else nullcontext():
                    image.load()
                inverted, of_imagej = _stores_white_as_0(image), _is_of_imagej(image)
                orientation = image.getexif().get(_ORIENTATION, 1)
                turned = orientation if orientation in range(2, 9) else 0
                if turned:
                    ImageOps.exif_transpose(image, in_place=True)
        except DataError:
            raise
        except UnidentifiedImageError as error:
            raise DataError("cannot be read: cannot identify image file") from error
        except Image.DecompressionBombError as error:
            raise DataError(_too_large("more pixels than any picture")) from error
        # Pillow's parsers raise whatever their arithmetic meets in a damaged file.
        except Exception as error:
            raise DataError(f"cannot be read: {_first_line(error)}") from error
    if turned:
        notes = (*notes, "pictures turned as their EXIF says")
    if any(kept.category is not Image.DecompressionBombWarning for kept in warned):
        notes = (*notes, "metadata (EXIF) of some files are damaged; pixels taken as stored")
    kind = (image.format or "").replace("MPO", "JPEG")
    return Decoded(image, kind, bits, notes, turned, inverted, of_imagej)


def _stores_white_as_0(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(_PHOTOMETRIC) == 0)


def _is_of_imagej(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    return str(tags.get(_DESCRIPTION, "")).startswith("ImageJ=")


def _require_size(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise DataError(_too_large(f"{image.width}x{image.height} pixels"))


def _too_large(size: str) -> str:
    return f"declares {size}, expected at most {MOST_PIXELS:,}; read it in tiles with --kind slides"


def _page_notes(image: Image.Image) -> tuple[str, ...]:
    """Refuse several pages of equal standing; the first page is current on return."""
    if image.format == "MPO":
        return ("JPEG files of several pictures (MPO): the first is used",)
    if not getattr(image, "is_animated", False):
        return ()
    if image.format != "TIFF":
        raise DataError("has several frames, expected one; split it first")
    pages, lesser = 1, True
    try:
        while pages < _MOST_PAGES:
            image.seek(pages)
            kind = image.tag_v2.get(_NEW_SUBFILE_TYPE, 0)  # type: ignore[attr-defined]
            lesser = lesser and bool(kind & (_REDUCED_COPY | _TRANSPARENCY_MASK))
            pages += 1
    except EOFError:
        image.seek(0)
    if not lesser or pages == _MOST_PAGES:
        count = f"at least {pages}" if pages == _MOST_PAGES else pages
        raise DataError(f"has {count} pages, expected one; split it first")
    return ("TIFF files of several pages: the others are reduced copies, the first is used",)


def _bits(image: Image.Image) -> int:
    """Bits of a channel in the file: Pillow keeps 16 of grey only, and hands on 8 of colour."""
    if image.format == "TIFF":
        declared = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))  # type: ignore[attr-defined]
        return int(max(declared))
    if image.format != "PNG":
        return 8
    return 16 if ";16" in str(getattr(image, "tile", "")) else 8


def _first_line(error: Exception) -> str:
    # Pillow puts the full path into its text; the caller names the file in the user's words.
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.split(" '")[0]
