"""Series of slices in DICOM, with masks in RTSTRUCT, DICOM SEG, label volumes or mask series."""

from pathlib import Path

from twinseg.data.case_unit import Findings, Kind
from twinseg.data.dicom.finding import find_series, references_among
from twinseg.images.dicom.scan import Scan, scan
from twinseg.images.dicom.slice_pictures import DICOM as SERIES
from twinseg.images.dicom.slice_pictures import sees_series
from twinseg.images.dicom.words import says_mask
from twinseg.images.unit import FoundPictures
from twinseg.records.source_settings import SourceSettings

_PICTURE_MASKS = {".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"}


def _sees(source: Path) -> str:
    found = scan(source)
    return "" if _has_masks_as_pictures(found) else sees_series(found)


def _has_masks_as_pictures(found: Scan) -> bool:
    """Tell whether single slices are paired with masks as PNG or TIFF: that is another kind."""
    return any(
        path.suffix.lower() in _PICTURE_MASKS
        and any(says_mask(part) for part in path.relative_to(found.root).parts)
        for path in found.others
    )


def _find(source: Path, settings: SourceSettings) -> Findings:
    return find_series(scan(source), settings)


def _pictures(source: Path, settings: SourceSettings) -> FoundPictures:
    return SERIES.find(source, settings, references=references_among(scan(source)))


DICOM = Kind(name="dicom", sees=_sees, find=_find, pictures=_pictures)
