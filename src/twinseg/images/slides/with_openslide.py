"""Slides through OpenSlide: SVS, NDPI, MRXS, SCN, BIF, pyramidal TIFF, DICOM and more."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openslide

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.images.slides.slide import Level, levels_of, sound_mpp

_MOST_PART_PIXELS = 2**26


def vendor_of(path: Path) -> str:
    """Return OpenSlide's word for the format; "" if it does not know it."""
    try:
        return openslide.OpenSlide.detect_format(str(path)) or ""
    except (openslide.OpenSlideError, OSError):
        return ""


class OpenSlideSlide:
    """A slide that OpenSlide reads."""

    note = ""

    def __init__(self, path: Path) -> None:
        try:
            self._slide = openslide.OpenSlide(str(path))
        except (openslide.OpenSlideError, OSError) as error:
            raise DataError(f"OpenSlide cannot open it: {_plain(error, path)}") from error
        try:
            self._path = path
            self._require_modest_parts()
            self.levels = self._levels()
            self.scanned_from = self._corner()
            self.mpp = sound_mpp(*(self._number(f"openslide.mpp-{axis}") for axis in "xy"))
        except BaseException:
            self._slide.close()
            raise

    @property
    def properties(self) -> Mapping[str, str]:
        """What the file says about itself. May name the patient: never hand it on."""
        return self._slide.properties

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Picture:
        """See `Slide.read`. OpenSlide takes whole pixels of level 0: up to half a one is lost."""
        downsample = self._slide.level_downsamples[level]
        corner = (round(x * downsample), round(y * downsample))
        try:
            region = self._slide.read_region(corner, level, (width, height))
        except (openslide.OpenSlideError, OSError, ValueError) as error:
            raise DataError(f"cannot be decoded: {_plain(error, self._path)}") from error
        return on_white(np.asarray(region))

    def close(self) -> None:
        """See `Slide.close`."""
        self._slide.close()

    def _require_modest_parts(self) -> None:
        """Refuse tiles that OpenSlide could not hold: it ends the process instead of raising."""
        for level in range(self._slide.level_count):
            wide, high = (
                self._number(f"openslide.level[{level}].tile-{side}") or 1.0
                for side in ("width", "height")
            )
            if wide * high > _MOST_PART_PIXELS:
                raise DataError(f"declares parts of {wide:.0f}x{high:.0f} pixels; save it tiled")

    def _levels(self) -> tuple[Level, ...]:
        checked = levels_of(self._slide.level_dimensions)
        downsamples = self._slide.level_downsamples
        return tuple(
            Level(level.width_px, level.height_px, downsample)
            for level, downsample in zip(checked, downsamples, strict=True)
        )

    def _corner(self) -> tuple[int, int]:
        x, y = (self._number(f"openslide.bounds-{axis}") or 0.0 for axis in "xy")
        return round(x), round(y)

    def _number(self, key: str) -> float | None:
        try:
            return float(self._slide.properties[key])
        except (KeyError, ValueError):
            return None


def on_white(pixels: np.ndarray) -> Picture:
    """Lay red, green, blue and opacity, (y, x, 4) of uint8, on white paper."""
    colours, opacity = pixels[..., :3], pixels[..., 3:]
    if opacity.min(initial=255) == 255:
        return np.ascontiguousarray(colours)
    share = opacity.astype(np.float32) / 255
    laid: np.ndarray = np.rint(colours * share + 255 * (1 - share))
    return laid.astype(np.uint8)


def _plain(error: Exception, path: Path) -> str:
    """One line without the path: the caller names the file in the user's words."""
    text = " ".join(str(error).split()).replace(f"Reading {path}: ", "").replace(str(path), "it")
    return text[:200] or type(error).__name__
