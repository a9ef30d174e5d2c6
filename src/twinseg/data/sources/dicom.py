"""Series of slices in DICOM, with masks in RTSTRUCT, DICOM SEG, label volumes or mask series."""

from pathlib import Path

from twinseg.core.arrays import Picture
from twinseg.core.errors import DataError
from twinseg.core.source_settings import SourceSettings
from twinseg.core.words import amount
from twinseg.data.case import Origin
from twinseg.data.dicom.finding import find_series
from twinseg.data.dicom.header import Header, read_header
from twinseg.data.dicom.privacy import patient_key
from twinseg.data.dicom.scan import Scan, scan
from twinseg.data.dicom.slices import slices_of
from twinseg.data.dicom.values import Shown, read_grey
from twinseg.data.dicom.words import says_mask
from twinseg.data.unit import Findings, Kind
from twinseg.data.window import grey_to_rgb

_PICTURE_MASKS = {".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"}


def _sees(source: Path) -> str:
    found = scan(source)
    images = [header for header in found.headers if header.is_image and _is_placed(header)]
    if not images or _has_masks_as_pictures(found):
        return ""
    series = len({(patient_key(header), header.series) for header in images})
    patients = len({patient_key(header) for header in images})
    return f"{series} DICOM series of {amount(patients, 'patient')}"


def _is_placed(header: Header) -> bool:
    return header.by_frame or bool(header.position_mm)


def _has_masks_as_pictures(found: Scan) -> bool:
    """Tell whether single slices are paired with masks as PNG or TIFF: that is another kind."""
    return any(
        path.suffix.lower() in _PICTURE_MASKS
        and any(says_mask(part) for part in path.relative_to(found.root).parts)
        for path in found.others
    )


def _find(source: Path, settings: SourceSettings) -> Findings:
    return find_series(scan(source), settings)


def _picture(source: Path, origin: Origin) -> Picture:
    """Return a slice as it was shown: ``origin.place`` holds frame, window, and whether inverted.

    Raises:
        DataError: If the file is gone or was changed.
    """
    path = (source if source.is_dir() else source.parent) / origin.file
    frame, low, high, inverted = origin.place
    try:
        slices = slices_of(read_header(path), needs_hu=False)
        (slice_,) = (found for found in slices if found.stored.frame == frame)
        shown = Shown(low=low, high=high, inverted=bool(inverted))
        return grey_to_rgb(read_grey(slice_.stored, slice_.scale, shown))
    except (DataError, ValueError) as error:
        raise DataError(f"{origin.file}: {error}") from error


DICOM = Kind(name="dicom", sees=_sees, find=_find, picture=_picture)
