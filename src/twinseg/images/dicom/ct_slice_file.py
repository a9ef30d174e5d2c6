"""A CT slice in Hounsfield units to a file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from twinseg.core.arrays import Plane

_INTERCEPT_HOUNSFIELD = -1024
_LOWEST_HOUNSFIELD, _HIGHEST_HOUNSFIELD = -1024, 3071  # what twelve bits hold
_MAY_BE_EMPTY = (  # but must be there, says the standard
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "Manufacturer",
    "ReferringPhysicianName",
    "PositionReferenceIndicator",
    "KVP",
    "AcquisitionNumber",
)


@dataclass(frozen=True, kw_only=True)
class SlicePlace:
    """Where a slice lies: in which series, and where in the patient.

    Axes are DICOM's: x to the patient's left, y to the back, z to the head.
    """

    series: str  # any name; equal names give equal UIDs
    number: int  # in the series, from 1
    position_mm: tuple[float, float, float]  # (x, y, z) of the middle of the first pixel
    spacing_mm: tuple[float, float]  # (row, column)
    thickness_mm: float


def write_ct_slice(
    path: Path,
    hounsfield: Plane,
    *,
    place: SlicePlace,
    patient_id: str,
    patient_name: str,
    body_part: str,
) -> None:
    """Write one CT slice; equal arguments give equal bytes.

    Args:
        path: File to write.
        hounsfield: Rounded to whole units and cut off at -1024 and 3071.
        place: Where the slice lies; study, series and instance UID follow from it.
        patient_id: Identifier in the file.
        patient_name: Name in the file, family name and given name parted by ``^``.
        body_part: DICOM's word for it, such as ``ABDOMEN``.
    """
    instance_uid = _uid(place.series, f"instance {place.number}")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = instance_uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = instance_uid
    dataset.PatientID = patient_id
    dataset.PatientName = patient_name
    dataset.BodyPartExamined = body_part
    _fill_what_may_be_empty(dataset)
    _fill_place(dataset, place)
    _fill_pixels(dataset, hounsfield)
    dataset.save_as(path, enforce_file_format=True)


def _fill_what_may_be_empty(dataset: Dataset) -> None:
    for keyword in _MAY_BE_EMPTY:
        setattr(dataset, keyword, None)


def _fill_place(dataset: Dataset, place: SlicePlace) -> None:
    dataset.Modality = "CT"
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.StudyInstanceUID = _uid(place.series, "study")
    dataset.SeriesInstanceUID = _uid(place.series, "series")
    dataset.FrameOfReferenceUID = _uid(place.series, "frame of reference")
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = place.number
    dataset.PatientPosition = "HFS"
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.ImagePositionPatient = [round(part, 6) for part in place.position_mm]
    dataset.PixelSpacing = [round(part, 6) for part in place.spacing_mm]
    dataset.SliceThickness = place.thickness_mm


def _fill_pixels(dataset: Dataset, hounsfield: Plane) -> None:
    kept = np.clip(np.rint(hounsfield), _LOWEST_HOUNSFIELD, _HIGHEST_HOUNSFIELD)
    dataset.PixelData = (kept - _INTERCEPT_HOUNSFIELD).astype("<i2").tobytes()
    dataset.Rows, dataset.Columns = hounsfield.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, _INTERCEPT_HOUNSFIELD
    dataset.RescaleType = "HU"


def _uid(series: str, use: str) -> UID:
    return generate_uid(entropy_srcs=[series, use])
