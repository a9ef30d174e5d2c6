"""TIFF files that OpenSlide does not read: strips, OME-TIFF, separate planes, grey, palettes."""

import logging
import re
from pathlib import Path

import numpy as np
import tifffile
from defusedxml import DefusedXmlException, ElementTree

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.images.slides.chunks import LOSSY, Chunks
from twinseg.images.slides.slide import levels_of, sound_mpp
from twinseg.images.slides.with_openslide import on_white

# What tifffile remarks about damaged files is for its developers, not for the user's screen.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_AXES = ("YX", "YXS", "SYX", "CYX")
_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE, _YCBCR = 0, 1, 2, 3, 6
_MICROMETRES = {"µm": 1.0, "um": 1.0, "μm": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6}
_PER_UNIT = {2: 25_400.0, 3: 10_000.0}  # micrometres in an inch and in a centimetre
_APERIO_MPP = re.compile(r"\|\s*MPP\s*=\s*([0-9.]+)")


def is_tiff(path: Path) -> bool:
    """Tell by the first bytes."""
    with path.open("rb") as file:
        return file.read(4) in _MAGIC


def has_hidden_levels(path: Path) -> bool:
    """Tell whether the levels are where OpenSlide does not look: OME-TIFF and SubIFDs."""
    try:
        with tifffile.TiffFile(path, _multifile=False) as file:
            return bool(file.is_ome or file.pages.first.subifds)
    except Exception:  # whatever a damaged file makes of it; the reader says more
        return False


def is_in_tiles(path: Path) -> bool:
    """Tell whether the first page is stored in tiles, as slides are and pictures are not."""
    try:
        with tifffile.TiffFile(path, _multifile=False) as file:
            return bool(file.pages.first.is_tiled)
    except Exception:
        return False


class TiffSlide:
    """A TIFF file read page by page, part by part."""

    scanned_from = (0, 0)

    def __init__(self, path: Path) -> None:
        try:
            self._file = tifffile.TiffFile(path, _multifile=False)
        except Exception as error:
            raise DataError(f"cannot be read as TIFF: {_line(error)}") from error
        try:
            if not self._file.pages:
                raise DataError("is a TIFF file without a page: cut off, or damaged")
            pages = [[Chunks(page) for page in level] for level in self._pages()]
            pages.sort(key=lambda level: -level[0].width_px)
            self._pages_of = pages
            self.levels = levels_of([(one[0].width_px, one[0].height_px) for one in pages])
            self.note = self._note()
            self.mpp = sound_mpp(*self._resolution())
        except DataError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise DataError(f"cannot be read as TIFF: {_line(error)}") from error

    @property
    def is_lossy(self) -> bool:
        """Tell whether values may differ from those that were saved."""
        return self._first.compression in LOSSY

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Picture:
        """See `Slide.read`."""
        values = self.read_values(level, x, y, width, height, missing=self._white)
        return self._as_colours(values)

    def read_values(
        self, level: int, x: int, y: int, width: int, height: int, *, missing: int = 0
    ) -> np.ndarray:
        """Return values as stored, (height, width, samples), of 1, 8 or 16 bits.

        Raises:
            DataError: If they cannot be decoded.
        """
        pages = [page.read(x, y, width, height, missing) for page in self._pages_of[level]]
        return pages[0] if len(pages) == 1 else np.concatenate(pages, axis=2)

    def close(self) -> None:
        """See `Slide.close`."""
        self._file.close()

    @property
    def _first(self) -> tifffile.TiffPage:
        return self._pages_of[0][0].page

    @property
    def _samples(self) -> int:
        return sum(page.samples for page in self._pages_of[0])

    @property
    def _white(self) -> int:
        if self._first.photometric in (_MIN_IS_WHITE, _PALETTE):
            return 0
        return int(np.array(-1).astype(self._first.dtype)) if self._first.dtype != bool else 1

    def _pages(self) -> list[list[tifffile.TiffPage]]:
        series = self._file.series[0]
        if series.axes not in _AXES:
            raise DataError(
                f"holds axes {series.axes} {series.shape}, expected one picture; split it first"
            )
        levels = [[page.aspage() for page in level.pages if page] for level in series.levels]
        if any(len(level) != (3 if series.axes == "CYX" else 1) for level in levels):
            raise DataError(f"holds {len(levels[0])} separate channels, expected red, green, blue")
        return levels

    def _note(self) -> str:
        """Say what `_as_colours` does; refuse what it cannot do."""
        page = self._first
        known = {_MIN_IS_WHITE: 1, _MIN_IS_BLACK: 1, _RGB: 3, _PALETTE: 1, _YCBCR: 3}
        if len(self._pages_of[0]) == 3:
            return "three separate channels taken for red, green, blue"
        if known.get(page.photometric, 9) > self._samples or (
            page.photometric == _YCBCR and page.compression not in LOSSY
        ):
            name = getattr(page.photometric, "name", page.photometric)
            raise DataError(f"has {self._samples} channels of {name}; save it as RGB")
        notes = []
        if page.dtype == np.uint16 and page.photometric != _PALETTE:
            notes.append("pictures of 16 bits: the upper 8 kept (value // 256)")
        if page.photometric not in (_RGB, _YCBCR):
            notes.append("grey and palette slides read as RGB")
        return "; ".join(notes)

    def _as_colours(self, values: np.ndarray) -> Picture:
        page = self._first
        if page.photometric == _PALETTE:
            palette = (np.asarray(page.colormap) >> 8).astype(np.uint8).T
            picture: Picture = palette[np.minimum(values[..., 0], len(palette) - 1)]
            return picture
        if values.dtype == np.uint16:
            values = (values >> 8).astype(np.uint8)
        elif values.dtype == np.bool_:
            values = values.astype(np.uint8) * 255
        if page.photometric == _MIN_IS_WHITE:
            values = 255 - values
        if self._samples < 3:
            return np.repeat(values[..., :1], 3, axis=2)
        if self._samples == 4 and page.extrasamples:
            return on_white(values)
        return np.ascontiguousarray(values[..., :3])

    def _resolution(self) -> tuple[float | None, float | None]:
        if self._file.is_ome:
            return _of_ome(self._file.ome_metadata or "")
        if found := _APERIO_MPP.search(self._first.description):
            return float(found[1]), float(found[1])
        tags = self._first.tags
        unit = _PER_UNIT.get(int(tags.valueof("ResolutionUnit", 2)))
        along = [tags.valueof(name) for name in ("XResolution", "YResolution")]
        if unit is None or not all(dots and dots[0] and dots[1] for dots in along):
            return None, None
        x, y = (unit * dots[1] / dots[0] for dots in along)
        return x, y


def _of_ome(text: str) -> tuple[float | None, float | None]:
    try:
        root = ElementTree.fromstring(text)
        pixels = next(item for item in root.iter() if item.tag.rpartition("}")[2] == "Pixels")
        x, y = (
            float(pixels.attrib[f"PhysicalSize{axis}"])
            * _MICROMETRES[pixels.attrib.get(f"PhysicalSize{axis}Unit", "µm")]
            for axis in "XY"
        )
    except (ElementTree.ParseError, DefusedXmlException, StopIteration, KeyError, ValueError):
        return None, None
    return x, y


def _line(error: Exception) -> str:
    return (str(error).splitlines()[0] if str(error) else type(error).__name__)[:200]
