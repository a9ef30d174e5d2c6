"""Open any slide by what it holds, whatever its name."""

from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.images.slides.slide import Slide
from twinseg.images.slides.with_openslide import OpenSlideSlide, vendor_of
from twinseg.images.slides.with_pillow import PlainSlide
from twinseg.images.slides.with_tifffile import TiffSlide, has_hidden_levels, is_tiff

PLAIN_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})


def open_slide(path: Path) -> Slide:
    """Open a slide; the caller closes it.

    OpenSlide reads what it knows. TIFF that it does not know, or of which it would miss levels,
    is read part by part through tifffile; plain PNG and JPEG as slides of one level.

    Raises:
        DataError: If nothing reads it, or it declares an absurd size.
    """
    try:
        if not path.is_file() or path.stat().st_size == 0:
            raise DataError("is empty or no file")
        tiff = is_tiff(path)
        vendor = vendor_of(path)
        if vendor and not (vendor == "generic-tiff" and has_hidden_levels(path)):
            try:
                return OpenSlideSlide(path)
            except DataError:
                if not tiff:
                    raise
        if tiff:
            return TiffSlide(path)
        if path.suffix.lower() in PLAIN_SUFFIXES:
            return PlainSlide(path)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from error
    raise DataError("is no slide that OpenSlide or tifffile knows")
