"""One CT slice of one file, as a pair of picture and mask needs it."""

from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import UID

from twinseg.core.arrays import Plane
from twinseg.core.errors import DataError
from twinseg.images.dicom.header import DicomHeader, read_header
from twinseg.images.dicom.slices import slices_of
from twinseg.images.dicom.values import read_values


@dataclass(frozen=True, kw_only=True)
class DicomSlice:
    """An axial slice without anything that names the patient."""

    hounsfield: Plane
    spacing_mm: tuple[float, float] | None  # (row, column); None if the file does not say
    body_part: str  # as in the file, "" if it does not say
    series_uid: str
    height_mm: float | None  # of the plane along its normal; None if the file does not say


def read_slice(path: Path) -> DicomSlice:
    """Read one single-frame slice in Hounsfield units.

    Raises:
        DataError: If the file is no DICOM, or is anything but one monochrome slice with a scale.
    """
    try:
        header = read_header(path)
    except DataError as error:
        raise DataError(f"cannot read {path} as DICOM: {error}") from error
    stored = header.stored
    if stored is None:
        raise DataError(f"{path} holds no pixels; give image files only")
    if stored.frames != 1:
        raise DataError(
            f"{path} holds {stored.frames} frames; export the series as one file per slice"
        )
    if stored.photometric not in ("MONOCHROME1", "MONOCHROME2"):
        colours = stored.photometric or "of unknown colours"
        raise DataError(f"{path} is {colours}; only MONOCHROME slices have Hounsfield units")
    if not header.scale.said:
        raise DataError(f"{path} has no rescale slope and intercept, so no Hounsfield units")
    try:
        hounsfield = read_values(stored, header.scale)
    except DataError as error:
        syntax = UID(stored.syntax).name
        raise DataError(f"cannot decode the pixels of {path} ({syntax}): {error}") from error
    spacing_mm = header.spacing_mm
    return DicomSlice(
        hounsfield=hounsfield,
        spacing_mm=(spacing_mm[0], spacing_mm[1]) if len(spacing_mm) == 2 else None,
        body_part=header.body_part,
        series_uid=header.series,
        height_mm=_height_mm(header),
    )


def _height_mm(header: DicomHeader) -> float | None:
    try:
        (slice_,) = slices_of(header)
    except DataError:
        return None
    return slice_.grid.height_mm
