"""Write small DICOM series, regions and segments whose every number is known."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
    SegmentationStorage,
    generate_uid,
)

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SHAPE = (20, 24)  # rows, columns


def uid(*what: object) -> str:
    """Return the UID that belongs to a name."""
    return generate_uid(entropy_srcs=[str(part) for part in what])


def dataset_of(sop_class: str, modality: str, *, series: str, patient: str) -> Dataset:
    """Return a data set that says who and what it is."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = sop_class
    dataset.SpecificCharacterSet, dataset.Modality = "ISO_IR 192", modality
    dataset.PatientID, dataset.PatientName = f"ID-{patient}", f"{patient}^Jane"
    dataset.StudyInstanceUID = uid("study", patient)
    dataset.SeriesInstanceUID = uid("series", series)
    dataset.FrameOfReferenceUID = uid("frame", patient)
    return dataset


def save(dataset: Dataset, path: Path) -> Path:
    """Write a data set with an instance UID of its place in the series."""
    instance = uid(dataset.SeriesInstanceUID, dataset.get("InstanceNumber"))
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = instance
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def ct_slice(
    hounsfield: np.ndarray,
    *,
    number: int = 1,
    position_mm: Sequence[float] = (0.0, 0.0, 0.0),
    orientation: Sequence[float] = AXIAL,
    spacing_mm: tuple[float, float] = (1.0, 1.0),
    series: str = "a",
    patient: str = "Doe",
    **elements: object,
) -> Dataset:
    """Return a CT slice, 16 bits unsigned with intercept -1024; None in ``elements`` deletes."""
    dataset = dataset_of(CTImageStorage, "CT", series=series, patient=patient)
    dataset.InstanceNumber = number
    dataset.ImagePositionPatient = [float(part) for part in position_mm]
    dataset.ImageOrientationPatient = [float(part) for part in orientation]
    dataset.PixelSpacing = list(spacing_mm)
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    put_pixels(dataset, (np.asarray(hounsfield) + 1024).astype(np.uint16))
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def put_pixels(dataset: Dataset, numbers: np.ndarray) -> None:
    """Store whole numbers, (y, x) or (frame, y, x)."""
    bits = numbers.dtype.itemsize * 8
    dataset.Rows, dataset.Columns = numbers.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(numbers.dtype.kind == "i")
    dataset.PixelData = numbers.tobytes()
    dataset["PixelData"].VR = "OW"


def write_series(
    folder: Path, heights_mm: Sequence[float], *, series: str = "a", **elements: object
) -> list[Path]:
    """Write a series in which each slice shows its own height, in HU, everywhere.

    Files and InstanceNumbers run from the head to the feet: against the order that is wanted.
    """
    return [
        save(
            ct_slice(
                np.full(SHAPE, height),
                number=number,
                position_mm=(0, 0, height),
                series=series,
                **elements,
            ),
            folder / f"{series}{number:03d}.dcm",
        )
        for number, height in enumerate(sorted(heights_mm, reverse=True), start=1)
    ]


def write_structures(
    path: Path,
    regions: Mapping[str, Sequence[np.ndarray]],
    *,
    series: str = "a",
    patient: str = "Doe",
    frame: str = "",
    refers: bool = True,
) -> Path:
    """Write an RTSTRUCT with outlines, each (corner, 3) in mm; its slice references dangle."""
    dataset = dataset_of(RTStructureSetStorage, "RTSTRUCT", series=f"rt {path}", patient=patient)
    del dataset.FrameOfReferenceUID
    frame = frame or uid("frame", patient)
    referenced, study, item = Dataset(), Dataset(), Dataset()
    item.SeriesInstanceUID = uid("series", series if refers else "gone")
    study.RTReferencedSeriesSequence = Items([item])
    referenced.FrameOfReferenceUID = frame
    referenced.RTReferencedStudySequence = Items([study])
    dataset.ReferencedFrameOfReferenceSequence = Items([referenced])
    dataset.StructureSetROISequence, dataset.ROIContourSequence = Items(), Items()
    for number, (name, outlines) in enumerate(regions.items(), start=1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, frame
        drawn.ReferencedROINumber = number
        drawn.ContourSequence = Items([_contour(outline) for outline in outlines])
        dataset.StructureSetROISequence.append(roi)
        dataset.ROIContourSequence.append(drawn)
    return save(dataset, path)


def _contour(outline: np.ndarray) -> Dataset:
    contour = Dataset()
    contour.ContourGeometricType = "CLOSED_PLANAR"
    contour.NumberOfContourPoints = len(outline)
    contour.ContourData = [f"{part:.6g}" for part in np.asarray(outline).ravel()]
    return contour


def change_outline(path: Path, region: int, at: int, **elements: object) -> None:
    """Overwrite elements of one outline of a region, both from 0; None deletes."""
    dataset = pydicom.dcmread(path)
    contour = dataset.ROIContourSequence[region].ContourSequence[at]
    for keyword, value in elements.items():
        if value is None:
            delattr(contour, keyword)
        else:
            setattr(contour, keyword, value)
    dataset.save_as(path)


def square(low: float, high: float, height_mm: float) -> np.ndarray:
    """Return the corners of an axial square, (corner, 3) in mm."""
    x = [low, high, high, low]
    return np.stack([x, [low, low, high, high], [height_mm] * 4], axis=1)


def write_segmentation(
    path: Path,
    frames: Sequence[tuple[int, Sequence[float], np.ndarray]],
    *,
    labels: Sequence[str],
    kind: str = "BINARY",
    spacing_mm: tuple[float, float] = (1.0, 1.0),
    thickness_mm: float = 1.0,
    series: str = "a",
    patient: str = "Doe",
) -> Path:
    """Write a DICOM SEG of frames (segment, position in mm, values)."""
    dataset = dataset_of(SegmentationStorage, "SEG", series=f"seg {path}", patient=patient)
    values = np.stack([frame[2] for frame in frames]).astype(np.uint8)
    put_pixels(dataset, values)
    if kind == "BINARY":
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 1, 1, 0
        packed = np.packbits(values.ravel(), bitorder="little").tobytes()
        dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    dataset.NumberOfFrames = len(frames)
    dataset.SegmentationType = kind
    if kind == "FRACTIONAL":
        dataset.MaximumFractionalValue = 200
    referenced = Dataset()
    referenced.SeriesInstanceUID = uid("series", series)
    dataset.ReferencedSeriesSequence = Items([referenced])
    dataset.SegmentSequence = Items(_segment(n, label) for n, label in enumerate(labels, start=1))
    shared, measures, plane = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SpacingBetweenSlices = list(spacing_mm), thickness_mm
    plane.ImageOrientationPatient = list(AXIAL)
    shared.PixelMeasuresSequence = Items([measures])
    shared.PlaneOrientationSequence = Items([plane])
    dataset.SharedFunctionalGroupsSequence = Items([shared])
    dataset.PerFrameFunctionalGroupsSequence = Items(_frame(s, at, kind) for s, at, _ in frames)
    return save(dataset, path)


def _segment(number: int, label: str) -> Dataset:
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel = number, label
    return segment


def _frame(segment: int, position_mm: Sequence[float], kind: str) -> Dataset:
    groups, place, named = Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = [float(part) for part in position_mm]
    groups.PlanePositionSequence = Items([place])
    if kind != "LABELMAP":
        named.ReferencedSegmentNumber = segment
        groups.SegmentIdentificationSequence = Items([named])
    return groups


def change(path: Path, **elements: object) -> None:
    """Overwrite elements of a file; None deletes."""
    dataset = pydicom.dcmread(path)
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path)
